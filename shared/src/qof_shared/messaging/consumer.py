"""How messages become committed work: batches in one transaction, acknowledged after commit.

A batch that fails is rolled back and redone event by event, so that a bad event costs only itself, also where it came
in a chunk. A failure that is the database's own (it is away) is no event's fault: the consumer holds what it has and
waits for the database.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter

import aiormq
from aio_pika.abc import AbstractConnection

from qof_shared.contracts import Event
from qof_shared.errors import PermanentError
from qof_shared.messaging.broker import BROKER_TIMEOUT, ensure_topology, keep_running, open_connection, wait_for_stop
from qof_shared.messaging.chunks import Arrival, read_chunk
from qof_shared.messaging.measuring import ConsumerMeter
from qof_shared.messaging.publishing import ATTEMPT_HEADER, FAILED_AT_HEADER, REASON_HEADER, Publisher
from qof_shared.messaging.retry import DeadLetter, decide
from qof_shared.messaging.topology import Queue
from qof_shared.observability.ids import with_ids
from qof_shared.observability.tracing import handling

logger = logging.getLogger(__name__)

Apply = Callable[[str, Sequence[Event]], Awaitable[None]]
"""Handle a batch of one queue's events in one transaction, inbox included, and commit: see `transactional`."""

ALONE_AFTER_DELIVERIES = 2
"""A message handed out again this often may be the one that kills its worker: its events are handled alone."""

WATCHDOG_SECONDS = 2.0


class DatabaseUnavailableError(Exception):
    """The database is away; raised by `Apply` so that the consumer waits instead of blaming the messages."""


@dataclass(frozen=True, slots=True)
class ConsumerSettings:
    """How much a consumer takes at once. The knee of throughput is at 25-100 events a transaction."""

    batch_size: int = 100
    """Events; the last chunk taken may exceed it."""
    prefetch: int = 40
    """Messages, each a chunk of one or more events."""
    linger: float = 0.005
    """Seconds to wait for a batch to fill before working on what is there."""


LONG_WORK = ConsumerSettings(batch_size=1, prefetch=2, linger=0)
"""For queues whose messages are batches by themselves."""


@dataclass(frozen=True, slots=True)
class Received:
    """A delivered message on its way through the consumer, and the events it brought."""

    message: aiormq.abc.DeliveredMessage
    arrivals: Sequence[Arrival]

    @property
    def tag(self) -> int:
        tag = self.message.delivery_tag
        assert tag is not None, "a delivered message has a tag"
        return tag

    @property
    def headers(self) -> Mapping[str, object]:
        return self.message.header.properties.headers or {}

    @property
    def attempt(self) -> int:
        """Which handling this is, counted from 1, by our own header: the broker's counter also counts crashes."""
        value = self.headers.get(ATTEMPT_HEADER, 1)
        return value if isinstance(value, int) else 1

    @property
    def deliveries(self) -> int:
        value = self.headers.get("x-delivery-count", 0)
        return value if isinstance(value, int) else 0

    @property
    def may_kill(self) -> bool:
        return self.deliveries >= ALONE_AFTER_DELIVERIES

    @property
    def is_suspect(self) -> bool:
        return self.may_kill or any(arrival.fault is not None for arrival in self.arrivals)


