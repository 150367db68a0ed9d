"""The promises of messaging, on a real RabbitMQ and a real PostgreSQL."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_shared.contracts import (
    DeclarationApproved,
    DeclarationFinanceApproved,
    Event,
    PaymentInstructed,
    encode_event,
    event_of_kept,
    new_event,
    routing_key,
)
from qof_shared.db.engine import create_engine
from qof_shared.db.messages import PostgresOutbox
from qof_shared.db.unit_of_work import UnitOfWork, transactional
from qof_shared.errors import PermanentError
from qof_shared.messaging.broker import ensure_topology, open_connection, queue_depths
from qof_shared.messaging.chunks import CHUNK_EVENTS
from qof_shared.messaging.consumer import ALONE_AFTER_DELIVERIES, Consumer, ConsumerSettings, DatabaseUnavailableError
from qof_shared.messaging.dead_letters import list_dead_letters, return_dead_letters
from qof_shared.messaging.publishing import REASON_HEADER, Publisher
from qof_shared.messaging.queue_facts import ManagementApi
from qof_shared.messaging.relay import Relay
from qof_shared.messaging.topology import EXCHANGE, QUEUES, TopologyError, queue_named
from qof_shared.observability.logging import IdsAndNoBodies
from qof_shared.observability.metrics import REGISTRY
from qof_shared.queues import BrokerAwayError
from qof_shared.testing.plugin import Broker, NewDatabase
from qof_shared.testing.waiting import until

pytestmark = [pytest.mark.needs_rabbitmq]

QUEUE = queue_named("declarations.payments")


def payment(practice: str = "A81001") -> Event:
    return new_event(
        PaymentInstructed(
            instruction_id=uuid4(),
            declaration_id=uuid4(),
            entitlement_id=uuid4(),
            collection="QOF",
            practice=practice,
            pounds="1.00",
            instructed_at=datetime.now(UTC),
        ),
        occurred_at=datetime.now(UTC),
        correlation_id="test",
    )


@asynccontextmanager
async def publishing(broker: Broker) -> AsyncIterator[Publisher]:
    async with open_connection(broker.url, name="test") as connection:
        await ensure_topology(connection)
        yield await Publisher.open(connection)


class Recorder:
    """Stands where a service's transaction would: keeps what it was given, fails when told to."""

    def __init__(self, fail: Callable[[Sequence[Event]], Exception | None] = lambda _events: None) -> None:
        self.batches: list[list[Event]] = []
        self.fail = fail

    async def apply(self, _queue: str, events: Sequence[Event]) -> None:
        error = self.fail(events)
        if error is not None:
            raise error
        self.batches.append(list(events))

    @property
    def handled(self) -> list[Event]:
        return [event for batch in self.batches for event in batch]


@asynccontextmanager
async def consuming(broker: Broker, recorder: Recorder, **settings: int) -> AsyncIterator[Consumer]:
    consumer = Consumer(
        QUEUE,
        recorder.apply,
        broker_url=broker.url,
        settings=ConsumerSettings(**settings),
    )
    stop = asyncio.Event()
    task = asyncio.create_task(consumer.run(stop))
    try:
        yield consumer
    finally:
        stop.set()
        await asyncio.wait_for(task, 15)


async def test_published_events_arrive_in_batches_and_leave_the_queue(broker: Broker) -> None:
    events = [payment() for _ in range(300)]
    recorder = Recorder()
    async with publishing(broker) as publisher:
        await asyncio.gather(*(publisher.publish_event(event) for event in events))
        async with consuming(broker, recorder):
            await until(lambda: len(recorder.handled) == 300)
    assert {e.message_id for e in recorder.handled} == {e.message_id for e in events}
    assert len(recorder.batches) < 100, "messages are handled in batches"
    await until(lambda: broker.depths()[QUEUE.name] == 0)


