"""Pytest fixtures for real servers. A missing server skips a test with its reason; in CI it fails."""

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest

from qof_shared.db.migrate import migrate


def need(variable: str, what: str) -> str:
    """The value of an environment variable that names a server; skips, or fails in CI, where it is missing."""
    value = os.environ.get(variable)
    if value:
        return value
    message = f"{what} is needed: set {variable}, or run the tests by `make test`, which starts a private one"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(autouse=True)
def _unit_means_unit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test under tests/unit or tests/spec that opens a network connection is in the wrong folder."""
    if not {"unit", "spec"} & set(Path(request.node.path).parts):
        return

    def refuse(*_arguments: object) -> None:
        raise RuntimeError("a unit test tried to open a network connection; move it to tests/integration")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A PostgreSQL server where databases may be created and dropped."""
    return need("QOF_TEST_POSTGRES_URL", "a PostgreSQL server")


def _with_path(url: str, path: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{path}"))


NewDatabase = Callable[[str], Awaitable[str]]


@pytest.fixture
async def new_database(postgres_url: str) -> AsyncIterator[NewDatabase]:
    """Makes fresh, migrated databases: `url = await new_database("qof_ingest")`; they are dropped after the test."""
    made: list[str] = []

    async def create(package: str) -> str:
        name = f"test_{package}_{uuid4().hex[:12]}"
        admin = await asyncpg.connect(postgres_url)
        try:
            await admin.execute(f'CREATE DATABASE "{name}"')
        finally:
            await admin.close()
        made.append(name)
        url = _with_path(postgres_url, name)
        await migrate(package, url)
        return url

    yield create
    admin = await asyncpg.connect(postgres_url)
    try:
        for name in made:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await admin.close()


@dataclass(frozen=True, slots=True)
class Broker:
    """A virtual host of a real RabbitMQ, empty and ours alone."""

    url: str
    management_url: str
    vhost: str

    def api(self) -> httpx.Client:
        return httpx.Client(base_url=self.management_url, timeout=20)

    def depths(self) -> dict[str, int]:
        """Messages per queue, ready and unacknowledged, asked of the queues themselves."""
        with self.api() as client:
            queues = client.get(f"/api/queues/{quote(self.vhost, safe='')}").raise_for_status().json()
        return {queue["name"]: queue.get("messages", 0) for queue in queues}

    def close_connections(self) -> int:
        """Cut every client's connection, as an operator or a fault would; returns how many."""
        with self.api() as client:
            connections = client.get(f"/api/vhosts/{quote(self.vhost, safe='')}/connections").raise_for_status().json()
            for connection in connections:
                client.delete(f"/api/connections/{quote(connection['name'], safe='')}")
        return len(connections)


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A fresh virtual host on the test broker, removed after the test."""
    with open_broker() as opened:
        yield opened


@contextmanager
def open_broker() -> Iterator[Broker]:
    """The same, for whoever is no test."""
    url = need("QOF_TEST_BROKER_URL", "a RabbitMQ server")
    management_url = need("QOF_TEST_MANAGEMENT_URL", "RabbitMQ's management API")
    user = urlsplit(url).username or "guest"
    vhost = f"test-{uuid4().hex[:12]}"
    with httpx.Client(base_url=management_url, timeout=20) as client:
        client.put(f"/api/vhosts/{vhost}").raise_for_status()
        client.put(
            f"/api/permissions/{vhost}/{user}", json={"configure": ".*", "write": ".*", "read": ".*"}
        ).raise_for_status()
        try:
            yield Broker(_with_path(url, vhost), management_url, vhost)
        finally:
            client.delete(f"/api/vhosts/{vhost}")


@pytest.fixture(scope="session")
def published_data() -> Path:
    """The folder of published results, which the project never holds itself."""
    named = os.environ.get("QOF_PUBLISHED_DATA")
    folder = Path(named) if named else Path(__file__).parents[5] / "shared" / "data"
    if (folder / "published").is_dir():
        return folder
    message = f"published results are needed in {folder}: set QOF_PUBLISHED_DATA to the folder that holds them"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
