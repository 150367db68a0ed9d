"""Ingest on a database of its own, with the directory recorded."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters.unit_of_work import IngestUnitOfWork
from qof_ingest.bootstrap import create_app
from qof_ingest.core.directory import Directory
from qof_ingest.handlers.load_directory import load_directory
from qof_ingest.settings import IntakeLimits
from qof_shared.db.engine import create_engine
from qof_shared.testing.fakes import NOON
from qof_shared.testing.plugin import NewDatabase
from qof_shared.testing.waiting import until

Query = Callable[..., Any]
OpenClient = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
async def database_url(new_database: NewDatabase) -> str:
    return await new_database("qof_ingest")


@pytest.fixture
async def engine(database_url: str, directory: Directory) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, pool_size=5)
    async with IngestUnitOfWork(engine) as uow:
        await load_directory(directory, uow=uow, now=NOON)
        await uow.commit()
    yield engine
    await engine.dispose()


@pytest.fixture
def query(engine: AsyncEngine) -> Query:
    """Ask the database itself: `rows = await query("SELECT ...", argument)`."""

    async def ask(sql: str, *arguments: object) -> list[Any]:
        async with engine.begin() as connection:
            result = await connection.exec_driver_sql(sql, arguments)
            return list(result) if result.returns_rows else []

    return ask


@pytest.fixture
def open_client(emis_token: str) -> OpenClient:
    """A client of the API on an engine, as the supplier emis, while the API's writer runs."""

    @asynccontextmanager
    async def client(engine: AsyncEngine, limits: IntakeLimits | None = None) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(engine, limits)
        transport = httpx.ASGITransport(app=app)
        headers = {"Authorization": f"Bearer {emis_token}"}
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=headers) as opened,
        ):
            yield opened

    return client


@pytest.fixture
async def client(engine: AsyncEngine, open_client: OpenClient) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(engine) as opened:
        yield opened


@pytest.fixture
async def server(engine: AsyncEngine, emis_token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a real server, over the network, as the supplier emis."""
    config = uvicorn.Config(create_app(engine), port=0, log_config=None, ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    headers = {"Authorization": f"Bearer {emis_token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        yield client
    server.should_exit = True
    await serving


class Wire:
    """The network between ingest and its database, which a test may cut."""

    def __init__(self, database_url: str) -> None:
        self._parts = urlsplit(database_url)
        self._pumps: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        userinfo = self._parts.netloc.rpartition("@")[0]
        return self._parts._replace(netloc=f"{userinfo}@127.0.0.1:{self.port}").geturl()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        await self._server.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        for source, target in ((reader, far_writer), (far_reader, writer)):
            pump = asyncio.create_task(self._pump(source, target))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while chunk := await source.read(65_536):
                target.write(chunk)
                await target.drain()
        except ConnectionError:
            pass
        finally:
            target.close()


@pytest.fixture
async def wire(database_url: str) -> AsyncIterator[Wire]:
    made = Wire(database_url)
    await made.mend()
    yield made
    await made.cut()
