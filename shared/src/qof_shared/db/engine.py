"""How a process meets its database: one engine with a bounded pool, and what counts as the database being away."""

import asyncpg
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from qof_shared.db.pool import MeasuredPool

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


def new_metadata() -> MetaData:
    """Metadata whose constraint names are PostgreSQL's own, so that models and migrations agree by name."""
    return MetaData(naming_convention=NAMING)


def create_engine(database_url: str, *, pool_size: int = 5, name: str = "qof") -> AsyncEngine:
    """An engine for `postgresql://user:password@host:port/database`.

    The pool never grows beyond `pool_size`: connections to PostgreSQL are counted, not hoped for. Waiting for one
    is bounded, so that overload becomes an answer instead of a hang.
    """
    url = database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    return create_async_engine(
        url,
        poolclass=MeasuredPool,
        hide_parameters=True,  # an error's text would show what a practice sent, and a log would keep it
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        connect_args={
            "timeout": 5,
            "command_timeout": 60,
            "server_settings": {"application_name": name, "jit": "off"},
        },
    )


AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
"""How the driver says that the database is away, bare or as the cause of SQLAlchemy's own error."""


def is_unavailable(error: BaseException) -> bool:
    """True where the failure is the database's own (gone, restarting, out of connections), no message's fault."""
    if isinstance(error, (ConnectionError, PoolTimeoutError, TimeoutError, asyncpg.CannotConnectNowError)):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        return isinstance(getattr(error.orig, "__cause__", None), AWAY) or isinstance(error, OperationalError)
    return isinstance(error, AWAY)
