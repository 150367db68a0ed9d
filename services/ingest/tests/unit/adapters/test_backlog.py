from collections.abc import Iterable, Sequence
from uuid import uuid4

import pytest

from qof_ingest.adapters.backlog import BoundedBacklog, Key
from qof_ingest.handlers.ports import BacklogError, Receipt, Submission
from qof_shared.testing.fakes import NOON


def submission(key: str) -> Submission:
    return Submission(uuid4(), "emis", key, "QOF-2012-13-SCOTLAND", "10002", "scotland", "2012-13", NOON, "", b"{}")


class Table:
    """Extracts and an outbox that a test may fill and empty."""

    def __init__(self) -> None:
        self.kept: dict[Key, Receipt] = {}
        self.waiting = 0
        self.counts: list[int] = []

    async def keep(self, submissions: Sequence[Submission]) -> list[Receipt]:
        receipts = []
        for one in submissions:
            key = one.supplier, one.idempotency_key
            is_replay = key in self.kept
            receipt = Receipt(one.extract_id, 1, one.collection, one.practice, one.digest, NOON, is_replay)
            self.kept.setdefault(key, receipt)
            self.waiting += not is_replay
            receipts.append(receipt)
        return receipts

    async def find_all(self, keys: Iterable[Key]) -> dict[Key, Receipt]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    async def count_waiting(self, limit: int) -> int:
        self.counts.append(limit)
        return min(self.waiting, limit)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def backlog(table: Table, clock: Clock) -> BoundedBacklog:
    return BoundedBacklog(table, limit=5, clock=clock)


async def keep(backlog: BoundedBacklog, *keys: str) -> list[type]:
    return [type(one) for one in await backlog.keep([submission(key) for key in keys])]


async def test_a_full_outbox_takes_no_more_than_the_group_that_filled_it(backlog: BoundedBacklog, table: Table) -> None:
    assert await keep(backlog, *"abcd") == [Receipt] * 4
    assert await keep(backlog, *"ef") == [Receipt] * 2
    assert await keep(backlog, "g", "h") == [BacklogError] * 2
    assert len(table.kept) == 6


async def test_what_was_kept_before_is_answered_all_the_same(backlog: BoundedBacklog, table: Table) -> None:
    await keep(backlog, *"abcde")
    assert await keep(backlog, "x", "b", "y") == [BacklogError, Receipt, BacklogError]


async def test_the_database_is_asked_once_a_second_and_no_further_than_the_limit(
    backlog: BoundedBacklog, table: Table, clock: Clock
) -> None:
    for key in "abcdefgh":
        await keep(backlog, key)
    assert table.counts == [5]
    clock.now += 1
    await keep(backlog, "i")
    assert table.counts == [5, 5]


async def test_replays_take_no_room(backlog: BoundedBacklog, table: Table) -> None:
    for _ in range(10):
        assert await keep(backlog, "a", "b") == [Receipt] * 2


async def test_when_the_relay_has_emptied_the_outbox_extracts_are_taken_again(
    backlog: BoundedBacklog, table: Table, clock: Clock
) -> None:
    await keep(backlog, *"abcde")
    table.waiting = 0
    assert await keep(backlog, "f") == [BacklogError], "it looks once a second"
    clock.now += 1
    assert await keep(backlog, "f") == [Receipt]


async def test_what_others_add_is_seen_within_a_second(backlog: BoundedBacklog, table: Table, clock: Clock) -> None:
    await keep(backlog, "a")
    table.waiting = 1000
    clock.now += 1
    assert await keep(backlog, "b") == [BacklogError]
