"""Is it the database that failed? Says so in the handlers' words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from qof_ingest.handlers.ports import UnavailableError
from qof_shared.db.engine import is_unavailable


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of the pool; raises UnavailableError where the database is away, or goes away meanwhile."""
    async with unavailable_told(), engine.connect() as connection:
        yield connection


@asynccontextmanager
async def unavailable_told() -> AsyncIterator[None]:
    """Raises UnavailableError in the place of whatever a database that is away raises."""
    try:
        yield
    except Exception as error:
        if is_unavailable(error):
            raise UnavailableError(f"{type(error).__name__}: {error}") from error
        raise
