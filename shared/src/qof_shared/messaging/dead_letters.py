"""What an operator does with dead letters: look at the reasons, and send them back once the cause is mended."""

from dataclasses import dataclass

from aio_pika.abc import AbstractConnection, AbstractIncomingMessage

from qof_shared.messaging.publishing import FAILED_AT_HEADER, REASON_HEADER, Publisher
from qof_shared.messaging.topology import Queue


@dataclass(frozen=True, slots=True)
class DeadLetterInfo:
    """Why a message is dead. Never its body: that may hold a practice's figures."""

    message_id: str
    reason: str
    failed_at: str


def _info(message: AbstractIncomingMessage) -> DeadLetterInfo:
    reason = message.headers.get(REASON_HEADER) or message.headers.get("x-first-death-reason") or "unknown"
    return DeadLetterInfo(message.message_id or "?", str(reason), str(message.headers.get(FAILED_AT_HEADER, "?")))


async def list_dead_letters(connection: AbstractConnection, queue: Queue, limit: int = 100) -> list[DeadLetterInfo]:
    """The first `limit` dead letters of a queue; they stay where they are."""
    channel = await connection.channel()
    dead = await channel.get_queue(queue.dead, ensure=False)
    messages: list[AbstractIncomingMessage] = []
    while len(messages) < limit and (message := await dead.get(fail=False)) is not None:
        messages.append(message)
    await channel.close()  # unacknowledged messages return to the queue
    return [_info(message) for message in messages]


async def return_dead_letters(connection: AbstractConnection, queue: Queue) -> int:
    """Send every dead letter back to its work queue as a first attempt; returns how many."""
    channel = await connection.channel()
    publisher = await Publisher.open(connection)
    dead = await channel.get_queue(queue.dead, ensure=False)
    returned = 0
    while (message := await dead.get(fail=False)) is not None:
        await publisher.send_to_queue(queue.name, message.body, message.message_id, {})
        await message.ack()
        returned += 1
    await channel.close()
    return returned
