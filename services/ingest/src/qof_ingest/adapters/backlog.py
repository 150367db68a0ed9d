"""Is there room for more? While the broker is away the outbox grows; beyond a limit, ingest takes no more extracts.

How many rows wait is asked of the database once a second at most, and counted no further than the limit.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from qof_ingest.handlers.ports import BacklogError, Receipt, Submission

LOOK_SECONDS = 1.0
"""What other processes add is seen so late; each can exceed the limit by what it takes in that time."""

Key = tuple[str, str]
"""Supplier and idempotency key."""


class Extracts(Protocol):
    """What this needs of `PostgresExtracts`."""

    async def keep(self, submissions: Sequence[Submission]) -> Sequence[Receipt]: ...
    async def find_all(self, keys: Iterable[Key]) -> Mapping[Key, Receipt]: ...
    async def count_waiting(self, limit: int) -> int: ...


class BoundedBacklog:
    """Keeps extracts while there is room in the outbox. When there is none, only what was kept before is answered."""

    def __init__(self, extracts: Extracts, *, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._extracts = extracts
        self._limit = limit
        self._clock = clock
        self._counted_at = float("-inf")
        self._waiting = 0
        """Rows when last counted, and those added here since: never fewer than wait because of this process."""

    async def keep(self, submissions: Sequence[Submission]) -> Sequence[Receipt | BacklogError]:
        if await self._is_full():
            known = await self._extracts.find_all((one.supplier, one.idempotency_key) for one in submissions)
            refusal = BacklogError(f"{self._limit} events wait in the outbox; does the relay reach the broker?")
            return [known.get((one.supplier, one.idempotency_key), refusal) for one in submissions]
        receipts = await self._extracts.keep(submissions)
        self._waiting += sum(not receipt.is_replay for receipt in receipts)
        return receipts

    async def _is_full(self) -> bool:
        now = self._clock()
        if now - self._counted_at >= LOOK_SECONDS:
            self._waiting = await self._extracts.count_waiting(self._limit)
            self._counted_at = now
        return self._waiting >= self._limit
