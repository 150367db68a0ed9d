"""How are many extracts made safe at once? One writer commits whatever is waiting, in one transaction.

While a group is being committed the next one gathers, so the group grows with the load and nobody waits on purpose.
A commit costs a synced disk write whether it holds one extract or sixty-four. Suppliers fill groups in turn.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from qof_ingest.core.turns import Turns
from qof_ingest.handlers.ports import BacklogError, BusyError, Receipt, Submission, UnavailableError
from qof_shared.observability.metrics import counter, gauge, histogram
from qof_shared.observability.tracing import carrying, traceparent

logger = logging.getLogger(__name__)

WAITING = gauge("openqof_intake_waiting", "Extracts in memory that wait for their commit")
GROUPS = histogram("openqof_intake_group_seconds", "Groups of extracts, and how long each took to commit")
SETTLED = counter(
    "openqof_intake_extracts_total",
    "Extracts posted, singly or in bulk, by how that ended: accepted (new); replayed (the receipt of the first time);"
    " backlog (no room in the outbox); busy (no room in memory); failed (the database is away, or refused it)",
    ("outcome",),
)

Keep = Callable[[Sequence[Submission]], Awaitable[Sequence[Receipt | BacklogError]]]
"""Keeps submissions and their events in one transaction; returns their receipts, in order, after the commit, or why
one was not kept."""

Find = Callable[[str, str], Awaitable[Receipt | None]]

Waiting = tuple[Submission, "asyncio.Future[Receipt]", str | None]
"""With the trace of the request that it came in, if there is one."""

LONGEST_WRITE = 15.0
"""Seconds after which a group's database is called away. A write cut off may have been committed: sent again with
the same key, its extract gets the receipt of what was kept."""


class GroupCommit:
    """An `Intake` whose submissions share transactions."""

    def __init__(self, keep: Keep, find: Find, *, group_size: int, waiting_limit: int) -> None:
        self._keep = keep
        self._find = find
        self._group_size = group_size
        self._waiting_limit = waiting_limit
        self._waiting: Turns[Waiting] = Turns()
        self._arrived = asyncio.Event()
        self._is_open = False
        WAITING.set_function(lambda: len(self._waiting))

    def submit(self, submission: Submission) -> "asyncio.Future[Receipt]":
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        if not self._is_open:
            answer.set_exception(UnavailableError("this process is stopping, and writes nothing more"))
        elif not self._has_room(submission.supplier):
            self._refuse(answer)
        else:
            self._waiting.add(submission.supplier, (submission, answer, traceparent()))
            self._arrived.set()
        return answer

    def _has_room(self, supplier: str) -> bool:
        """There is room, or somebody makes room: a supplier's flood costs no other supplier its place."""
        if len(self._waiting) < self._waiting_limit:
            return True
        pushed = self._waiting.give_way(supplier)
        if pushed is not None:
            self._refuse(pushed[1])
        return pushed is not None

    def _refuse(self, answer: "asyncio.Future[Receipt]") -> None:
        if not answer.done():  # its request was cancelled before
            SETTLED.labels("busy").inc()
            answer.set_exception(BusyError(f"{self._waiting_limit} extracts are waiting to be written"))

    async def find(self, supplier: str, idempotency_key: str) -> Receipt | None:
        return await self._find(supplier, idempotency_key)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Runs the writer. On leaving, what is waiting is still written and answered."""
        self._is_open = True
        writer = asyncio.create_task(self._write())
        try:
            yield
        finally:
            self._is_open = False
            self._arrived.set()
            await writer

    async def _write(self) -> None:
        while self._waiting or self._is_open:
            group = self._next_group()
            if group:
                await self._settle(group)
            elif self._is_open:
                self._arrived.clear()
                await self._arrived.wait()

    def _next_group(self) -> list[Waiting]:
        group: list[Waiting] = []
        while len(group) < self._group_size and (one := self._waiting.next()) is not None:
            if not one[1].done():  # done already: its request was cancelled, and nobody waits for a receipt
                group.append(one)
        return group

    async def _settle(self, group: Sequence[Waiting]) -> None:
        """Keep a group and answer everybody in it; a group that fails is redone one by one."""
        try:
            async with asyncio.timeout(LONGEST_WRITE):
                with GROUPS.time(), carrying({str(one.extract_id): carried for one, _, carried in group if carried}):
                    receipts = await self._keep([submission for submission, _, _ in group])
        except TimeoutError:
            _fail(group, UnavailableError(f"the database did not answer within {LONGEST_WRITE:.0f} s"))
        except UnavailableError as error:
            _fail(group, error)
        except Exception as error:
            if len(group) == 1:
                _fail(group, error)
                return
            logger.warning(
                "a group of %d extracts failed (%s); redoing it one by one",
                len(group),
                type(error).__name__,
                extra={"action": "intake.group_failed"},
            )
            for one in group:
                await self._settle([one])
        else:
            for outcome, count in Counter(map(_outcome, receipts)).items():
                SETTLED.labels(outcome).inc(count)
            for (_, answer, _), receipt in zip(group, receipts, strict=True):
                if answer.done():
                    continue
                if isinstance(receipt, BacklogError):
                    answer.set_exception(receipt)
                else:
                    answer.set_result(receipt)


def _outcome(receipt: Receipt | BacklogError) -> str:
    if isinstance(receipt, BacklogError):
        return "backlog"
    return "replayed" if receipt.is_replay else "accepted"


def _fail(group: Sequence[Waiting], error: Exception) -> None:
    SETTLED.labels("failed").inc(len(group))
    for _, answer, _ in group:
        if not answer.done():
            answer.set_exception(error)
