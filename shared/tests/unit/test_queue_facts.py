import gc
import tracemalloc
from collections.abc import AsyncIterator

import httpx
import pytest

from qof_shared.messaging.queue_facts import LOOKS_ALLOWED, REASONS_EVERY, ManagementApi, read_queues
from qof_shared.messaging.topology import QUEUES
from qof_shared.queues import BrokerAwayError, NoBroker, Sample


class Management:
    """A management API with one busy queue; `now` is the time that its client sees."""

    def __init__(self, dead: int = 0, deliveries: int = 0) -> None:
        self.now, self.dead, self.deliveries = 0.0, dead, deliveries
        self.is_away = False
        self.requests: list[httpx.Request] = []
        self.client = ManagementApi(
            "http://management",
            "amqp://guest@broker/a%20host",
            clock=lambda: self.now,
            transport=httpx.MockTransport(self._answer),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.is_away:
            raise httpx.ConnectError("refused")
        if request.method == "POST":
            headers = {"x-qof-reason": "ValueError: not a number", "x-delivery-count": self.deliveries}
            return httpx.Response(200, json=[{"properties": {"headers": headers}}] * self.dead)
        return httpx.Response(200, json=[{"name": "calculator.extracts.dead", "messages_ready": self.dead}])

    @property
    def looks_at_letters(self) -> int:
        return sum(request.method == "POST" for request in self.requests)


def test_a_queue_is_told_with_what_stands_behind_it() -> None:
    answer = [
        {
            "name": "calculator.extracts",
            "messages_ready": 7,
            "messages_unacknowledged": 2,
            "consumers": 3,
            "messages_details": {
                "samples": [{"timestamp": 60_000, "sample": 9}, {"timestamp": 30_000, "sample": 4}],
            },
            "message_stats": {
                "publish_details": {"rate": 1.5},
                "deliver_get_details": {"rate": 2.5},
                "ack_details": {
                    "rate": 3.5,
                    "samples": [{"timestamp": 60_000, "sample": 160}, {"timestamp": 30_000, "sample": 100}],
                },
            },
        },
        {"name": "calculator.extracts.dead", "messages_ready": 1},
        {"name": "calculator.extracts.retry.1s", "messages_ready": 2},
        {"name": "calculator.extracts.retry.300s", "messages_ready": 3},
    ]
    facts = read_queues(answer)
    assert [one.name for one in facts] == [queue.name for queue in QUEUES]
    found = facts[0]
    assert (found.ready, found.unacknowledged, found.consumers, found.dead, found.retrying) == (7, 2, 3, 1, 5)
    assert (found.publish_rate, found.deliver_rate, found.acknowledge_rate) == (1.5, 2.5, 3.5)
    assert found.waiting == 14
    assert found.history == [Sample(30_000, 4, 0.0), Sample(60_000, 9, 2.0)]
    assert (facts[1].ready, facts[1].consumers) == (0, 0)


async def test_however_many_ask_the_broker_is_asked_once_a_second() -> None:
    management = Management()
    for _ in range(5):
        await management.client.queues()
    assert len(management.requests) == 1
    assert management.requests[0].url.raw_path.startswith(b"/api/queues/a%20host?")
    management.now = 1.0
    await management.client.queues()
    assert len(management.requests) == 2


async def test_a_broker_that_is_away_is_asked_as_seldom_and_comes_back() -> None:
    management = Management()
    management.is_away = True
    for _ in range(5):
        with pytest.raises(BrokerAwayError, match="does not answer"):
            await management.client.queues()
    assert len(management.requests) == 1
    management.is_away, management.now = False, 1.0
    assert len(await management.client.queues()) == len(QUEUES)


class Large(httpx.AsyncBaseTransport, httpx.AsyncByteStream):
    """Answers with a list of no queue, which takes 200 kB to say."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=self)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"[" + b" " * 200_000 + b"]"


async def test_answers_are_not_kept_until_the_collector_comes() -> None:
    now = 0.0
    client = ManagementApi("http://management", "amqp://guest@broker/", clock=lambda: now, transport=Large())
    await client.queues()
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(20):
            now += 10
            await client.queues()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert kept < 20 * 50_000


async def test_reasons_are_counted_and_read_again_only_when_their_number_changed() -> None:
    management = Management(dead=3)
    (found,) = await management.client.dead_reasons()
    assert (found.queue, dict(found.reasons)) == ("calculator.extracts", {"ValueError: not a number": 3})
    management.now = REASONS_EVERY * 2
    await management.client.dead_reasons()
    assert management.looks_at_letters == 1
    management.dead, management.now = 4, REASONS_EVERY * 3
    (found,) = await management.client.dead_reasons()
    assert dict(found.reasons) == {"ValueError: not a number": 4}
    management.dead, management.now = 5, REASONS_EVERY * 3 + 2
    await management.client.dead_reasons()
    assert management.looks_at_letters == 2, "not twice in a minute"


async def test_letters_that_were_looked_at_too_often_are_left_alone() -> None:
    management = Management(dead=3, deliveries=LOOKS_ALLOWED)
    await management.client.dead_reasons()
    for look in range(1, 4):
        management.now = REASONS_EVERY * look
        assert len(await management.client.dead_reasons()) == 1, "what was read is still told"
    assert management.looks_at_letters == 1


async def test_no_broker_says_which_setting_is_missing() -> None:
    with pytest.raises(BrokerAwayError, match="QOF_BROKER_MANAGEMENT_URL"):
        await NoBroker().queues()
