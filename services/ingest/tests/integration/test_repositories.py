import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters.repositories import KEPT_BODIES, PostgresExtracts
from qof_ingest.adapters.unit_of_work import IngestUnitOfWork
from qof_ingest.core.journey import Progress, Stage
from qof_ingest.handlers.ports import JourneyEntry, Receipt, Submission
from qof_shared.contracts import Extract, ExtractAccepted, ExtractsReceived, ReceivedExtract, decode_event
from qof_shared.db.bodies import unpack
from qof_shared.db.messages import PostgresOutbox
from qof_shared.testing.fakes import NOON

pytestmark = pytest.mark.needs_postgres

COLLECTION = "QOF-2012-13-SCOTLAND"

Query = Callable[..., Any]
MakeSubmission = Callable[..., Submission]


@pytest.fixture
def make_submission(make_extract: Callable[..., dict[str, Any]]) -> MakeSubmission:
    def make(key: str, *, practice: str = "10002", supplier: str = "emis", digest: str = "0" * 64) -> Submission:
        extract = msgspec.convert(make_extract(practice=practice), Extract)
        body = msgspec.json.encode(extract)
        return Submission(
            uuid4(), supplier, key, extract.collection, practice, "scotland", "2012-13", NOON, digest, body
        )

    return make


@pytest.fixture
async def extracts(engine: AsyncEngine) -> AsyncIterator[PostgresExtracts]:
    made = PostgresExtracts(engine)
    yield made
    await made.close()


async def append(engine: AsyncEngine, *entries: tuple[UUID, Stage]) -> None:
    async with IngestUnitOfWork(engine) as uow:
        await uow.journeys.append([JourneyEntry(one, stage, NOON, {"of": stage.value}) for one, stage in entries])
        await uow.commit()


async def test_a_group_is_kept_byte_for_byte_with_its_events(
    extracts: PostgresExtracts, engine: AsyncEngine, make_submission: MakeSubmission, query: Query
) -> None:
    submissions = [make_submission(key) for key in "cab"]
    receipts = await extracts.keep(submissions)
    assert [receipt.extract_id for receipt in receipts] == [submission.extract_id for submission in submissions]
    assert not any(receipt.is_replay for receipt in receipts)
    kept = {row.extract_id: row for row in await query("SELECT extract_id, body, extract_number FROM extracts")}
    assert [unpack(kept[one.extract_id].body) for one in submissions] == [one.body for one in submissions]
    async with PostgresOutbox(engine, KEPT_BODIES).take(100) as batch:
        events = [decode_event(row.body) for row in batch.rows if row.routing_key == ExtractAccepted.event]
    told = {event.content(ExtractAccepted).extract_id: event.content(ExtractAccepted) for event in events}
    assert {one.extract_id: one.extract_number for one in receipts} == {
        one.extract_id: one.extract_number for one in told.values()
    }
    assert all(msgspec.json.encode(told[one.extract_id].extract) == one.body for one in submissions)


async def test_a_key_used_before_gets_the_first_receipt_and_no_event(
    extracts: PostgresExtracts, make_submission: MakeSubmission, query: Query
) -> None:
    (first,) = await extracts.keep([make_submission("one")])
    again, other = await extracts.keep([make_submission("one", digest="1" * 64), make_submission("two")])
    assert (again.extract_id, again.digest, again.is_replay) == (first.extract_id, first.digest, True)
    assert not other.is_replay
    (count,) = await query("SELECT count(*) FROM outbox WHERE routing_key = 'extract.accepted.v1'")
    assert count[0] == 2


async def test_a_key_twice_in_a_group_is_one_extract(
    extracts: PostgresExtracts, make_submission: MakeSubmission
) -> None:
    receipts = await extracts.keep([make_submission("one"), make_submission("one"), make_submission("two")])
    assert receipts[0].extract_id == receipts[1].extract_id
    assert sorted(receipt.is_replay for receipt in receipts) == [False, False, True]


async def test_a_row_the_database_cannot_hold_leaves_nothing_of_its_group(
    extracts: PostgresExtracts, make_submission: MakeSubmission, query: Query
) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await extracts.keep([make_submission("good"), make_submission("bad\x00")])
    assert await query("SELECT 1 FROM extracts") == []
    assert await query("SELECT 1 FROM outbox WHERE routing_key = 'extract.accepted.v1'") == []


