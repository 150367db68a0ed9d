"""A determination and the extracts it stands beside: whatever their order, the newest extract carries it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters.repositories import KEPT_BODIES, PostgresExtracts
from qof_ingest.bootstrap import create_consumers
from qof_ingest.handlers.ports import Receipt, Submission
from qof_shared.contracts import (
    DeterminationMade,
    Event,
    Extract,
    ExtractAccepted,
    ReportPublished,
    decode_event,
    new_event,
)
from qof_shared.db.messages import PostgresOutbox
from qof_shared.testing.fakes import NOON

pytestmark = pytest.mark.needs_postgres

COLLECTION = "QOF-2012-13-SCOTLAND"
QUEUE = "ingest.determinations"

Query = Callable[..., Any]
Determined = Callable[..., Event]
Withdrawn = Callable[[Event], Event]
MakeSubmission = Callable[..., Submission]


@pytest.fixture
def make_submission(make_extract: Callable[..., dict[str, Any]]) -> MakeSubmission:
    def make(key: str, practice: str = "10002", *, list_size: int = 5891) -> Submission:
        body = msgspec.json.encode(make_extract(practice=practice, list_size=list_size))
        return Submission(uuid4(), "emis", key, COLLECTION, practice, "scotland", "2012-13", NOON, "0" * 64, body)

    return make


@pytest.fixture
async def extracts(engine: AsyncEngine) -> AsyncIterator[PostgresExtracts]:
    made = PostgresExtracts(engine)
    yield made
    await made.close()


async def tell(engine: AsyncEngine, *events: Event) -> None:
    await create_consumers(engine)[QUEUE](QUEUE, events)


async def accepted(engine: AsyncEngine) -> list[ExtractAccepted]:
    """What the relay would tell of extracts, by their number."""
    async with PostgresOutbox(engine, KEPT_BODIES).take(10_000) as batch:
        events = [decode_event(row.body) for row in batch.rows if row.routing_key == ExtractAccepted.event]
    return sorted((event.content(ExtractAccepted) for event in events), key=lambda told: told.extract_number)


def values(told: ExtractAccepted) -> list[tuple[str, str]]:
    return [(one.indicator, one.value) for one in told.determinations]


async def test_a_determination_has_the_newest_extract_accepted_again(
    engine: AsyncEngine, extracts: PostgresExtracts, make_submission: MakeSubmission, make_determined: Determined
) -> None:
    await extracts.keep([make_submission("old"), make_submission("other", "10003")])
    (newest,) = await extracts.keep([make_submission("new", list_size=6000)])
    made = make_determined()
    await tell(engine, made)
    await tell(engine, made)
    *before, again = await accepted(engine)
    assert [one.determinations for one in before] == [[], [], []]
    assert again.determinations == [made.content(DeterminationMade).determination]
    assert (again.practice, again.supplier, again.nation, again.qof_year) == ("10002", "emis", "scotland", "2012-13")
    assert again.extract_number > newest.extract_number
    assert (again.extract.list_size, again.digest) == (6000, newest.digest)
    tracked = await extracts.tracked(newest.extract_id, "emis")
    assert tracked is not None
    assert tracked.superseded_by == again.extract_id


async def test_later_extracts_carry_what_stands(
    engine: AsyncEngine,
    extracts: PostgresExtracts,
    make_submission: MakeSubmission,
    make_determined: Determined,
    make_withdrawn: Withdrawn,
) -> None:
    first, other = make_determined(value="1"), make_determined(indicator="AF01", value="4")
    await tell(engine, first, other, make_determined(value="2", hour=1), make_determined("10003", value="9"))
    assert await accepted(engine) == []
    await extracts.keep([make_submission("a"), make_submission("b", "10003"), make_submission("c", "10017")])
    await tell(engine, make_withdrawn(other))
    await extracts.keep([make_submission("d")])
    told = {(one.practice, one.extract_number): values(one) for one in await accepted(engine)}
    assert [found for (practice, _), found in told.items() if practice == "10002"] == [
        [("AF01", "4"), ("AF03", "2")],
        [("AF03", "2")],
        [("AF03", "2")],
    ]
    assert [found for (practice, _), found in told.items() if practice != "10002"] == [[("AF03", "9")], []]


async def test_the_supplier_reads_why_and_its_counts_stay(
    engine: AsyncEngine,
    client: httpx.AsyncClient,
    make_extract: Callable[..., Any],
    make_determined: Determined,
    make_withdrawn: Withdrawn,
) -> None:
    receipt = (await client.post("/v1/extracts", json=make_extract())).json()
    made = make_determined()
    await tell(engine, made)
    first = (await client.get(receipt["links"]["self"])).json()
    again = (await client.get(f"/v1/extracts/{first['superseded_by']}")).json()
    assert (again["amends"], again["digest"]) == (receipt["extract_id"], receipt["digest"])
    assert again["journey"][0]["detail"] == {
        "extract_number": again["extract_number"],
        "amends": receipt["extract_id"],
        "because": "Accepted again because of what was determined: adjusted-points of AF03.",
    }
    assert first["amends"] is None
    await tell(engine, make_withdrawn(made))
    newest = (await client.get(receipt["links"]["self"])).json()["superseded_by"]
    assert (await client.get(f"/v1/extracts/{newest}")).json()["amends"] == receipt["extract_id"]

    await create_consumers(engine)["ingest.outcomes"]("ingest.outcomes", [_reported(UUID(newest))])
    progress = (await client.get(receipt["links"]["progress"])).json()
    counts = ("practices", "accepted", "calculated", "reported", "rejected", "in_flight", "accepted_again")
    assert [progress[name] for name in counts] == [1, 1, 1, 1, 0, 0, 2]
    replay = await client.post("/v1/extracts", json=make_extract())
    assert replay.json() == receipt


def _reported(extract_id: UUID) -> Event:
    content = ReportPublished(
        collection=COLLECTION,
        practice="10002",
        version=1,
        digest="1" * 64,
        extract_id=extract_id,
        extract_number=3,
        entitlement_id=uuid4(),
        published_at=NOON,
    )
    return new_event(content, occurred_at=NOON, correlation_id=str(extract_id))


@pytest.mark.parametrize("table", ["determinations", "withdrawals"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET reason = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
async def test_what_was_determined_is_append_only(query: Query, table: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        await query(statement.format(table))


async def test_the_newest_extract_always_carries_what_stands(
    engine: AsyncEngine,
    extracts: PostgresExtracts,
    make_submission: MakeSubmission,
    make_determined: Determined,
    make_withdrawn: Withdrawn,
    query: Query,
) -> None:
    """Hundreds of interleavings of writers and determinations: whatever their order, of each practice the newest
    extract is told with exactly what stands, and repeats the newest that its supplier sent."""
    shuffle = random.Random(20130402)
    practices = ["10002", "10003", "10017"]
    other = PostgresExtracts(engine)
    sent: dict[str, list[tuple[int, int]]] = {practice: [] for practice in practices}
    """Practice -> (number, list size) of what was sent."""
    size = iter(range(6000, 9000))

    async def send(writer: PostgresExtracts, turn: int) -> None:
        group = [
            make_submission(f"{turn} {practice} {writer is other}", practice, list_size=next(size))
            for practice in practices
        ]
        await asyncio.sleep(shuffle.random() * 0.004)
        receipts: list[Receipt] = await writer.keep(group)
        for one, receipt in zip(group, receipts, strict=True):
            sent[one.practice].append((receipt.extract_number, msgspec.json.decode(one.body, type=Extract).list_size))

    async def determine(turn: int) -> None:
        await asyncio.sleep(shuffle.random() * 0.004)
        made = [make_determined(practice, hour=turn, value=str(turn)) for practice in practices[: 1 + turn % 3]]
        await tell(engine, *made)
        if turn % 4 == 0:
            await tell(engine, make_withdrawn(made[0]))

    for turn in range(60):
        await asyncio.gather(send(extracts, turn), send(other, turn), determine(turn))
        newest = {told.practice: told for told in await accepted(engine)}
        standing = await standing_values(engine, practices)
        for practice in practices:
            assert values(newest[practice]) == standing[practice], (turn, practice)
            assert newest[practice].extract.list_size == max(sent[practice])[1], (turn, practice)
        await query("DELETE FROM outbox")
    await other.close()


async def standing_values(engine: AsyncEngine, practices: list[str]) -> dict[str, list[tuple[str, str]]]:
    """What stands, found another way than ingest does."""
    async with engine.connect() as connection:
        rows = list(
            await connection.exec_driver_sql(
                "SELECT d.practice, d.indicator, d.value, d.determined_at, w.determination_id IS NOT NULL AS is_gone"
                " FROM determinations AS d LEFT JOIN withdrawals AS w USING (determination_id) ORDER BY d.determined_at"
            )
        )
    newest = {row.practice: row for row in rows}
    return {
        practice: [(row.indicator, row.value)] if (row := newest.get(practice)) and not row.is_gone else []
        for practice in practices
    }