async def test_a_bad_message_goes_to_its_dead_letter_queue_and_spares_its_neighbours(broker: Broker) -> None:
    events = [payment() for _ in range(50)]
    bad = events[23].message_id

    def fail(batch: Sequence[Event]) -> Exception | None:
        return PermanentError("cannot ever work") if any(e.message_id == bad for e in batch) else None

    recorder = Recorder(fail)
    async with publishing(broker) as publisher, consuming(broker, recorder):
        await asyncio.gather(*(publisher.publish_event(event) for event in events))
        await until(lambda: len(recorder.handled) == 49)
        async with open_connection(broker.url, name="test dead") as connection:

            async def is_dead() -> bool:
                return bool(await list_dead_letters(connection, QUEUE))

            await until(is_dead)
            letters = await list_dead_letters(connection, QUEUE)
    assert [letter.message_id for letter in letters] == [str(bad)]
    assert letters[0].reason == "PermanentError: cannot ever work"
    assert bad not in {e.message_id for e in recorder.handled}


async def test_a_dead_letter_sent_back_is_handled_once_its_cause_is_mended(broker: Broker) -> None:
    mended = False
    recorder = Recorder(lambda _events: None if mended else PermanentError("not yet"))
    async with publishing(broker) as publisher, consuming(broker, recorder):
        await publisher.publish_event(payment())
        async with open_connection(broker.url, name="test dead") as connection:

            async def is_dead() -> bool:
                return bool(await list_dead_letters(connection, QUEUE))

            await until(is_dead)
            mended = True
            assert await return_dead_letters(connection, QUEUE) == 1
            await until(lambda: len(recorder.handled) == 1)


async def test_a_passing_failure_is_retried_on_the_same_queue_after_its_delay(broker: Broker) -> None:
    attempts = 0

    def fail_once(_batch: Sequence[Event]) -> Exception | None:
        nonlocal attempts
        attempts += 1
        return ValueError("passing") if attempts == 1 else None

    recorder = Recorder(fail_once)
    event = payment()
    async with publishing(broker) as publisher, consuming(broker, recorder):
        await publisher.publish_event(event)
        await until(lambda: len(recorder.handled) == 1)
    assert attempts == 2
    assert recorder.handled[0].message_id == event.message_id


async def test_an_unreadable_message_is_dead_lettered_with_its_fault(broker: Broker) -> None:
    recorder = Recorder()
    async with publishing(broker) as publisher, consuming(broker, recorder):
        await publisher.send_to_queue(QUEUE.name, b"{not json", "m1", {})
        async with open_connection(broker.url, name="test dead") as connection:

            async def is_dead() -> bool:
                return bool(await list_dead_letters(connection, QUEUE))

            await until(is_dead)
            (letter,) = await list_dead_letters(connection, QUEUE)
    assert "not an event envelope" in letter.reason


async def test_a_database_outage_blames_no_message(broker: Broker) -> None:
    away = True
    recorder = Recorder(lambda _events: DatabaseUnavailableError("gone") if away else None)
    async with publishing(broker) as publisher, consuming(broker, recorder):
        await asyncio.gather(*(publisher.publish_event(payment()) for _ in range(20)))
        await asyncio.sleep(0.5)
        assert not recorder.handled
        away = False
        await until(lambda: len(recorder.handled) == 20)
    assert broker.depths()[QUEUE.dead] == 0


async def test_a_cut_connection_brings_the_consumer_back_and_loses_nothing(broker: Broker) -> None:
    recorder = Recorder()
    async with consuming(broker, recorder) as consumer:
        await until(consumer.is_consuming.is_set)
        async with publishing(broker) as publisher:
            await publisher.publish_event(payment())
            await until(lambda: len(recorder.handled) == 1)
        await until(lambda: broker.close_connections() > 0)
        await until(lambda: not consumer.is_consuming.is_set())
        await until(consumer.is_consuming.is_set)
        async with publishing(broker) as publisher:
            await publisher.publish_event(payment())
            await until(lambda: len(recorder.handled) == 2)


