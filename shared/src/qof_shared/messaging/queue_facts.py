"""What waits in which queue, who works on it, and why did messages die? As RabbitMQ's management API tells it.

One request asks for every queue, whoever wants to know; its answer is remembered for a second. The broker's own
numbers are up to five seconds old. Bodies are never asked for: they may hold a practice's figures.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote, urlsplit

import httpx

from qof_shared.messaging.publishing import REASON_HEADER
from qof_shared.messaging.topology import QUEUES, RETRY_DELAYS, Queue
from qof_shared.queues import BrokerAwayError, DeadReasons, QueueFacts, Sample

PATIENCE_SECONDS = 2.0
"""Somebody waits for the page that asks."""
REMEMBERED_SECONDS = 1.0
HISTORY_SECONDS, HISTORY_STEP = 600, 30
"""What the broker keeps of the last minutes, and how fine we ask for it."""

REASONS_READ = 100
"""Dead letters of a queue whose reasons are read at once."""
REASONS_EVERY = 60.0
LOOKS_ALLOWED = 10
"""To read a dead letter's reason counts as a delivery, and RabbitMQ 4 drops a message after twenty. So letters that
were looked at so often are left alone; `python -m qof_<service> dead` stays for a person who has to know."""

COLUMNS = (
    *("name", "messages_ready", "messages_unacknowledged", "consumers", "messages_details.samples"),
    *("message_stats.publish_details.rate", "message_stats.deliver_get_details.rate"),
    *("message_stats.ack_details.rate", "message_stats.ack_details.samples"),
)

T = TypeVar("T")


@dataclass(slots=True)
class _Remembered(Generic[T]):
    """The last answer, a refusal too: a broker that is away is asked as seldom as one that is there."""

    value: T | None = None
    refusal: BrokerAwayError | None = None
    until: float = float("-inf")
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class ManagementApi:
    """`qof_shared.queues.Broker` over RabbitMQ's management API. The virtual host is that of `broker_url`."""

    def __init__(
        self,
        management_url: str,
        broker_url: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        vhost = unquote(urlsplit(broker_url).path.removeprefix("/")) or "/"
        self._path = f"/api/queues/{quote(vhost, safe='')}"
        self._client = httpx.AsyncClient(
            base_url=management_url, timeout=PATIENCE_SECONDS, trust_env=False, transport=transport
        )
        self._clock = clock
        self._queues: _Remembered[Sequence[QueueFacts]] = _Remembered()
        self._reasons: dict[str, DeadReasons] = {}
        self._read: dict[str, tuple[int, float]] = {}
        """Queue -> how many letters it had when it was last read, and when that was."""
        self._left_alone: dict[str, int] = {}
        """Queue -> how many letters it had when they had been looked at too often."""

    async def close(self) -> None:
        await self._client.aclose()

    async def queues(self) -> Sequence[QueueFacts]:
        """Every work queue, in the order of `topology.QUEUES`."""
        held = self._queues
        async with held.asking:
            if self._clock() >= held.until:
                try:
                    held.value, held.refusal = read_queues(await self._ask()), None
                except BrokerAwayError as error:
                    held.value, held.refusal = None, error
                held.until = self._clock() + REMEMBERED_SECONDS
        if held.refusal is not None:
            raise held.refusal
        return held.value or ()

    async def dead_reasons(self) -> Sequence[DeadReasons]:
        """Reasons of every queue with dead letters; read again only when their number changed, and once a minute."""
        found = []
        for queue in await self.queues():
            if not queue.dead:
                self._reasons.pop(queue.name, None)
                self._left_alone.pop(queue.name, None)
                continue
            before, at = self._read.get(queue.name, (0, float("-inf")))
            is_due = queue.dead != before and self._clock() - at >= REASONS_EVERY
            if (is_due or queue.name not in self._reasons) and self._left_alone.get(queue.name) != queue.dead:
                self._read[queue.name] = queue.dead, self._clock()
                self._reasons[queue.name] = await self._read_reasons(queue)
            if queue.name in self._reasons:
                found.append(self._reasons[queue.name])
        return found

    async def _ask(self) -> list[dict[str, Any]]:
        window = {
            "lengths_age": HISTORY_SECONDS,
            "lengths_incr": HISTORY_STEP,
            "msg_rates_age": HISTORY_SECONDS,
            "msg_rates_incr": HISTORY_STEP,
        }
        answer: list[dict[str, Any]] = await self._send("GET", self._path, {"columns": ",".join(COLUMNS), **window})
        return answer

    async def _read_reasons(self, queue: QueueFacts) -> DeadReasons:
        path = f"{self._path}/{quote(queue.name + '.dead', safe='')}/get"
        wanted = {"count": REASONS_READ, "ackmode": "ack_requeue_true", "encoding": "auto", "truncate": 1}
        letters = await self._send("POST", path, body=wanted)
        headers = [letter["properties"].get("headers") or {} for letter in letters]
        if any(one.get("x-delivery-count", 0) >= LOOKS_ALLOWED for one in headers):
            self._left_alone[queue.name] = queue.dead
        return DeadReasons(queue.name, Counter(_reason(one) for one in headers))

    async def _send(
        self, method: str, path: str, parameters: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            # Streamed, so that the answer does not keep it: answers of httpx refer to themselves, and a hundred
            # kilobytes a second would wait for the collector, which comes seldom (`settle_memory`).
            async with self._client.stream(method, path, params=parameters, json=body) as answer:
                answer.raise_for_status()
                return json.loads(b"".join([part async for part in answer.aiter_bytes()]))
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise BrokerAwayError(f"RabbitMQ's management API answers with status {status}.") from error
        except (httpx.HTTPError, ValueError) as error:
            raise BrokerAwayError(f"RabbitMQ's management API does not answer ({type(error).__name__}).") from error


def _reason(headers: Mapping[str, Any]) -> str:
    return str(headers.get(REASON_HEADER) or headers.get("x-first-death-reason") or "unknown")


def read_queues(answer: Sequence[Mapping[str, Any]]) -> list[QueueFacts]:
    """The work queues of a management API's answer; one that the broker does not have yet is empty and unattended."""
    by_name = {one["name"]: one for one in answer}
    return [_facts(queue, by_name) for queue in QUEUES]


def _facts(queue: Queue, by_name: Mapping[str, Mapping[str, Any]]) -> QueueFacts:
    work = by_name.get(queue.name, {})
    stats = work.get("message_stats") or {}
    return QueueFacts(
        name=queue.name,
        service=queue.service,
        ready=work.get("messages_ready", 0),
        unacknowledged=work.get("messages_unacknowledged", 0),
        consumers=work.get("consumers", 0),
        publish_rate=_rate(stats, "publish_details"),
        deliver_rate=_rate(stats, "deliver_get_details"),
        acknowledge_rate=_rate(stats, "ack_details"),
        dead=_messages(by_name.get(queue.dead, {})),
        retrying=sum(_messages(by_name.get(queue.retry(delay), {})) for delay in RETRY_DELAYS),
        history=_history(
            (work.get("messages_details") or {}).get("samples") or (),
            (stats.get("ack_details") or {}).get("samples") or (),
        ),
    )


def _messages(queue: Mapping[str, Any]) -> int:
    count: int = queue.get("messages_ready", 0) + queue.get("messages_unacknowledged", 0)
    return count


def _rate(stats: Mapping[str, Any], name: str) -> float:
    return float((stats.get(name) or {}).get("rate") or 0.0)


def _history(depths: Sequence[Mapping[str, int]], acknowledged: Sequence[Mapping[str, int]]) -> list[Sample]:
    """The broker tells the newest first, and acknowledgements as a sum since the queue's beginning."""
    sums = {one["timestamp"]: one["sample"] for one in acknowledged}
    samples = []
    for one in reversed(depths):
        at = one["timestamp"]
        step = HISTORY_STEP * 1000
        done = max(0, sums[at] - sums[at - step]) / HISTORY_STEP if at in sums and at - step in sums else 0.0
        samples.append(Sample(at, one["sample"], done))
    return samples