class Consumer:
    """Consumes one queue until stopped, whatever happens to the broker meanwhile."""

    def __init__(
        self,
        queue: Queue,
        apply: Apply,
        *,
        broker_url: str,
        management_url: str | None = None,
        settings: ConsumerSettings | None = None,
    ) -> None:
        self.queue = queue
        self._apply = apply
        self._broker_url = broker_url
        self._management_url = management_url
        self._settings = settings or ConsumerSettings()
        self.is_consuming = asyncio.Event()
        """Set while the broker knows this consumer; a health check reads it."""
        self._meter = ConsumerMeter(queue.name)

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`; finishes the batch in hand, then closes. Unfinished messages return to the queue."""
        await keep_running(lambda: self._consume(stop), stop=stop, action=f"consumer.{self.queue.name}")

    async def _consume(self, stop: asyncio.Event) -> None:
        async with open_connection(self._broker_url, name=f"worker {self.queue.name}") as connection:
            await ensure_topology(connection, self._management_url)
            session = await _Session.open(connection, self.queue, self._settings)
            self.is_consuming.set()
            logger.info("consuming %s", self.queue.name, extra={"action": "consumer.start", "queue": self.queue.name})
            try:
                await self._work(session, stop)
            finally:
                self.is_consuming.clear()
                await session.close()

    async def _work(self, session: "_Session", stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        watching = asyncio.create_task(session.lost())
        try:
            while not stop.is_set():
                collecting = asyncio.create_task(session.next_batch())
                await asyncio.wait({collecting, stopping, watching}, return_when=asyncio.FIRST_COMPLETED)
                if watching.done():
                    collecting.cancel()
                    watching.result()
                if not collecting.done():
                    collecting.cancel()
                    return
                await self._settle(session, collecting.result(), stop)
        finally:
            for task in (stopping, watching):
                task.cancel()
            await asyncio.gather(stopping, watching, return_exceptions=True)

    async def _settle(self, session: "_Session", batch: list[Received], stop: asyncio.Event) -> None:
        self._meter.redelivered.inc(sum(bool(received.message.redelivered) for received in batch))
        suspects = [received for received in batch if received.is_suspect]
        healthy = [received for received in batch if not received.is_suspect] if suspects else batch
        if not suspects and await self._apply_batch(healthy, stop):
            await session.acknowledge_up_to(batch[-1].tag)
            return
        if suspects and healthy and await self._apply_batch(healthy, stop):
            for received in healthy:
                await session.acknowledge(received.tag)
            healthy = []
        for received in sorted([*healthy, *suspects], key=lambda r: r.tag):
            if stop.is_set():
                return
            if received.may_kill and len(received.arrivals) > 1:
                await self._split(session, received)
            else:
                await self._settle_alone(session, received, stop)

    async def _apply_batch(self, batch: Sequence[Received], stop: asyncio.Event) -> bool:
        """True when the whole batch is committed; False when it must be redone one by one."""
        arrivals = [arrival for received in batch for arrival in received.arrivals]
        try:
            await self._hold_through_outage(arrivals, stop)
        except StoppedError:
            return False
        except Exception as error:
            logger.warning(
                "batch of %d events from %s failed (%s); redoing it one by one",
                len(arrivals),
                self.queue.name,
                type(error).__name__,
                extra={"action": "consumer.batch_failed", "queue": self.queue.name},
            )
            return False
        return True

    async def _settle_alone(self, session: "_Session", received: Received, stop: asyncio.Event) -> None:
        """Handle a message's events one by one; those that fail leave it for a retry or the dead-letter queue."""
        for arrival in received.arrivals:
            with with_ids(**_ids_of(arrival)):
                try:
                    if arrival.fault is not None:
                        raise arrival.fault
                    await self._hold_through_outage([arrival], stop)
                except StoppedError:
                    return
                except Exception as error:
                    await self._give_up_for_now(session, received, arrival, error)
        await session.acknowledge(received.tag)

    async def _split(self, session: "_Session", received: Received) -> None:
        """One event of this chunk may kill every worker that takes it: each becomes a message of its own, so that
        only the guilty one meets the broker's delivery limit. Cut off in between, some come twice: the inbox knows."""
        logger.warning(
            "a chunk of %d events of %s was delivered %d times; parting it",
            len(received.arrivals),
            self.queue.name,
            received.deliveries + 1,
            extra={"action": "consumer.split", "queue": self.queue.name},
        )
        for arrival in received.arrivals:
            await session.publisher.send_to_queue(self.queue.name, arrival.body, arrival.message_id, {})
        await session.acknowledge(received.tag)

    async def _hold_through_outage(self, arrivals: Sequence[Arrival], stop: asyncio.Event) -> None:
        """Apply; while the database is away, keep the messages unacknowledged and try again."""
        events = [arrival.event for arrival in arrivals if arrival.event is not None]
        wait = 0.2
        while True:
            began = perf_counter()
            try:
                with handling(self.queue.name, events):
                    await self._apply(self.queue.name, events)
            except DatabaseUnavailableError as error:
                self._meter.held.inc()
                logger.warning(
                    "database away (%s); holding %d events of %s for %.1f s",
                    error,
                    len(events),
                    self.queue.name,
                    wait,
                    extra={"action": "consumer.database_away", "queue": self.queue.name},
                )
                if await wait_for_stop(stop, wait):
                    raise StoppedError from error
                wait = min(wait * 2, 5.0)
            else:
                self._meter.committed(events, began)
                return

    async def _give_up_for_now(
        self, session: "_Session", received: Received, arrival: Arrival, error: Exception
    ) -> None:
        decision = decide(error, received.attempt)
        message_id = arrival.message_id or received.message.header.properties.message_id
        headers: dict[str, object] = {
            ATTEMPT_HEADER: received.attempt + 1,
            REASON_HEADER: f"{type(error).__name__}: {error}"[:1000],
            FAILED_AT_HEADER: datetime.now(UTC).isoformat(),
        }
        if isinstance(decision, DeadLetter):
            headers |= {ATTEMPT_HEADER: received.attempt, REASON_HEADER: decision.reason[:1000]}
            target = self.queue.dead
            self._meter.dead.inc()
        else:
            self._meter.retried.inc()
            target = self.queue.retry(decision.delay)
        logger.log(
            logging.ERROR if isinstance(decision, DeadLetter) else logging.WARNING,
            "message %s of %s failed, attempt %d: %s -> %s",
            message_id,
            self.queue.name,
            received.attempt,
            type(error).__name__,
            target,
            extra={"action": "consumer.failed", "queue": self.queue.name, "message_id": message_id},
            exc_info=None if isinstance(error, PermanentError) else error,
        )
        await session.publisher.send_to_queue(target, arrival.body, message_id, headers)


def _ids_of(arrival: Arrival) -> dict[str, str]:
    if arrival.event is None:
        return {}
    return {"message_id": str(arrival.event.message_id), "correlation_id": arrival.event.correlation_id}


class StoppedError(Exception):
    """The process was told to stop while it waited; the messages return to the queue."""


class _Session:
    """One life of a consumer between connect and loss: channel, deliveries, acknowledgements."""

    def __init__(
        self,
        connection: AbstractConnection,
        channel: aiormq.abc.AbstractChannel,
        publisher: Publisher,
        queue: Queue,
        settings: ConsumerSettings,
    ) -> None:
        self._connection = connection
        self._channel = channel
        self.publisher = publisher
        self._queue = queue
        self._settings = settings
        self._inbound: asyncio.Queue[Received] = asyncio.Queue()  # bounded by the broker: at most `prefetch`
        self._cancelled = asyncio.Event()

    @classmethod
    async def open(cls, connection: AbstractConnection, queue: Queue, settings: ConsumerSettings) -> "_Session":
        wrapper = await connection.channel(publisher_confirms=False)
        channel = await wrapper.get_underlay_channel()
        session = cls(connection, channel, await Publisher.open(connection), queue, settings)
        channel.on_consumer_cancel_callbacks.add(session._on_cancel)
        await channel.basic_qos(prefetch_count=settings.prefetch, timeout=BROKER_TIMEOUT)
        await channel.basic_consume(queue.name, session._on_message, timeout=BROKER_TIMEOUT)
        return session

    async def _on_message(self, message: aiormq.abc.DeliveredMessage) -> None:
        self._inbound.put_nowait(Received(message, read_chunk(message.body)))

    async def _on_cancel(self, _frame: object) -> None:
        self._cancelled.set()

    async def next_batch(self) -> list[Received]:
        batch = [await self._inbound.get()]
        events = len(batch[0].arrivals)
        if events + self._inbound.qsize() < self._settings.batch_size and self._settings.linger:
            await asyncio.sleep(self._settings.linger)
        with suppress(asyncio.QueueEmpty):
            while events < self._settings.batch_size:
                received = self._inbound.get_nowait()
                batch.append(received)
                events += len(received.arrivals)
        return batch

    async def acknowledge(self, tag: int) -> None:
        await self._channel.basic_ack(tag, wait=False)

    async def acknowledge_up_to(self, tag: int) -> None:
        """Acknowledge everything delivered so far up to `tag`: one frame for a whole batch."""
        await self._channel.basic_ack(tag, multiple=True, wait=False)

    async def lost(self) -> None:
        """Return never; raise when this consumer is no longer one. Asks the broker, for events can be missed."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._cancelled.wait(), WATCHDOG_SECONDS)
                raise ConnectionError(f"the broker cancelled the consumer of {self._queue.name}")
            if self._channel.is_closed or self._connection.is_closed:
                raise ConnectionError(f"the channel of {self._queue.name} is closed")
            await self._probe()

    async def _probe(self) -> None:
        declared = await self._channel.queue_declare(self._queue.name, passive=True, timeout=BROKER_TIMEOUT)
        if not declared.consumer_count:
            raise ConnectionError(f"the broker knows no consumer of {self._queue.name}")

    async def close(self) -> None:
        with suppress(Exception):  # the connection may be the very thing that broke
            await asyncio.wait_for(self._channel.close(), BROKER_TIMEOUT)