async def test_a_deleted_queue_is_noticed_and_declared_again(broker: Broker) -> None:
    recorder = Recorder()
    async with consuming(broker, recorder) as consumer:
        await until(consumer.is_consuming.is_set)
        async with open_connection(broker.url, name="vandal") as connection:
            channel = await connection.channel()
            await channel.queue_delete(QUEUE.name)
        async with publishing(broker) as publisher:
            await until(consumer.is_consuming.is_set)
            await publisher.publish_event(payment())
            await until(lambda: len(recorder.handled) == 1)


async def test_a_queue_with_other_settings_stops_the_start(broker: Broker) -> None:
    async with open_connection(broker.url, name="vandal") as connection:
        channel = await connection.channel()
        await channel.declare_queue(QUEUE.name, durable=True, arguments={"x-queue-type": "quorum"})
    consumer = Consumer(QUEUE, Recorder().apply, broker_url=broker.url)
    with pytest.raises(TopologyError, match=r"declarations\.payments exists on the broker with other settings"):
        await asyncio.wait_for(consumer.run(asyncio.Event()), 10)


async def test_a_policy_that_drops_messages_stops_the_start(broker: Broker) -> None:
    async with open_connection(broker.url, name="test") as connection:
        await ensure_topology(connection, broker.management_url)
        with broker.api() as client:
            client.put(
                f"/api/policies/{broker.vhost}/short",
                json={"pattern": "^payments", "definition": {"message-ttl": 1000}, "apply-to": "queues"},
            ).raise_for_status()

        async def is_refused() -> bool:
            try:
                await ensure_topology(connection, broker.management_url)
            except TopologyError as error:
                return "messages expire" in str(error)
            return False

        await until(is_refused)


class MessagesOnly(UnitOfWork):
    """A unit of work with nothing but outbox and inbox."""


@pytest.fixture
async def engine(new_database: NewDatabase) -> AsyncIterator[AsyncEngine]:
    made = create_engine(await new_database("qof_calculator"))
    yield made
    await made.dispose()


@pytest.mark.needs_postgres
async def test_relays_side_by_side_deliver_each_event_and_empty_the_outbox(broker: Broker, engine: AsyncEngine) -> None:
    events = [payment() for _ in range(500)]
    async with MessagesOnly(engine) as uow:
        for event in events:
            uow.outbox.add(event)
        await uow.commit()
    recorder = Recorder()
    stop = asyncio.Event()
    relays = [
        asyncio.create_task(Relay(PostgresOutbox(engine), broker_url=broker.url, window=50).run(stop)) for _ in range(2)
    ]
    async with consuming(broker, recorder):
        await until(lambda: len({e.message_id for e in recorder.handled}) == 500)
    stop.set()
    await asyncio.gather(*relays)
    assert len(recorder.handled) == 500
    async with engine.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM outbox")).scalar_one() == 0


@pytest.mark.needs_postgres
async def test_an_event_no_queue_wants_stays_in_the_outbox_with_the_reason(broker: Broker, engine: AsyncEngine) -> None:
    async with publishing(broker), open_connection(broker.url, name="vandal") as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(QUEUE.name)
        async with MessagesOnly(engine) as uow:
            uow.outbox.add(payment())
            await uow.commit()
        stop = asyncio.Event()
        relay = Relay(PostgresOutbox(engine), broker_url=broker.url)
        task = asyncio.create_task(relay.run(stop))
        await until(relay.is_publishing.is_set)

        async def refusal() -> str | None:
            async with engine.connect() as connection:
                return (await connection.exec_driver_sql("SELECT refusal FROM outbox")).scalar_one_or_none()

        # Bound: the event leaves. Unbound: the next one stays.
        await until(lambda: broker.depths().get(QUEUE.name) == 1)
        await queue.unbind("qof.events", routing_key=PaymentInstructed.event)
        async with MessagesOnly(engine) as uow:
            uow.outbox.add(payment())
            await uow.commit()

        async def is_refused() -> bool:
            return "no queue is bound" in (await refusal() or "")

        await until(is_refused)
        stop.set()
        await task


