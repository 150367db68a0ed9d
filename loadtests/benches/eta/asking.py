"""What are those who wait told? Asked over HTTP, once a second, of a few who wait."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from loadtests.benches.eta.trace import ALL_OF_SUPPLIER, PRACTICE, SUPPLIER, Said
from loadtests.benches.eta.watching import Watching

EVERY_SECONDS = 1.0


class Known:
    """What the receipts told: which number is whose."""

    def __init__(self) -> None:
        self.extracts: dict[int, str] = {}
        self.suppliers: dict[int, str] = {}
        self.practices: dict[int, str] = {}

    def add(self, supplier: str, receipt: Mapping[str, Any]) -> None:
        number = receipt["extract_number"]
        self.extracts[number] = receipt["extract_id"]
        self.practices[number] = receipt["practice"]
        self.suppliers[number] = supplier


class Asking:
    """Those who ask. `sample` of each queue do so every second."""

    def __init__(
        self,
        *,
        ingest: httpx.AsyncClient,
        declarations: httpx.AsyncClient,
        collection: str,
        tokens: Callable[[str], str],
        declarer: Callable[[str], str],
        known: Known,
        queues: Mapping[str, Watching],
        sample: int,
    ) -> None:
        self._ingest = ingest
        self._declarations = declarations
        self._collection = collection
        self._tokens = tokens
        self._declarer = declarer
        self._known = known
        self._queues = queues
        self._sample = sample
        self._chance = random.Random(collection)
        self.said: list[Said] = []
        self.unanswered = 0

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            began = time.monotonic()
            async with asyncio.TaskGroup() as group:
                for question in self._questions():
                    group.create_task(question)
            await asyncio.sleep(max(0.0, EVERY_SECONDS - (time.monotonic() - began)))

    def _questions(self) -> list[Coroutine[Any, Any, None]]:
        known = self._known
        asked = [self._ask_practice(number) for number in self._some(PRACTICE)]
        asked += [self._ask_supplier(number) for number in self._some(SUPPLIER)]
        lasts = {known.suppliers[number]: number for number in self._waiting(SUPPLIER)}
        return asked + [self._ask_share(supplier, number) for supplier, number in lasts.items()]

    def _waiting(self, whose: str) -> list[int]:
        return [number for number in self._queues[whose].waiting if number in self._known.extracts]

    def _some(self, whose: str) -> Sequence[int]:
        waiting = self._waiting(whose)
        return self._chance.sample(waiting, min(self._sample, len(waiting)))

    async def _ask_practice(self, number: int) -> None:
        practice = self._known.practices[number]
        path = f"/v1/collections/{self._collection}/practices/{practice}/waiting"
        await self._ask(PRACTICE, number, self._declarations, path, self._declarer(practice))

    async def _ask_supplier(self, number: int) -> None:
        path = f"/v1/extracts/{self._known.extracts[number]}/waiting"
        await self._ask(SUPPLIER, number, self._ingest, path, self._known.suppliers[number])

    async def _ask_share(self, supplier: str, number: int) -> None:
        await self._ask(ALL_OF_SUPPLIER, number, self._ingest, f"/v1/collections/{self._collection}/waiting", supplier)

    async def _ask(self, who: str, number: int, client: httpx.AsyncClient, path: str, token_of: str) -> None:
        try:
            answer = await client.get(path, headers={"Authorization": f"Bearer {self._tokens(token_of)}"})
            told = answer.raise_for_status().json()
        except httpx.HTTPError:
            self.unanswered += 1
            return
        position = told["last_position"] if who == ALL_OF_SUPPLIER else told["position"]
        if position is not None:
            self.said.append(
                Said(who, time.time(), number, position, _moment(told["expected_at"]), _moment(told["ready_by"]))
            )


def _moment(told: str | None) -> float | None:
    return datetime.fromisoformat(told).timestamp() if told else None
