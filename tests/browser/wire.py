"""The network between a site and its database, which a test may cut and mend. It has a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit


class Wire:
    """Carries bytes from `url` to where the database really is."""

    def __init__(self, postgres_url: str) -> None:
        self._parts = urlsplit(postgres_url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._server: asyncio.Server | None = None
        self._carried: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def url(self) -> str:
        userinfo = self._parts.netloc.rpartition("@")[0]
        return self._parts._replace(netloc=f"{userinfo}@127.0.0.1:{self._port}").geturl()

    def open(self) -> None:
        self._thread.start()
        self.mend()

    def mend(self) -> None:
        self._run(self._listen())

    def cut(self) -> None:
        self._run(self._close())

    def end(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in self._carried:
                writer.transport.abort()
            self._server = None
        await asyncio.sleep(0.1)  # for the pumps to see it

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        both = {writer, far_writer}
        self._carried |= both
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        self._carried -= both


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await source.read(65_536):
            target.write(chunk)
            await target.drain()
    target.close()


@contextmanager
def wired(postgres_url: str) -> Iterator[Wire]:
    """A wire to this server, whole at the beginning and gone afterwards."""
    wire = Wire(postgres_url)
    wire.open()
    try:
        yield wire
    finally:
        wire.end()
