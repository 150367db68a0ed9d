"""Who exists, without asking the database for every extract? The whole directory in memory, seconds old at most."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from qof_ingest.adapters.availability import connected
from qof_ingest.adapters.directory_records import read_collections, read_practices, read_revision, read_suppliers
from qof_ingest.core.directory import Collection, Practice
from qof_shared.people import token_digest

FRESH_SECONDS = 5.0
"""How long a token that was withdrawn, or a collection that was closed, may still be honoured."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The directory at one revision."""

    revision: int = -1
    suppliers: Mapping[str, str] = field(default_factory=dict)
    """Token digest -> supplier."""
    practices: Mapping[str, Practice] = field(default_factory=dict)
    collections: Mapping[str, Collection] = field(default_factory=dict)


class CachedDirectory:
    """A `KnownDirectory` over PostgreSQL. What it does not know it looks up at once, so a practice that was just
    recorded is known to the very next request."""

    def __init__(self, engine: AsyncEngine, *, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._engine = engine
        self._fresh_seconds = fresh_seconds
        self._snapshot = Snapshot()
        self._checked_at = float("-inf")
        self._checking = asyncio.Lock()

    async def supplier_with_token(self, token: str) -> str | None:
        digest = token_digest(token)
        return (await self._fresh()).suppliers.get(digest) or (await self._newest()).suppliers.get(digest)

    async def practice(self, code: str) -> Practice | None:
        return (await self._fresh()).practices.get(code) or (await self._newest()).practices.get(code)

    async def collection(self, code: str) -> Collection | None:
        return (await self._fresh()).collections.get(code) or (await self._newest()).collections.get(code)

    async def _fresh(self) -> Snapshot:
        if time.monotonic() - self._checked_at > self._fresh_seconds:
            return await self._newest()
        return self._snapshot

    async def _newest(self) -> Snapshot:
        """The directory as it is now: one query of one number, and the tables only where that has grown."""
        asked_at = time.monotonic()
        async with self._checking:
            if self._checked_at < asked_at:  # else another request looked while this one waited
                checking_at = time.monotonic()
                async with connected(self._engine) as connection:
                    if await read_revision(connection) != self._snapshot.revision:
                        self._snapshot = await _read_snapshot(connection)
                self._checked_at = checking_at
        return self._snapshot


async def _read_snapshot(connection: AsyncConnection) -> Snapshot:
    # The revision is read before the tables: a load that commits in between only makes the next check read again.
    revision = await read_revision(connection)
    return Snapshot(
        revision,
        suppliers={one.token_digest: one.supplier for one in await read_suppliers(connection)},
        practices={one.practice: one for one in await read_practices(connection)},
        collections={one.collection: one for one in await read_collections(connection)},
    )