@pytest.mark.needs_postgres
async def test_a_message_handled_twice_has_one_effect(engine: AsyncEngine) -> None:
    seen: list[Event] = []

    async def handler(events: Sequence[Event], _uow: MessagesOnly) -> None:
        seen.extend(events)

    apply = transactional(lambda: MessagesOnly(engine), {PaymentInstructed.event: handler})
    event, other = payment(), payment()
    await apply("q", [event, event])
    await apply("q", [event, other])
    assert [e.message_id for e in seen] == [event.message_id, other.message_id]


@pytest.mark.needs_postgres
async def test_a_failed_batch_is_new_again(engine: AsyncEngine) -> None:
    calls = 0

    async def handler(_events: Sequence[Event], uow: MessagesOnly) -> None:
        nonlocal calls
        calls += 1
        uow.outbox.add(payment())
        if calls == 1:
            raise ValueError("once")

    apply = transactional(lambda: MessagesOnly(engine), {PaymentInstructed.event: handler})
    event = payment()
    with pytest.raises(ValueError, match="once"):
        await apply("q", [event])
    await apply("q", [event])
    assert calls == 2
    async with engine.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM outbox")).scalar_one() == 1


@pytest.mark.needs_postgres
async def test_a_database_that_is_away_is_told_from_a_failing_handler(engine: AsyncEngine) -> None:
    async def handler(_events: Sequence[Event], uow: MessagesOnly) -> None:
        await uow.connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    apply = transactional(lambda: MessagesOnly(engine), {PaymentInstructed.event: handler})
    with pytest.raises(DatabaseUnavailableError):
        await apply("q", [payment()])


async def test_every_queue_is_declared_with_its_retries_and_dead_letters(broker: Broker) -> None:
    async with open_connection(broker.url, name="test") as connection:
        await ensure_topology(connection)
    names = set(broker.depths())
    for queue in QUEUES:
        assert {queue.name, queue.dead, queue.retry(1), queue.retry(300)} <= names


async def test_a_queue_no_longer_gets_what_was_bound_to_it_once(broker: Broker) -> None:
    queue = queue_named("payments.approvals")
    assert queue.former_events == (DeclarationApproved,)
    async with open_connection(broker.url, name="test") as connection:
        await ensure_topology(connection)
        channel = await connection.channel()
        declared = await channel.get_queue(queue.name, ensure=False)
        await declared.bind(EXCHANGE, routing_key=routing_key(DeclarationApproved))
    async with publishing(broker) as publisher:  # which declares the topology again
        await publisher.publish_event(
            new_event(
                DeclarationApproved(
                    declaration_id=uuid4(),
                    collection="QOF",
                    practice="A81001",
                    report_version=1,
                    report_digest="0",
                    entitlement_id=uuid4(),
                    pounds="1.00",
                    approved_by="c",
                    approved_at=datetime.now(UTC),
                ),
                occurred_at=datetime.now(UTC),
                correlation_id="test",
            )
        )

    async def has_arrived() -> bool:
        return broker.depths().get("payments.declarations") == 1

    await until(has_arrived)  # one publication routes to all its queues at once
    assert broker.depths()["payments.approvals"] == 0


async def test_depths_come_from_the_management_api(broker: Broker) -> None:
    async with publishing(broker) as publisher:
        await publisher.publish_event(
            new_event(
                DeclarationFinanceApproved(
                    declaration_id=uuid4(),
                    collection="QOF",
                    practice="A81001",
                    report_version=1,
                    report_digest="0",
                    entitlement_id=uuid4(),
                    pounds="1.00",
                    approved_by="c",
                    approved_at=datetime.now(UTC),
                    finance_approved_by="f",
                    finance_approved_at=datetime.now(UTC),
                ),
                occurred_at=datetime.now(UTC),
                correlation_id="test",
            )
        )

        async def is_one() -> bool:
            return (await queue_depths(broker.management_url, broker.vhost)).get("payments.approvals") == 1

        await until(is_one)


