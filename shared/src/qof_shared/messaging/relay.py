"""How committed events reach the broker: the relay empties a service's outbox, confirmed row by confirmed row."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from time import perf_counter
from typing import Protocol

from aiormq.exceptions import DeliveryError

from qof_shared.messaging.broker import ensure_topology, keep_running, open_connection, wait_for_stop
from qof_shared.messaging.chunks import OutboxRow, chunks
from qof_shared.messaging.measuring import RELAYED, WINDOWS
from qof_shared.messaging.publishing import Publisher
from qof_shared.observability.tracing import relaying

logger = logging.getLogger(__name__)

GATHERING, LONGEST_WAIT = 0.1, 0.25
"""Seconds between two looks into an outbox that was emptied, at first and at night. Events that gather meanwhile travel
in one message and are worked at in one transaction at each station, which costs a fraction of one each."""


class OutboxBatch(Protocol):
    """Rows locked for this relay until the transaction ends."""

    rows: Sequence[OutboxRow]

    async def remove(self, published: Sequence[int]) -> None:
        """Forget the rows that the broker has confirmed."""

    async def postpone(self, refused: Sequence[tuple[int, str]]) -> None:
        """Keep rows the broker refused, with the reason, and try them again later."""


class OutboxSource(Protocol):
    """Where a relay takes its rows from; several relays may share one source."""

    def take(self, limit: int) -> AbstractAsyncContextManager[OutboxBatch]: ...


class Relay:
    """Moves outbox rows to the broker until stopped. A crash between confirm and commit publishes a row twice,
    with the same message id: consumers' inboxes make that harmless."""

    def __init__(
        self,
        source: OutboxSource,
        *,
        broker_url: str,
        management_url: str | None = None,
        window: int = 200,
    ) -> None:
        self._source = source
        self._broker_url = broker_url
        self._management_url = management_url
        self._window = window
        self.is_publishing = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop`, through every loss of the broker."""
        await keep_running(lambda: self._relay(stop), stop=stop, action="relay")

    async def _relay(self, stop: asyncio.Event) -> None:
        async with open_connection(self._broker_url, name="relay") as connection:
            await ensure_topology(connection, self._management_url)
            publisher = await Publisher.open(connection)
            self.is_publishing.set()
            try:
                wait = GATHERING
                while not stop.is_set():
                    if connection.is_closed:
                        raise ConnectionError("the relay's connection is closed")
                    taken = await self._publish_window(publisher)
                    if taken == self._window:
                        continue  # more is there already
                    wait = GATHERING if taken else min(wait * 1.5, LONGEST_WAIT)
                    await wait_for_stop(stop, wait)
            finally:
                self.is_publishing.clear()

    async def _publish_window(self, publisher: Publisher) -> int:
        """Publish up to one window of rows; returns how many there were."""
        async with self._source.take(self._window) as batch:
            if not batch.rows:
                return 0
            messages = list(chunks(batch.rows))
            began = perf_counter()
            with relaying([row.body for row in batch.rows]):
                outcomes = await asyncio.gather(
                    *(publisher.publish_encoded(one.routing_key, one.message_id, one.body) for one in messages),
                    return_exceptions=True,
                )
            published: list[int] = []
            refused: list[tuple[int, str]] = []
            broken = None
            for message, outcome in zip(messages, outcomes, strict=True):
                ids = [row.outbox_id for row in message.rows]
                if outcome is None:
                    published += ids
                    RELAYED.labels(message.routing_key, "published").inc(len(ids))
                elif isinstance(outcome, DeliveryError):
                    reason = f"{message.routing_key} was refused or no queue is bound to it"
                    refused += [(row, reason) for row in ids]
                    RELAYED.labels(message.routing_key, "refused").inc(len(ids))
                else:
                    broken = outcome
            await batch.remove(published)
            WINDOWS.observe(perf_counter() - began)
            if refused:
                logger.error(
                    "the broker refused %d events, first: %s",
                    len(refused),
                    refused[0][1],
                    extra={"action": "relay.refused"},
                )
                await batch.postpone(refused)
        if broken is not None:
            raise broken
        return len(batch.rows)
