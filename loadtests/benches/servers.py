"""Where does a bench run? On the private servers, with a virtual host and a database of its own for each run."""

import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import httpx

from qof_local import ports, postgres, rabbitmq, servers
from qof_shared.db.migrate import migrate

READY_SECONDS = 30


class BenchError(Exception):
    """The bench cannot go on; the text says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class BenchServers:
    """The private servers. Their process ids are the roots of the families whose processor time is measured."""

    postgres_url: str
    """Of a superuser, for any existing database."""
    broker_url: str
    management_url: str
    postgres_pid: int
    broker_pid: int


def private_servers() -> BenchServers:
    """Start the private servers, or find them running. Raises BenchError where they are not private."""
    servers.ensure_servers()
    database, broker = postgres.running(), rabbitmq.running()
    if database is None or broker is None or servers.given_postgres() or servers.given_broker():
        raise BenchError(
            "a bench measures the processor time of its servers, so they must be the private ones;"
            " unset QOF_POSTGRES_URL and QOF_BROKER_URL."
        )
    return BenchServers(database.url, broker.url, broker.management_url, database.pid.number, broker.broker.number)


@asynccontextmanager
async def fresh_database(admin_url: str, package: str) -> AsyncIterator[str]:
    """The URL of a new database with the tables of `package` (such as `qof_calculator`); dropped afterwards."""
    name, url = await new_database(admin_url, package)
    try:
        yield url
    finally:
        await drop_database(admin_url, name)


async def new_database(admin_url: str, package: str) -> tuple[str, str]:
    """Name and URL of a new database with the tables of `package`; whoever makes it drops it."""
    name = f"bench_{uuid4().hex[:12]}"
    await _administer(admin_url, f'CREATE DATABASE "{name}"')
    url = _with_path(admin_url, name)
    try:
        await migrate(package, url)
    except BaseException:
        await drop_database(admin_url, name)
        raise
    return name, url


@asynccontextmanager
async def copied_database(admin_url: str, original: str) -> AsyncIterator[str]:
    """The URL of a copy of a database that nobody is connected to; dropped afterwards."""
    name = f"bench_{uuid4().hex[:12]}"
    await _administer(admin_url, f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
    try:
        yield _with_path(admin_url, name)
    finally:
        await drop_database(admin_url, name)


async def drop_database(admin_url: str, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    await _administer(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def fresh_vhost(found: BenchServers) -> Iterator[str]:
    """The AMQP URL of a new virtual host; removed afterwards with all its queues."""
    vhost = f"bench-{uuid4().hex[:12]}"
    user = urlsplit(found.broker_url).username or "guest"
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    with httpx.Client(base_url=found.management_url, timeout=60, trust_env=False) as client:
        client.put(f"/api/vhosts/{vhost}").raise_for_status()
        try:
            client.put(f"/api/permissions/{vhost}/{user}", json=everything).raise_for_status()
            yield _with_path(found.broker_url, vhost)
        finally:
            client.delete(f"/api/vhosts/{vhost}")


def queue_names(found: BenchServers, broker_url: str) -> list[str]:
    """Every queue of the virtual host that this URL names."""
    vhost = urlsplit(broker_url).path.lstrip("/")
    answer = httpx.get(
        f"{found.management_url}/api/queues/{vhost}", params={"columns": "name"}, timeout=60, trust_env=False
    )
    return [queue["name"] for queue in answer.raise_for_status().json()]


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((ports.LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def await_port(process: "subprocess.Popen[bytes]", port: int, name: str, log: Path) -> None:
    """Return once the process listens. Raises BenchError where it does not, or has ended."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            socket.create_connection((ports.LOOPBACK, port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"{name} does not answer; read its log {log}") from None
            time.sleep(0.05)
        else:
            return


async def _administer(admin_url: str, statement: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