async def test_processes_that_keep_the_same_extracts_do_not_lock_each_other_out(
    extracts: PostgresExtracts, engine: AsyncEngine, make_submission: MakeSubmission, query: Query
) -> None:
    keys = [f"key-{number}" for number in range(40)]
    groups = [[make_submission(key) for key in order] for order in (keys, keys[::-1], keys)]
    processes = [extracts, PostgresExtracts(engine), PostgresExtracts(engine)]
    results = await asyncio.gather(*(one.keep(group) for one, group in zip(processes, groups, strict=True)))
    for process in processes:
        await process.close()
    by_key = [
        {one.idempotency_key: receipt.extract_id for one, receipt in zip(group, result, strict=True)}
        for group, result in zip(groups, results, strict=True)
    ]
    assert by_key[0] == by_key[1] == by_key[2]
    assert len(await query("SELECT 1 FROM extracts")) == 40


async def test_a_later_extract_supersedes_the_earlier_ones(
    extracts: PostgresExtracts, make_submission: MakeSubmission
) -> None:
    receipts = [(await extracts.keep([make_submission(key)]))[0] for key in "abc"]
    await extracts.keep([make_submission("other", practice="10003")])
    tracked = [await extracts.tracked(receipt.extract_id, "emis") for receipt in receipts]
    assert [one and one.superseded_by for one in tracked] == [receipts[2].extract_id, receipts[2].extract_id, None]
    assert await extracts.tracked(receipts[0].extract_id, "inps") is None
    assert await extracts.tracked(uuid4(), "emis") is None


async def test_stages_are_kept_once_whatever_their_order(
    extracts: PostgresExtracts, make_submission: MakeSubmission, engine: AsyncEngine
) -> None:
    (receipt,) = await extracts.keep([make_submission("one")])
    await append(engine, (receipt.extract_id, Stage.REPORTED), (receipt.extract_id, Stage.REPORTED))
    await append(engine, (receipt.extract_id, Stage.CALCULATED))
    async with IngestUnitOfWork(engine) as uow:
        later = JourneyEntry(receipt.extract_id, Stage.REPORTED, NOON + timedelta(days=1), {})
        await uow.journeys.append([later])
        await uow.commit()
        assert await uow.journeys.known([receipt.extract_id, uuid4()]) == {receipt.extract_id}
    tracked = await extracts.tracked(receipt.extract_id, "emis")
    assert tracked is not None
    assert sorted((entry.stage, entry.at, entry.detail["of"]) for entry in tracked.journey) == [
        (Stage.CALCULATED, NOON, "calculated"),
        (Stage.REPORTED, NOON, "reported"),
    ]


async def test_progress_counts_every_extract_once_by_its_furthest_stage(
    extracts: PostgresExtracts, make_submission: MakeSubmission, engine: AsyncEngine
) -> None:
    receipts = await extracts.keep([make_submission(key) for key in "abcdef"])
    await extracts.keep([make_submission("g", practice="10003"), make_submission("h", supplier="inps")])
    ids = [receipt.extract_id for receipt in receipts]
    await append(
        engine,
        (ids[0], Stage.CALCULATED),
        (ids[1], Stage.CALCULATED),
        (ids[1], Stage.REPORTED),
        (ids[2], Stage.REPORTED),
        (ids[3], Stage.REJECTED),
        (ids[4], Stage.REJECTED),
        (ids[4], Stage.CALCULATED),
    )
    progress = await extracts.progress(COLLECTION, "emis")
    assert progress == Progress(practices=2, accepted=7, calculated=4, reported=2, rejected=1)
    assert progress.in_flight == 2
    assert await extracts.progress("QOF-1899-00", "emis") == Progress(0, 0, 0, 0, 0)


async def test_the_numbers_of_a_group_are_told_in_one_event(
    extracts: PostgresExtracts, engine: AsyncEngine, make_submission: MakeSubmission
) -> None:
    first = [make_submission(key) for key in "ab"]
    receipts = await extracts.keep(first)
    receipts += await extracts.keep([*first, make_submission("c")])
    await extracts.keep(first)
    async with PostgresOutbox(engine, KEPT_BODIES).take(100) as batch:
        events = [decode_event(row.body) for row in batch.rows if row.routing_key == ExtractsReceived.event]
    told = [event.content(ExtractsReceived).extracts for event in events]
    assert [len(extracts) for extracts in told] == [2, 1], "a replay is no extract"
    assert sorted(one for extracts in told for one in map(key, extracts)) == sorted(
        {key(receipt) for receipt in receipts}
    )


def key(one: Receipt | ReceivedExtract) -> tuple[str, str, int, datetime]:
    return one.collection, one.practice, one.extract_number, one.received_at
