"""How is a large body kept? As a Zstandard frame made here, in a column that PostgreSQL leaves as it is.

PostgreSQL's own default compression takes it more time than all its other work on a row together, and not every build
has the better one (LZ4). Compressing where the body is made is several times cheaper, spares the one server that all
share, and keeps the log of changes small. The frames are RFC 8878: `zstd -d` reads them anywhere.
"""

import sys

from sqlalchemy import Connection, text

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 1
"""With a compressor that is kept it takes no longer than level -1 with a new one each time, which costs a fifth of the
time of a body, and makes bodies a fifth smaller (docs/adr/0038)."""

MAGIC = b"\x28\xb5\x2f\xfd"


_compressor = zstd.ZstdCompressor(level=LEVEL)


def pack(body: bytes) -> bytes:
    """A body as it is kept. From any thread: the compressor locks itself for a whole frame."""
    return _compressor.compress(body, zstd.ZstdCompressor.FLUSH_FRAME)


def unpack(kept: bytes) -> bytes:
    """The body that was kept, byte for byte. What was kept before bodies were packed is returned as it is: JSON never
    begins like a frame."""
    return zstd.decompress(kept) if kept[:4] == MAGIC else kept


def keep_packed(connection: Connection, table: str, column: str) -> None:
    """Tell PostgreSQL not to compress what comes compressed."""
    connection.execute(text(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL"))
