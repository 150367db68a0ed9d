"""How a process meets the broker: connect, declare every queue, refuse what could lose a message."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import quote

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractQueue
from aio_pika.exceptions import AMQPError, ChannelPreconditionFailed

from qof_shared.messaging.topology import (
    ANNOUNCEMENTS,
    DEAD_ARGUMENTS,
    EXCHANGE,
    QUEUES,
    RETRY_DELAYS,
    Queue,
    TopologyError,
    faults,
    lossy_settings,
)

logger = logging.getLogger(__name__)

BROKER_TIMEOUT = 5.0
"""Seconds any one call to the broker may take; without it a publish on a half-open connection hangs for ever."""

BROKER_ERRORS = (AMQPError, OSError, asyncio.TimeoutError, RuntimeError)
"""What a lost or refused broker looks like through aio-pika (RuntimeError: a channel used after it closed)."""


@asynccontextmanager
async def open_connection(url: str, *, name: str) -> AsyncIterator[AbstractConnection]:
    """A plain connection. aio-pika's own reconnect is not used: it has left consumers silently gone, so whoever
    needs the broker for long runs under `keep_running`, which builds everything anew."""
    connection = await aio_pika.connect(url, timeout=BROKER_TIMEOUT, heartbeat=10, name=name)
    try:
        yield connection
    finally:
        try:
            await asyncio.wait_for(connection.close(), BROKER_TIMEOUT)
        except BROKER_ERRORS:
            logger.info("connection was gone before it could be closed", extra={"action": "broker.close"})


async def keep_running(
    job: Callable[[], Awaitable[None]], *, stop: asyncio.Event, action: str, longest_wait: float = 5.0
) -> None:
    """Run `job` until `stop`; when the broker goes away, start it again from nothing, with a growing jittered wait.

    A TopologyError is not retried: a queue that could lose messages needs a person.
    """
    wait = 0.1
    while not stop.is_set():
        started = asyncio.get_running_loop().time()
        try:
            await job()
        except TopologyError:
            raise
        except BROKER_ERRORS as error:
            if asyncio.get_running_loop().time() - started > longest_wait:
                wait = 0.1
            logger.warning(
                "broker connection lost (%s: %s); connecting again in %.1f s",
                type(error).__name__,
                error,
                wait,
                extra={"action": f"{action}.reconnect"},
            )
            await wait_for_stop(stop, wait * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
            wait = min(wait * 2, longest_wait)


async def wait_for_stop(stop: asyncio.Event, seconds: float) -> bool:
    """Wait at most `seconds` for `stop`; tell whether it is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def ensure_topology(connection: AbstractConnection, management_url: str | None = None) -> None:
    """Declare every exchange, queue and binding, and prove that none of them loses messages.

    Any process may do it first; all declare the same. Raises TopologyError where a queue on the broker differs
    from ours, or where an operator's policy (visible through the management API) adds a TTL or a length cap.
    """
    unsafe = [fault for queue in (*QUEUES, ANNOUNCEMENTS) for fault in faults(queue)]
    if unsafe:
        raise TopologyError("; ".join(unsafe))
    channel = await connection.channel()
    try:
        exchange = await channel.declare_exchange(EXCHANGE, "topic", durable=True, timeout=BROKER_TIMEOUT)
        for queue in (*QUEUES, ANNOUNCEMENTS):
            await _declare(channel, queue.dead, DEAD_ARGUMENTS)
            declared = await _declare(channel, queue.name, queue.arguments)
            for delay in RETRY_DELAYS:
                await _declare(channel, queue.retry(delay), queue.retry_arguments(delay))
            for key in queue.routing_keys:
                await declared.bind(exchange, routing_key=key, timeout=BROKER_TIMEOUT)
            for key in queue.former_routing_keys:
                await declared.unbind(exchange, routing_key=key, timeout=BROKER_TIMEOUT)
    finally:
        if not channel.is_closed:
            await channel.close()
    if management_url is not None:
        await _check_policies(management_url)


async def _declare(channel: AbstractChannel, name: str, arguments: dict[str, object]) -> AbstractQueue:
    try:
        return await channel.declare_queue(
            name,
            durable=True,
            arguments=arguments,  # type: ignore[arg-type]  # aio-pika's alias is narrower than AMQP's field table
            timeout=BROKER_TIMEOUT,
        )
    except ChannelPreconditionFailed as error:
        raise TopologyError(
            f"queue {name} exists on the broker with other settings ({error}). "
            "Drain it, delete it and start again, so that the safe settings take effect."
        ) from error


async def _check_policies(management_url: str) -> None:
    """Policies are laid over queue arguments by operators and cannot be seen through AMQP."""
    async with httpx.AsyncClient(base_url=management_url, timeout=BROKER_TIMEOUT) as client:
        answer = await client.get("/api/queues", params={"columns": "name,effective_policy_definition"})
        answer.raise_for_status()
    watched: dict[str, Queue] = {queue.name: queue for queue in (*QUEUES, ANNOUNCEMENTS)}
    watched |= {queue.dead: queue for queue in (*QUEUES, ANNOUNCEMENTS)}
    unsafe = [
        f"a policy makes queue {item['name']} lossy: {reason}; remove it (rabbitmqctl clear_policy)"
        for item in answer.json()
        if item["name"] in watched
        for reason in lossy_settings(item.get("effective_policy_definition") or {})
    ]
    if unsafe:
        raise TopologyError("; ".join(unsafe))


async def queue_depths(management_url: str, vhost: str = "/") -> dict[str, int]:
    """Messages per queue (ready and unacknowledged), from the management API."""
    async with httpx.AsyncClient(base_url=management_url, timeout=BROKER_TIMEOUT) as client:
        answer = await client.get(f"/api/queues/{quote(vhost, safe='')}", params={"columns": "name,messages"})
        answer.raise_for_status()
    return {item["name"]: item.get("messages", 0) for item in answer.json()}