@pytest.mark.needs_postgres
async def test_many_events_travel_in_few_messages_and_a_bad_one_among_them_dies_alone(
    broker: Broker, engine: AsyncEngine
) -> None:
    events = [payment() for _ in range(100)]
    bad = events[23].message_id

    def fail(batch: Sequence[Event]) -> Exception | None:
        return PermanentError("cannot ever work") if any(e.message_id == bad for e in batch) else None

    async with publishing(broker):
        async with MessagesOnly(engine) as uow:
            for event in events:
                uow.outbox.add(event)
            await uow.commit()
        stop = asyncio.Event()
        relay = asyncio.create_task(Relay(PostgresOutbox(engine), broker_url=broker.url).run(stop))
        await until(lambda: broker.depths().get(QUEUE.name) == 100 // CHUNK_EVENTS)
        recorder = Recorder(fail)
        async with consuming(broker, recorder):
            await until(lambda: len(recorder.handled) == 99)
            await until(lambda: broker.depths()[QUEUE.name] == 0)
        stop.set()
        await relay
    assert {e.message_id for e in recorder.handled} == {e.message_id for e in events} - {bad}
    async with open_connection(broker.url, name="test dead") as connection:
        (letter,) = await list_dead_letters(connection, QUEUE)
    assert letter.message_id == str(bad)


@pytest.mark.needs_postgres
async def test_events_that_come_one_by_one_gather(broker: Broker, engine: AsyncEngine) -> None:
    async def is_relayed() -> bool:
        async with engine.connect() as connection:
            return (await connection.exec_driver_sql("SELECT count(*) FROM outbox")).scalar_one() == 0

    async with publishing(broker), open_connection(broker.url, name="counting") as connection:
        stop = asyncio.Event()
        relay = asyncio.create_task(Relay(PostgresOutbox(engine), broker_url=broker.url).run(stop))
        for _ in range(60):
            async with MessagesOnly(engine) as uow:
                uow.outbox.add(payment())
                await uow.commit()
            await asyncio.sleep(0.01)  # the pace at which they come; nothing is waited for
        await until(is_relayed)
        channel = await connection.channel()
        queue = await channel.declare_queue(QUEUE.name, passive=True)
        assert 1 <= (queue.declaration_result.message_count or 0) <= 30
        recorder = Recorder()
        async with consuming(broker, recorder):
            await until(lambda: len(recorder.handled) == 60)
        stop.set()
        await relay


async def test_a_chunk_that_keeps_killing_its_worker_is_parted(broker: Broker) -> None:
    events = [payment() for _ in range(5)]
    body = b"[" + b",".join(encode_event(event) for event in events) + b"]"
    recorder = Recorder()
    async with publishing(broker) as publisher, open_connection(broker.url, name="victim") as connection:
        await publisher.send_to_queue(QUEUE.name, body, "chunk", {})
        channel = await connection.channel()
        queue = await channel.get_queue(QUEUE.name)
        for _ in range(ALONE_AFTER_DELIVERIES):  # handed out and not acknowledged, as by a worker that dies
            message = await queue.get(timeout=5)
            assert message is not None
            await message.reject(requeue=True)
        async with consuming(broker, recorder):
            await until(lambda: len(recorder.handled) == 5)
        await until(lambda: broker.depths()[QUEUE.name] == 0)
    assert {e.message_id for e in recorder.handled} == {e.message_id for e in events}


@pytest.mark.needs_postgres
async def test_a_body_that_is_kept_anyway_is_stored_once_and_told_whole(broker: Broker, engine: AsyncEngine) -> None:
    kept_id = uuid4()
    told = msgspec.json.encode({"kept": str(kept_id)})
    async with engine.connect() as connection, connection.begin():
        await connection.exec_driver_sql("CREATE TABLE kept (id uuid PRIMARY KEY, body bytea NOT NULL)")
        await connection.exec_driver_sql("INSERT INTO kept VALUES ($1, $2)", (kept_id, told))
    other = payment()
    async with MessagesOnly(engine) as uow:
        event = event_of_kept(PaymentInstructed, occurred_at=datetime.now(UTC), correlation_id="c")
        uow.outbox.add(event, kept_id=kept_id)
        uow.outbox.add(other)
        await uow.commit()
    async with engine.connect() as connection:
        longest = await connection.exec_driver_sql(
            "SELECT max(length(body)) FROM outbox WHERE kept_id = $1", (kept_id,)
        )
        assert told not in encode_event(event)
        assert longest.scalar_one() == len(encode_event(event))
    outbox = PostgresOutbox(engine, "SELECT id, body FROM kept WHERE id = ANY($1::uuid[])")
    stop = asyncio.Event()
    relay = asyncio.create_task(Relay(outbox, broker_url=broker.url).run(stop))
    recorder = Recorder()
    async with consuming(broker, recorder):
        await until(lambda: len(recorder.handled) == 2)
    stop.set()
    await relay
    assert [bytes(e.data) for e in recorder.handled] == [told, bytes(other.data)]


async def test_a_failing_event_is_counted_and_logged_with_its_ids_and_without_what_it_holds(broker: Broker) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(IdsAndNoBodies("%(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    event = payment("TYPED-BY-SOMEBODY")

    def retried() -> float:
        labels = {"queue": QUEUE.name, "outcome": "retried"}
        return REGISTRY.get_sample_value("openqof_consumer_events_total", labels) or 0

    before = retried()
    recorder = Recorder(lambda events: ValueError(f"cannot read {bytes(events[0].data)!r}"))
    try:
        async with publishing(broker) as publisher, consuming(broker, recorder):
            await publisher.publish_event(event)
            await until(lambda: retried() > before)
    finally:
        logging.getLogger().removeHandler(handler)
    failed = [
        line for line in map(json.loads, stream.getvalue().splitlines()) if line.get("action") == "consumer.failed"
    ]
    assert failed, "what failed is logged"
    assert (failed[0]["message_id"], failed[0]["correlation_id"]) == (str(event.message_id), "test")
    assert "ValueError" in failed[0]["exc_info"]
    assert "TYPED-BY-SOMEBODY" not in stream.getvalue()


async def test_facts_and_reasons_of_queues_come_from_a_real_broker(broker: Broker) -> None:
    facts = ManagementApi(broker.management_url, broker.url)
    async with publishing(broker) as publisher:
        await publisher.publish_event(payment())
        for _ in range(2):
            await publisher.send_to_queue(
                "declarations.payments.dead", b"{}", "a-message", {REASON_HEADER: "ValueError: not a number"}
            )
        await publisher.send_to_queue("declarations.payments.retry.300s", b"{}", "a-message", {})

        async def is_counted() -> bool:
            found = {one.name: one for one in await facts.queues()}["declarations.payments"]
            return (found.ready, found.consumers, found.dead, found.retrying) == (1, 0, 2, 1)

        await until(is_counted, 90)  # the broker counts every few seconds, later when it is busy
    (dead,) = await facts.dead_reasons()
    assert dict(dead.reasons) == {"ValueError: not a number": 2}
    assert broker.depths()["declarations.payments.dead"] == 2, "they stay where they are"
    await facts.close()


async def test_a_broker_without_its_management_is_away(broker: Broker) -> None:
    nobody = ManagementApi("http://127.0.0.1:9", broker.url)
    with pytest.raises(BrokerAwayError, match="does not answer"):
        await nobody.queues()
    await nobody.close()
