"""Does a PostgreSQL answer, and how does a database with its own role come to be?"""

import asyncio
import re
import time
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from qof_local.paths import LocalStackError


async def answers(url: str, seconds: float) -> bool:
    """Whether a real session can be opened within that many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            connection = await asyncpg.connect(url, timeout=5)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError):
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.1)
        else:
            await connection.close()
            return True


def database_url(admin_url: str, name: str) -> str:
    """The URL of a database whose role bears its name and has the administrator's password."""
    parts = urlsplit(admin_url)
    password = f":{parts.password}" if parts.password else ""
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}{password}@{host}", path=f"/{name}"))


async def create_database(admin_url: str, name: str) -> str:
    """Make a role and a database of one name where they are missing; returns the database's URL.

    Only its own role and a superuser may connect: a service that reads another's tables fails here first.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise LocalStackError(f"database name {name!r}: give small letters, digits and _, at most 63.")
    connection = await asyncpg.connect(admin_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
            password = unquote(urlsplit(admin_url).password or "").replace("'", "''")
            secret = f" PASSWORD '{password}'" if password else ""
            await connection.execute(f'CREATE ROLE "{name}" LOGIN{secret}')
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
            await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
    except asyncpg.InsufficientPrivilegeError as error:
        raise LocalStackError(
            f"cannot create role and database {name}: {error}; let QOF_POSTGRES_URL name a superuser."
        ) from error
    finally:
        await connection.close()
    return database_url(admin_url, name)


async def drop_database(admin_url: str, name: str) -> None:
    """Remove a database and its role, ending its sessions; harmless when they do not exist."""
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'DROP ROLE IF EXISTS "{name}"')
    finally:
        await connection.close()
