import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from uuid import uuid4

import pytest

from qof_ingest.adapters.intake import GroupCommit
from qof_ingest.handlers.ports import BusyError, Receipt, Submission, UnavailableError
from qof_shared.testing.fakes import NOON

MakeSubmission = Callable[..., Submission]


@pytest.fixture
def make_submission() -> MakeSubmission:
    def make(key: str, supplier: str = "emis") -> Submission:
        return Submission(
            uuid4(), supplier, key, "QOF-2012-13-SCOTLAND", "10002", "scotland", "2012-13", NOON, "0" * 64, b"{}"
        )

    return make


class Table:
    """Stands where the database would: remembers its groups, waits at a gate, fails when told to."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.taken = asyncio.Event()
        """Set once the writer holds its first group at the gate."""
        self.gate = asyncio.Event()
        self.gate.set()
        self.fail: Callable[[list[str]], Exception | None] = lambda _keys: None

    async def keep(self, submissions: Sequence[Submission]) -> list[Receipt]:
        keys = [submission.idempotency_key for submission in submissions]
        self.groups.append(keys)
        self.taken.set()
        await self.gate.wait()
        failure = self.fail(keys)
        if failure is not None:
            raise failure
        return [
            Receipt(one.extract_id, 1, one.collection, one.practice, one.digest, one.received_at) for one in submissions
        ]

    async def find(self, supplier: str, idempotency_key: str) -> Receipt | None:
        return None


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def intake(table: Table) -> GroupCommit:
    return GroupCommit(table.keep, table.find, group_size=4, waiting_limit=6)


async def test_what_arrives_during_a_commit_is_committed_together(
    table: Table, intake: GroupCommit, make_submission: MakeSubmission
) -> None:
    table.gate.clear()
    async with intake.writing():
        submissions = [make_submission(str(number)) for number in range(6)]
        tasks = [intake.submit(submissions[0])]
        await table.taken.wait()
        tasks += [intake.submit(submission) for submission in submissions[1:]]
        await asyncio.sleep(0)
        table.gate.set()
    assert table.groups == [["0"], ["1", "2", "3", "4"], ["5"]]
    assert [task.result().extract_id for task in tasks] == [submission.extract_id for submission in submissions]


async def test_a_bad_row_hurts_only_itself(table: Table, intake: GroupCommit, make_submission: MakeSubmission) -> None:
    table.fail = lambda keys: ValueError("no such row") if "bad" in keys else None
    async with intake.writing():
        results = await asyncio.gather(
            *(intake.submit(make_submission(key)) for key in ("a", "bad", "b")), return_exceptions=True
        )
    assert [type(result) for result in results] == [Receipt, ValueError, Receipt]
    assert table.groups == [["a", "bad", "b"], ["a"], ["bad"], ["b"]]


async def test_without_a_database_a_group_is_refused_as_one(
    table: Table, intake: GroupCommit, make_submission: MakeSubmission
) -> None:
    table.fail = lambda _keys: UnavailableError("away")
    async with intake.writing():
        results = await asyncio.gather(*(intake.submit(make_submission(key)) for key in "abc"), return_exceptions=True)
    assert [type(result) for result in results] == [UnavailableError] * 3
    assert table.groups == [["a", "b", "c"]]


async def filled(table: Table, intake: GroupCommit, make_submission: MakeSubmission) -> "list[asyncio.Future[Receipt]]":
    """One is being committed, at the gate, and behind it there is no room left."""
    table.gate.clear()
    first = intake.submit(make_submission("first"))
    await table.taken.wait()
    return [first, *(intake.submit(make_submission(str(number))) for number in range(6))]


async def test_a_full_queue_refuses_and_the_others_are_written(
    table: Table, intake: GroupCommit, make_submission: MakeSubmission
) -> None:
    async with intake.writing():
        tasks = await filled(table, intake, make_submission)
        with pytest.raises(BusyError):
            await intake.submit(make_submission("too many"))
        table.gate.set()
    assert len([task.result() for task in tasks]) == 7


async def test_a_flood_of_one_supplier_keeps_no_other_waiting(
    table: Table, intake: GroupCommit, make_submission: MakeSubmission
) -> None:
    async with intake.writing():
        tasks = await filled(table, intake, make_submission)
        quiet = intake.submit(make_submission("quiet", "tpp"))
        pushed = tasks.pop()
        with pytest.raises(BusyError):
            await pushed
        with pytest.raises(BusyError):
            await intake.submit(make_submission("too many"))
        table.gate.set()
    assert table.groups == [["first"], ["0", "quiet", "1", "2"], ["3", "4"]]
    assert quiet.result().practice == "10002"
    assert len([task.result() for task in tasks]) == 6


async def test_a_cancelled_request_does_not_lose_the_commit_of_others(
    table: Table, intake: GroupCommit, make_submission: MakeSubmission
) -> None:
    table.gate.clear()
    async with intake.writing():
        in_commit = [intake.submit(make_submission(key)) for key in ("gone", "stays")]
        await table.taken.wait()
        waiting = [intake.submit(make_submission(key)) for key in ("gone too", "stays too")]
        await asyncio.sleep(0)
        for task in (in_commit[0], waiting[0]):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        table.gate.set()
        await asyncio.gather(in_commit[1], waiting[1])
    assert table.groups == [["gone", "stays"], ["stays too"]]


async def test_stopping_writes_what_waits_and_takes_no_more(
    table: Table, intake: GroupCommit, make_submission: MakeSubmission
) -> None:
    table.gate.clear()
    async with intake.writing():
        tasks = [intake.submit(make_submission(key)) for key in "abcdef"]
        await table.taken.wait()
        asyncio.get_running_loop().call_soon(table.gate.set)
    assert len(await asyncio.gather(*tasks)) == 6
    with pytest.raises(UnavailableError):
        await intake.submit(make_submission("late"))
