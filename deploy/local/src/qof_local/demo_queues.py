"""How many messages wait in which queue? As RabbitMQ's management API tells it, a few seconds behind the truth."""

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import httpx

from qof_local.servers import Servers

DEAD = ".dead"
SECONDS_BETWEEN = 1.0
BEHIND_SECONDS = 20
"""A quorum queue tells its length every five seconds; this leaves it time to do so more than once."""


class Queues:
    """The broker's queues; knows nothing where a given broker came without its management address."""

    def __init__(self, servers: Servers, client: httpx.AsyncClient) -> None:
        self._client = client
        self._depths: Mapping[str, int] = {}
        self._asked_at = float("-inf")
        path = urlsplit(servers.broker_url).path.removeprefix("/")
        vhost = quote(path, safe="%") or "%2F"
        self._url = f"{servers.management_url}/api/queues/{vhost}" if servers.management_url else None

    async def depths(self) -> Mapping[str, int]:
        """Queue -> messages in it, handed out or not. Empty where the broker does not tell."""
        if self._url is not None and time.monotonic() - self._asked_at >= SECONDS_BETWEEN:
            self._asked_at = time.monotonic()
            try:
                totals = {"disable_stats": "true", "enable_queue_totals": "true"}
                answer = (await self._client.get(self._url, params=totals)).raise_for_status()
                self._depths = {queue["name"]: queue.get("messages", 0) for queue in answer.json()}
            except httpx.HTTPError:
                self._depths = {}
        return self._depths

    async def settled(self, dead_before: int) -> tuple[int, int]:
        """Messages still waiting for work, and dead letters since `dead_before`, once both are told to be 0 or time
        is up."""
        deadline = time.monotonic() + BEHIND_SECONDS
        while True:
            depths = await self.depths()
            waiting = sum(count for name, count in depths.items() if is_work(name))
            dead = dead_letters(depths) - dead_before
            if (waiting == 0 and dead == 0) or time.monotonic() > deadline:
                return waiting, dead
            await asyncio.sleep(0.5)


def dead_letters(depths: Mapping[str, int]) -> int:
    return sum(count for name, count in depths.items() if name.endswith(DEAD))


def is_work(name: str) -> bool:
    """True for queues that a service has yet to work off."""
    return not name.endswith(DEAD) and not name.startswith("announcements.")
