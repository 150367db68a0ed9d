"""Which messages are still work, which are dead, and is a broker that tells nothing no error?"""

import httpx

from qof_local.demo_queues import Queues, dead_letters, is_work
from qof_local.servers import Servers
from qof_shared.messaging.topology import ANNOUNCEMENTS, QUEUES

TOTALS = [{"name": "calculator.extracts", "messages": 3}, {"name": "calculator.extracts.dead", "messages": 2}]


def client(status: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(status, json=TOTALS)))


def servers(management_url: str | None) -> Servers:
    return Servers("postgresql://p", "amqp://guest:guest@127.0.0.1:5672/", management_url)


async def test_depths_as_the_broker_tells_them() -> None:
    depths = await Queues(servers("http://m:1"), client(200)).depths()
    assert depths == {"calculator.extracts": 3, "calculator.extracts.dead": 2}
    assert dead_letters(depths) == 2


async def test_broker_silent_or_unknown_nothing_is_known() -> None:
    assert await Queues(servers("http://m:1"), client(500)).depths() == {}
    assert await Queues(servers(None), client(200)).depths() == {}


def test_every_work_queue_and_its_retries_are_work_and_nothing_else() -> None:
    assert all(is_work(queue.name) and is_work(queue.retry(5)) and not is_work(queue.dead) for queue in QUEUES)
    assert not is_work(ANNOUNCEMENTS.name)
