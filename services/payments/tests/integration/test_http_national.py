"""National figures over the API: preview, two people, what refuses them, and whom a second freeze meets."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_payments.adapters.unit_of_work import PaymentsUnitOfWork
from qof_payments.testing.asking import FIRST, SECOND, approval, as_person, freeze, problem
from qof_shared.contracts import (
    DeclarationReturned,
    DeclarationSigned,
    DirectoryRecorded,
    EntitlementsDue,
    Event,
    NationalFiguresFrozen,
    PracticeRecord,
    decode_event,
    new_event,
)

pytestmark = pytest.mark.needs_postgres

Handle = Callable[[str, Sequence[Event]], Awaitable[None]]
MakeEvent = Callable[..., Event]

COLLECTION = "QOF-ENG-2012-13"
FIGURES = f"/v1/collections/{COLLECTION}/national-figures"
PROPOSAL = {"name": "final", "reason": "all practices in", "unverified_reason": "a test"}
SUPPLIERS = {"A81001": "north", "A81002": "north", "A81003": "south", "A81004": "south", "A81005": "west"}


@pytest.fixture
async def nation(
    client: httpx.AsyncClient,
    handle: Handle,
    open_collection: Callable[[str], Awaitable[None]],
    an_achievement: MakeEvent,
) -> httpx.AsyncClient:
    """The national team's client. Five practices of three suppliers: the first four earn points by AF and DM, and only
    south's have patients on DM."""
    await open_collection(COLLECTION)
    records = [
        PracticeRecord(practice=code, name=code, nation="england", commissioner="C1", supplier=supplier)
        for code, supplier in SUPPLIERS.items()
    ]
    directory = DirectoryRecorded(revision=1, commissioners=[], practices=records)
    await handle("payments.directory", [new_event(directory, occurred_at=datetime.now(UTC), correlation_id="load")])
    counts = {"A81001": 0, "A81002": 0, "A81003": 100, "A81004": 200, "A81005": 0}
    await handle("payments.achievements", [an_achievement(code, registers={"AF": n}) for code, n in counts.items()])
    return as_person(client, FIRST)


async def told(engine: AsyncEngine, name: str) -> list[Event]:
    async with engine.connect() as connection:
        bodies = await connection.execute(
            text("SELECT body FROM outbox WHERE routing_key = :name ORDER BY outbox_id"), {"name": name}
        )
        return [decode_event(body) for body in bodies.scalars()]


