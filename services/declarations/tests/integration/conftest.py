"""A fresh database of declarations, and the world on it."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.testing.builders import make_collection, make_directory
from qof_declarations.testing.fake_receipts import SEAL
from qof_declarations.testing.world import World
from qof_shared.db.engine import create_engine
from qof_shared.testing.plugin import NewDatabase


@pytest.fixture
async def database_url(new_database: NewDatabase) -> str:
    return await new_database("qof_declarations")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, pool_size=12, name="declarations test")
    yield engine
    await engine.dispose()


@pytest.fixture
async def world(engine: AsyncEngine) -> World:
    world = World(partial(DeclarationsUnitOfWork, engine, SEAL))
    await world.tell(make_directory(), make_collection())
    return world
