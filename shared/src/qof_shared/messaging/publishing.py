"""How a message leaves: persistent, confirmed, and an error when no queue wants it."""

from typing import cast

import aiormq
from aio_pika.abc import AbstractConnection
from pamqp.commands import Basic

from qof_shared.contracts import Event, encode_event
from qof_shared.messaging.broker import BROKER_TIMEOUT
from qof_shared.messaging.topology import EXCHANGE

ATTEMPT_HEADER = "x-qof-attempt"
REASON_HEADER = "x-qof-reason"
FAILED_AT_HEADER = "x-qof-failed-at"

PERSISTENT = 2


class Publisher:
    """One confirming channel. Works on aio-pika's underlying channel, which costs half of its message objects."""

    def __init__(self, channel: aiormq.Channel) -> None:
        self._channel = channel

    @classmethod
    async def open(cls, connection: AbstractConnection) -> "Publisher":
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        return cls(cast(aiormq.Channel, await channel.get_underlay_channel()))

    async def publish_event(self, event: Event) -> None:
        """Publish to the exchange by the event's type; returns when the broker has it safe.

        Raises aiormq.exceptions.DeliveryError when the broker refuses it or no queue is bound to it.
        """
        await self._publish(EXCHANGE, event.name, encode_event(event), str(event.message_id), {})

    async def publish_encoded(self, routing_key: str, message_id: str, body: bytes) -> None:
        """The same for an envelope that is encoded already, as it lies in an outbox."""
        await self._publish(EXCHANGE, routing_key, body, message_id, {})

    async def send_to_queue(self, queue: str, body: bytes, message_id: str | None, headers: dict[str, object]) -> None:
        """Put a message on one queue and no other, by the default exchange."""
        await self._publish("", queue, body, message_id, headers)

    async def _publish(
        self, exchange: str, routing_key: str, body: bytes, message_id: str | None, headers: dict[str, object]
    ) -> None:
        await self._channel.basic_publish(
            body,
            exchange=exchange,
            routing_key=routing_key,
            mandatory=True,
            timeout=BROKER_TIMEOUT,
            wait=False,  # the confirm is awaited; waiting for the socket to drain before it only adds a turn
            properties=Basic.Properties(
                delivery_mode=PERSISTENT,
                content_type="application/json",
                message_id=message_id,
                headers=headers or None,  # type: ignore[arg-type]  # pamqp's field table alias is invariant
            ),
        )