async def forget_what_was_told(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM outbox"))


async def calculate_what_is_due(engine: AsyncEngine, handle: Handle) -> list[str]:
    """Returns the practices that were due."""
    events = await told(engine, EntitlementsDue.event)
    await handle("payments.entitlements", events)
    return [practice for event in events for practice in event.content(EntitlementsDue).practices]


async def entitlements(client: httpx.AsyncClient, codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {
        code: (await client.get(f"/v1/collections/{COLLECTION}/practices/{code}/entitlement")).json() for code in codes
    }


def signed(practice: str, declaration_id: UUID) -> Event:
    now = datetime.now(UTC)
    content = DeclarationSigned(
        declaration_id=declaration_id,
        collection=COLLECTION,
        practice=practice,
        report_version=1,
        report_digest="f" * 64,
        signed_by=f"declarer-{practice}",
        signed_at=now,
    )
    return new_event(content, occurred_at=now, correlation_id="journey")


def returned(practice: str, declaration_id: UUID) -> Event:
    now = datetime.now(UTC)
    content = DeclarationReturned(
        declaration_id=declaration_id,
        collection=COLLECTION,
        practice=practice,
        report_version=1,
        report_digest="f" * 64,
        returned_by="c1",
        returned_at=now,
        reason="look again",
    )
    return new_event(content, occurred_at=now, correlation_id="journey")


async def test_preview_shows_the_figures_and_keeps_nothing(nation: httpx.AsyncClient) -> None:
    body = {"exclusions": [{"practice": "A81004", "reason": "a care home"}]}
    answer = await nation.post(f"{FIGURES}/previews", json=body)
    assert answer.status_code == 200
    seen = answer.json()
    (register,) = seen["registers"]
    assert (register["practices"], register["mean_prevalence"]) == (4, "0.005000000000000000000000")
    assert seen["left_out"] == {"A81004": "a care home"}
    assert "value_of_a_point" in seen["unverified"]
    assert (seen["blast_radius"]["first_paid"], seen["blast_radius"]["changed"]) == (5, 0)
    assert seen["affected"] == []
    again = (await nation.post(f"{FIGURES}/previews", json=body)).json()
    assert again["digest"] == seen["digest"]
    other = (await nation.post(f"{FIGURES}/previews", json={})).json()
    assert other["digest"] != seen["digest"]
    assert (await nation.get(FIGURES)).json() == []
    assert (await nation.get(f"{FIGURES}/proposals")).json() == []


async def test_two_people_freeze_what_was_previewed_and_everything_is_kept(
    nation: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    seen = (await nation.post(f"{FIGURES}/previews", json={})).json()
    proposed = await nation.post(f"{FIGURES}/proposals", json=PROPOSAL)
    assert proposed.status_code == 201
    proposal = proposed.json()
    assert proposal["digest"] == seen["digest"]
    assert (proposal["state"], proposal["proposed_by"]) == ("open", "n1")
    path = f"{FIGURES}/proposals/{proposal['proposal_id']}"
    assert (await nation.get(path)).json() == proposal

    body = problem(await nation.post(f"{path}/freeze"), 409, "same-person")
    assert body["detail"] == "n1 proposed these figures; somebody else of the national team freezes them"
    frozen = await as_person(nation, SECOND).post(f"{path}/freeze")
    assert frozen.status_code == 201
    figures = frozen.json()
    assert (figures["proposed_by"], figures["frozen_by"], figures["number"]) == ("n1", "n2", 1)
    assert figures["registers"] == seen["registers"]
    again = await nation.post(f"{path}/freeze")
    assert (again.status_code, again.json()) == (201, figures), "a request sent again has one effect"
    assert (await nation.get(FIGURES)).json() == [figures]
    (event,) = await told(engine, NationalFiguresFrozen.event)
    assert event.content(NationalFiguresFrozen).proposed_by == "n1"
    audit = (await nation.get(f"{FIGURES}/audit")).json()
    assert [(entry["person"], entry["action"], entry["digest"]) for entry in audit] == [
        ("n1", "proposed", seen["digest"]),
        ("n2", "froze", seen["digest"]),
    ]
    kept = (await nation.get(f"{FIGURES}/proposals")).json()
    assert [(one["state"], one["decided_by"], one["snapshot_id"]) for one in kept] == [
        ("frozen", "n2", figures["snapshot_id"])
    ]


@pytest.mark.parametrize("table", ["national_figures", "national_figures_audit", "proposal_changes"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}"])
async def test_what_was_decided_cannot_be_removed(
    nation: httpx.AsyncClient, engine: AsyncEngine, table: str, statement: str
) -> None:
    await freeze(nation, COLLECTION)
    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(statement.format(table)))


async def test_open_gate_is_a_problem_that_lists_every_finding(
    nation: httpx.AsyncClient, handle: Handle, an_achievement: MakeEvent
) -> None:
    late = PracticeRecord(practice="A81006", name="late", nation="england", commissioner="C1", supplier="west")
    content = DirectoryRecorded(revision=2, commissioners=[], practices=[late])
    await handle("payments.directory", [new_event(content, occurred_at=datetime.now(UTC), correlation_id="load")])
    above = an_achievement("A81005", extract_number=2, registers={"AF": 5001})
    await handle("payments.achievements", [above])
    body = problem(await nation.post(f"{FIGURES}/proposals", json=PROPOSAL), 409, "gates-open")
    assert [finding["finding"] for finding in body["findings"]] == ["completeness/west", "register-above-list/A81005"]
    assert "exclude the practice by name" in body["findings"][1]["mend"]

    reasons = {"completeness/west": "A81006 closed", "register-above-list/A81005": "as counted"}
    figures = await freeze(nation, COLLECTION, acknowledgements=reasons)
    assert figures["acknowledgements"] == reasons


async def test_reason_for_unverified_values_is_asked_for(nation: httpx.AsyncClient) -> None:
    body = problem(
        await nation.post(f"{FIGURES}/proposals", json=PROPOSAL | {"unverified_reason": ""}), 409, "unverified"
    )
    assert "value_of_a_point" in body["detail"]


async def test_figures_that_moved_are_a_conflict_that_says_what_moved(
    nation: httpx.AsyncClient, handle: Handle, an_achievement: MakeEvent
) -> None:
    proposal = (await nation.post(f"{FIGURES}/proposals", json=PROPOSAL)).json()
    await handle("payments.achievements", [an_achievement("A81001", extract_number=2, registers={"AF": 50})])
    path = f"{FIGURES}/proposals/{proposal['proposal_id']}"
    body = problem(await as_person(nation, SECOND).post(f"{path}/freeze"), 409, "national-figures-moved")
    assert body["moved"] == [
        "1 practices have another list or other registers: A81001",
        "1 national figures moved: AF 1.200000 % -> 1.400000 %",
    ]
    withdrawn = await nation.post(f"{path}/withdraw", json={"reason": "a correction came in"})
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")
    problem(await nation.post(f"{path}/freeze"), 409, "cannot-freeze")
    problem(await nation.post(f"{path}/withdraw", json={"reason": "again"}), 409, "cannot-freeze")
    assert (await freeze(nation, COLLECTION, name="final"))["number"] == 1


async def test_what_is_not_there_is_a_404(nation: httpx.AsyncClient) -> None:
    unknown = f"{FIGURES}/proposals/{uuid4()}"
    for answer in (await nation.get(unknown), await nation.get(f"{unknown}/blast-radius")):
        assert "no proposal" in problem(answer, 404, "not-found")["detail"]
    problem(await nation.post(f"{unknown}/freeze"), 404, "not-found")
    problem(await nation.post(f"{unknown}/withdraw", json={"reason": "x"}), 404, "not-found")
    problem(await nation.post("/v1/collections/QOF-1999/national-figures/previews", json={}), 404, "not-found")


async def test_freeze_before_the_first_achievement_or_under_a_taken_name_is_a_conflict(
    client: httpx.AsyncClient,
    handle: Handle,
    open_collection: Callable[[str], Awaitable[None]],
    an_achievement: MakeEvent,
) -> None:
    as_person(client, FIRST)
    await open_collection(COLLECTION)
    body = problem(await client.post(f"{FIGURES}/proposals", json=PROPOSAL), 409, "cannot-freeze")
    assert "no practice has an achievement" in body["detail"]
    await handle("payments.achievements", [an_achievement()])
    await freeze(client, COLLECTION, name="final")
    body = problem(await client.post(f"{FIGURES}/proposals", json=PROPOSAL), 409, "cannot-freeze")
    assert "has national figures named 'final' already" in body["detail"]


async def test_two_freezers_at_once_give_one_snapshot(nation: httpx.AsyncClient, engine: AsyncEngine) -> None:
    proposals = [
        (await nation.post(f"{FIGURES}/proposals", json=PROPOSAL | {"name": f"try {number}"})).json()["proposal_id"]
        for number in range(2)
    ]
    as_person(nation, SECOND)
    answers = await asyncio.gather(
        *(nation.post(f"{FIGURES}/proposals/{proposals[0]}/freeze") for _ in range(5)),
        *(nation.post(f"{FIGURES}/proposals/{proposals[0]}/withdraw", json={"reason": "no"}) for _ in range(2)),
    )
    statuses = Counter(answer.status_code for answer in answers)
    frozen = (await nation.get(FIGURES)).json()
    assert len(frozen) <= 1
    if frozen:
        assert statuses == {201: 5, 409: 2}
        assert {answer.json()["snapshot_id"] for answer in answers[:5]} == {frozen[0]["snapshot_id"]}
    else:
        assert statuses == {200: 1, 409: 6}
    assert len(await told(engine, NationalFiguresFrozen.event)) == len(frozen)


async def test_second_freeze_reopens_only_whom_a_supplier_s_correction_affects(
    nation: httpx.AsyncClient, engine: AsyncEngine, handle: Handle, an_achievement: MakeEvent
) -> None:
    """South corrects its extracts. Practices without a patient on the register keep pounds and signatures; of those
    who are affected one has signed, one is paid, and neither is paid twice."""
    await freeze(nation, COLLECTION, name="first")
    assert await calculate_what_is_due(engine, handle) == sorted(SUPPLIERS)
    before = await entitlements(nation, SUPPLIERS)
    declaration = uuid4()
    await handle("payments.declarations", [signed("A81001", uuid4()), signed("A81003", declaration)])
    payment = approval(before["A81004"])
    await handle("payments.approvals", [payment])
    await handle("payments.declarations", [payment])
    await forget_what_was_told(engine)

    corrected = [an_achievement("A81003", extract_number=2, registers={"AF": 300})]
    await handle("payments.achievements", corrected)
    await forget_what_was_told(engine)

    second = PROPOSAL | {"name": "second"}
    proposal = (await nation.post(f"{FIGURES}/proposals", json=second)).json()
    radius = proposal["blast_radius"]
    assert (radius["practices"], radius["changed"], radius["unchanged"], radius["first_paid"]) == (5, 2, 3, 0)
    assert (radius["signed"], radius["approved"], radius["finance_approved"], radius["paid"]) == (1, 0, 1, 1)
    preview = (await nation.post(f"{FIGURES}/previews", json={})).json()
    assert [one["declaration"]["state"] for one in preview["affected"]] == ["signed", "finance-approved"]
    path = f"{FIGURES}/proposals/{proposal['proposal_id']}"
    pages = []
    after = ""
    while True:
        page = (await nation.get(f"{path}/blast-radius", params={"after": after, "limit": 1})).json()
        pages += page["page"]
        if page["next"] is None:
            break
        after = page["next"]
    assert [one["practice"] for one in pages] == ["A81003", "A81004"]
    assert [one["declaration"]["state"] for one in pages] == ["signed", "finance-approved"]
    assert [one["paid"] for one in pages] == [None, before["A81004"]["pounds"]]
    assert sum(Decimal(one["difference"]) for one in pages) == Decimal(radius["difference"])
    assert [line["line"] for line in radius["lines"]] == ["AF"]

    await handle("payments.declarations", [returned("A81003", declaration)])
    page = (await nation.get(f"{path}/blast-radius")).json()["page"]
    assert page[0]["declaration"]["state"] == "returned", "as it is now, not as it was proposed"

    assert (await as_person(nation, SECOND).post(f"{path}/freeze")).status_code == 201
    assert await calculate_what_is_due(engine, handle) == ["A81003", "A81004"]
    after_freeze = await entitlements(nation, SUPPLIERS)
    for code in ("A81001", "A81002", "A81005"):
        assert after_freeze[code] == before[code], "nothing was told, so the signature stands"
    assert {one["practice"]: one["after"] for one in pages} == {
        code: after_freeze[code]["pounds"] for code in ("A81003", "A81004")
    }
    instruction = (await nation.get(f"/v1/collections/{COLLECTION}/practices/A81004/instruction")).json()
    assert instruction["pounds"] == before["A81004"]["pounds"] != after_freeze["A81004"]["pounds"]
    with pytest.raises(Exception, match="a second payment is never made, adjust by hand"):
        await handle("payments.approvals", [approval(after_freeze["A81004"])])


async def test_what_was_said_last_of_a_declaration_stands_in_whatever_order_it_comes(
    engine: AsyncEngine, handle: Handle
) -> None:
    declaration = uuid4()
    first, then = signed("A81001", declaration), returned("A81001", declaration)
    other = signed("A81002", uuid4())
    for batch in ([then, other], [first], [first, then, other]):
        await handle("payments.declarations", batch)
    async with PaymentsUnitOfWork(engine) as uow:
        progress = await uow.declarations.progress(COLLECTION, ["A81001", "A81002", "A81003"])
    assert {code: one.declaration.state for code, one in progress.items() if one.declaration} == {
        "A81001": "returned",
        "A81002": "signed",
    }
