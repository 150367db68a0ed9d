"""From the queue of extracts to the queues of results, over a real RabbitMQ and a real PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from uuid import UUID, uuid4

import msgspec
import pytest
from aio_pika.abc import AbstractConnection
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_calculator.adapters.repositories import KEPT_ACHIEVEMENTS
from qof_calculator.bootstrap import create_consumers
from qof_shared.contracts import (
    AchievementCalculated,
    AchievementsSummed,
    Determination,
    Event,
    ExtractAccepted,
    ExtractRejected,
    RulesetDescribed,
    decode_event,
)
from qof_shared.db.engine import create_engine
from qof_shared.db.messages import PostgresOutbox
from qof_shared.messaging.broker import ensure_topology, open_connection
from qof_shared.messaging.chunks import read_chunk
from qof_shared.messaging.consumer import Consumer
from qof_shared.messaging.dead_letters import list_dead_letters
from qof_shared.messaging.publishing import Publisher
from qof_shared.messaging.relay import Relay
from qof_shared.messaging.topology import queue_named
from qof_shared.testing.plugin import Broker, NewDatabase

pytestmark = [pytest.mark.needs_postgres, pytest.mark.needs_rabbitmq]

EXTRACTS = queue_named("calculator.extracts")
MakeEvent = Callable[..., Event]


@pytest.fixture
async def database(new_database: NewDatabase) -> str:
    return await new_database("qof_calculator")


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(database)
    yield made
    await made.dispose()


@pytest.fixture
async def connection(broker: Broker) -> AsyncIterator[AbstractConnection]:
    async with open_connection(broker.url, name="test") as made:
        await ensure_topology(made)
        yield made


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 40) -> None:
    """Wait until the condition holds; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.05)


async def publish(connection: AbstractConnection, events: Sequence[Event]) -> None:
    publisher = await Publisher.open(connection)
    await asyncio.gather(*(publisher.publish_event(event) for event in events))


@asynccontextmanager
async def a_worker(broker: Broker, database: str) -> AsyncIterator[None]:
    """A worker as `python -m qof_calculator worker` runs one, with connections of its own."""
    engine = create_engine(database)
    consumer = Consumer(EXTRACTS, create_consumers(engine)[EXTRACTS.name], broker_url=broker.url)
    stop = asyncio.Event()
    running = asyncio.create_task(consumer.run(stop))
    try:
        async with asyncio.timeout(20):
            await consumer.is_consuming.wait()
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, 15)
        await engine.dispose()


async def count(engine: AsyncEngine, table: str) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def results_told(engine: AsyncEngine) -> list[Event]:
    """What the relay would publish now of results."""
    async with PostgresOutbox(engine, KEPT_ACHIEVEMENTS).take(10_000) as batch:
        events = [decode_event(row.body) for row in batch.rows]
    assert [event.name for event in events].count(RulesetDescribed.event) == 1, "the rules' words are told once"
    return [event for event in events if event.name not in (RulesetDescribed.event, AchievementsSummed.event)]


async def test_every_extract_is_calculated_once_however_often_it_is_delivered(
    broker: Broker, connection: AbstractConnection, database: str, engine: AsyncEngine, an_extract: MakeEvent
) -> None:
    events = [an_extract(extract_number=number) for number in range(1, 201)]
    sent_again = [msgspec.structs.replace(event, message_id=uuid4()) for event in events]
    deliveries = [*events, *events, *sent_again, *sent_again]
    Random(2013).shuffle(deliveries)
    await publish(connection, deliveries)

    async def all_wait() -> bool:
        return broker.depths()[EXTRACTS.name] == len(deliveries)

    await until(all_wait)  # the broker's figures lag behind: only after these is a 0 the end and not the beginning
    async with AsyncExitStack() as workers:
        for _ in range(2):
            await workers.enter_async_context(a_worker(broker, database))

        async def is_done() -> bool:
            return await count(engine, "inbox") == 400 and broker.depths()[EXTRACTS.name] == 0

        await until(is_done)

    assert await count(engine, "achievements") == 200
    told = [event.content(AchievementCalculated) for event in await results_told(engine)]
    assert Counter(result.extract_number for result in told) == dict.fromkeys(range(1, 201), 1)
    assert {result.points for result in told} == {"145/9"}
    depths = broker.depths()
    assert depths[EXTRACTS.dead] == 0
    assert not any(depths[EXTRACTS.retry(delay)] for delay in (1, 5, 30, 300)), "nothing had to be tried again"


