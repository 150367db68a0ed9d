"""A database of payments, and its consumers as a worker has them."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_payments.bootstrap import create_app, create_consumers, load
from qof_payments.testing.asking import PEOPLE
from qof_shared.contracts import CollectionOpened, CollectionRecord, Event, new_event
from qof_shared.db.engine import create_engine
from qof_shared.testing.plugin import NewDatabase

Handle = Callable[[str, Sequence[Event]], Awaitable[None]]
OpenCollection = Callable[[str], Awaitable[None]]


@pytest.fixture
async def engine(new_database: NewDatabase) -> AsyncIterator[AsyncEngine]:
    made = create_engine(await new_database("qof_payments"), pool_size=10)
    yield made
    await made.dispose()


@pytest.fixture
def handle(engine: AsyncEngine) -> Handle:
    """Handles a batch of a queue in one transaction: `await handle("payments.achievements", events)`."""
    consumers = create_consumers(engine)

    async def apply(queue: str, events: Sequence[Event]) -> None:
        await consumers[queue](queue, events)

    return apply


@pytest.fixture
def open_collection(handle: Handle) -> OpenCollection:
    """Makes payments know a collection of England's 2012-13."""

    async def opened(collection: str) -> None:
        record = CollectionRecord(
            collection=collection, nation="england", qof_year="2012-13", achievement_date=date(2013, 3, 31)
        )
        now = datetime.now(UTC)
        event = new_event(CollectionOpened(collection=record), occurred_at=now, correlation_id=collection)
        await handle("payments.directory", [event])

    return opened


@pytest.fixture
async def client(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client that sends no token yet; two people of the national team and a commissioner are known."""
    file = tmp_path / "people.json"
    file.write_text(json.dumps({"people": PEOPLE}), encoding="utf-8")
    assert await load(engine, file) == "3 people recorded"
    transport = httpx.ASGITransport(app=create_app(engine))
    async with httpx.AsyncClient(transport=transport, base_url="http://payments") as made:
        yield made