async def test_determinations_travel_from_the_extract_to_what_is_told(
    broker: Broker,
    connection: AbstractConnection,
    database: str,
    engine: AsyncEngine,
    an_extract: MakeEvent,
    determined: Callable[[str, str, str], Determination],
) -> None:
    possible = an_extract(determinations=[determined("AF05", "adjusted-points", "8")])
    await publish(connection, [possible, an_extract(determinations=[determined("AF05", "adjusted-points", "11")])])

    async with a_worker(broker, database):

        async def is_done() -> bool:
            return await count(engine, "achievements") == 1 and await count(engine, "rejections") == 1

        await until(is_done)
    told = {event.name: event for event in await results_told(engine)}
    achievement = told[AchievementCalculated.event].content(AchievementCalculated)
    assert achievement.points == "172/9", "5 + 8 + 3 + 28/9"
    assert achievement.extract_id == possible.content(ExtractAccepted).extract_id
    (applied,) = achievement.determinations
    assert (applied.indicator, applied.was, applied.value, applied.person) == ("AF05", "5", "8", "A. Commissioner")
    (reason,) = told[ExtractRejected.event].content(ExtractRejected).reasons
    assert reason.pointer == "/determinations/0/value"


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        (b'{"extract_id": 12, "practice": "10002"}', "extract.accepted.v1 does not fit its contract"),
        (b"[]", "extract.accepted.v1 does not fit its contract"),
        (None, "NoRulesetError: there is no rule set scotland-1999-00"),
    ],
    ids=["other fields", "no object", "unknown year"],
)
async def test_poison_extract_is_dead_lettered_and_its_neighbours_are_calculated(
    broker: Broker,
    connection: AbstractConnection,
    database: str,
    engine: AsyncEngine,
    an_extract: MakeEvent,
    poison: bytes | None,
    reason: str,
) -> None:
    events = [an_extract(extract_number=number) for number in range(1, 201)]
    bad = an_extract(qof_year="1999-00")
    if poison is not None:
        bad = msgspec.structs.replace(bad, data=msgspec.Raw(poison))
    events[100] = bad
    await publish(connection, events)

    async with a_worker(broker, database):

        async def is_done() -> bool:
            return await count(engine, "achievements") == 199 and bool(await list_dead_letters(connection, EXTRACTS))

        await until(is_done)
        (letter,) = await list_dead_letters(connection, EXTRACTS)
    assert letter.message_id == str(bad.message_id)
    assert reason in letter.reason
    expected: set[UUID] = {event.content(ExtractAccepted).extract_id for event in events if event is not bad}
    told = [event.content(AchievementCalculated).extract_id for event in await results_told(engine)]
    assert len(told) == 199
    assert set(told) == expected


async def test_results_are_relayed_to_everybody_who_waits_for_them(
    broker: Broker, connection: AbstractConnection, engine: AsyncEngine, an_extract: MakeEvent
) -> None:
    events = [*(an_extract() for _ in range(20)), *(an_extract(list_size=0) for _ in range(3))]
    await create_consumers(engine)[EXTRACTS.name](EXTRACTS.name, events)
    told = {event.message_id for event in await results_told(engine)}
    assert len(told) == 23

    relay, stop = Relay(PostgresOutbox(engine, KEPT_ACHIEVEMENTS), broker_url=broker.url), asyncio.Event()
    running = asyncio.create_task(relay.run(stop))

    async def is_relayed() -> bool:
        return await count(engine, "outbox") == 0

    await until(is_relayed)
    stop.set()
    await asyncio.wait_for(running, 15)

    (sums,) = await take_all(connection, "payments.achievements")
    assert len(sums.content(AchievementsSummed).achievements) == 20
    arrived = await take_all(connection, "ingest.outcomes")
    assert Counter(event.name for event in arrived) == {AchievementsSummed.event: 1, ExtractRejected.event: 3}
    arrived = await take_all(connection, "declarations.achievements")
    assert Counter(event.name for event in arrived) == {AchievementCalculated.event: 20, ExtractRejected.event: 3}
    assert {event.message_id for event in arrived} == told


async def take_all(connection: AbstractConnection, name: str) -> list[Event]:
    """Everything that waits in a queue."""
    channel = await connection.channel()
    queue = await channel.get_queue(name, ensure=False)
    events = []
    while (message := await queue.get(no_ack=True, fail=False)) is not None:
        events += [arrival.event for arrival in read_chunk(message.body) if arrival.event]
    await channel.close()
    return events
