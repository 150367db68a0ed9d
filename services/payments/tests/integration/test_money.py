"""Contract terms and aspiration over HTTP and in PostgreSQL: followed, never overwritten, paid once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_payments.adapters.parameters import load_parameters
from qof_payments.adapters.repositories import KEPT_ENTITLEMENTS
from qof_payments.adapters.unit_of_work import PaymentsUnitOfWork
from qof_payments.core.contract_terms import Account
from qof_payments.core.statement import PointsLine
from qof_payments.handlers.ports import PracticeAchievement
from qof_payments.testing.asking import APPROVER, FIRST, as_person, problem
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import (
    AppliedDetermination,
    AspirationInstructed,
    DirectoryRecorded,
    EntitlementCalculated,
    EntitlementsDue,
    Event,
    PracticeRecord,
    decode_event,
    new_event,
)
from qof_shared.db.messages import PostgresOutbox
from qof_shared.testing.fakes import NOON

pytestmark = pytest.mark.needs_postgres

MakeEvent = Callable[..., Event]
Handle = Callable[[str, Sequence[Event]], Awaitable[None]]
COLLECTION = "QOF-2012-13"
URL = f"/v1/collections/{COLLECTION}"


@pytest.fixture
async def client(
    client: httpx.AsyncClient, handle: Handle, open_collection: Callable[[str], Awaitable[None]]
) -> httpx.AsyncClient:
    """The national team's client; five practices are known."""
    await open_collection(COLLECTION)
    practices = [
        PracticeRecord(practice=f"A8100{n}", name="P", nation="england", commissioner="C1", supplier="S1")
        for n in range(1, 6)
    ]
    directory = DirectoryRecorded(revision=1, commissioners=[], practices=practices)
    await handle("payments.directory", [new_event(directory, occurred_at=NOON, correlation_id="c")])
    return as_person(client, FIRST)


# Aspiration in 2012-13: £12,000 × uprating 13376/13051 × 0.70 = £8,609.18, ÷ 12 = £717.43.


def terms(practice: str, last_year: str = "12000.00", **changed: Any) -> dict[str, Any]:
    aspiration = {"method": "share-of-last-year", "accepted_offer": True, "last_year": last_year}
    return {"practice": practice, "contract": "GMS", "aspiration": aspiration} | changed


async def record(client: httpx.AsyncClient, *practices: dict[str, Any], reason: str = "as told") -> dict[str, Any]:
    answer = await client.put(f"{URL}/contract-terms", json={"reason": reason, "practices": practices})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def told(engine: AsyncEngine, event: str) -> list[Event]:
    async with PostgresOutbox(engine, KEPT_ENTITLEMENTS).take(1000) as batch:
        return [decode_event(row.body) for row in batch.rows if row.routing_key == event]


async def test_terms_are_recorded_shown_and_followed(client: httpx.AsyncClient) -> None:
    first = await record(client, terms("A81001", contract="PMS"), terms("A81002"))
    assert first == {"number": 1, "changed": ["A81001", "A81002"], "unchanged": 0}
    again = await record(client, terms("A81001", "13000.00", contract="PMS"), terms("A81002"), reason="final")
    assert again == {"number": 2, "changed": ["A81001"], "unchanged": 1}

    shown = (await client.get(f"{URL}/practices/A81001/contract-terms")).json()
    assert [(one["number"], one["recorded_by"], one["reason"]) for one in shown["history"]] == [
        (2, "n1", "final"),
        (1, "n1", "as told"),
    ]
    assert shown["history"][1]["contract"] == "PMS"
    assert shown["history"][1]["aspiration"]["last_year"] == "12000.00"
    assert (await client.get(f"{URL}/practices/A81003/contract-terms")).json() == {"practice": "A81003", "history": []}


async def test_what_cannot_stand_is_refused_whole(client: httpx.AsyncClient) -> None:
    body = {"reason": "r", "practices": [terms("A81001"), terms("X1")]}
    answer = await client.put(f"{URL}/contract-terms", json=body)
    assert problem(answer, 422, "act-refused")["detail"] == "no practice X1 is known. Nothing was recorded."
    assert (await client.get(f"{URL}/practices/A81001/contract-terms")).json()["history"] == []
    assert (await client.get(f"{URL}/practices/X1/contract-terms")).status_code == 404
    elsewhere = await client.put("/v1/collections/QOF-1999/contract-terms", json=body)
    assert elsewhere.status_code == 404
    assert (await client.post(f"{URL}/aspiration/13", json={"reason": "r"})).status_code == 422


async def test_only_the_national_team_may(client: httpx.AsyncClient) -> None:
    as_person(client, APPROVER)
    requests = [
        client.put(f"{URL}/contract-terms", json={"reason": "r", "practices": [terms("A81001")]}),
        client.get(f"{URL}/practices/A81001/contract-terms"),
        client.put(f"{URL}/target-populations", json={"reason": "r", "groups": {}}),
        client.get(f"{URL}/target-populations"),
        client.get(f"{URL}/aspiration"),
        client.post(f"{URL}/aspiration/1", json={"reason": "r"}),
        client.get(f"{URL}/practices/A81001/aspiration"),
        client.get(f"{URL}/sums"),
        client.get(f"{URL}/acts"),
    ]
    assert {answer.status_code for answer in [await request for request in requests]} == {403}


async def test_target_populations_are_kept(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{URL}/target-populations")).json() == {"number": 0, "groups": {}}
    body = {"reason": "census", "groups": {"CS": {"target": 25, "registered": 100}}}
    expected = {"number": 1, "groups": body["groups"]}
    for _ in range(2):
        answer = await client.put(f"{URL}/target-populations", json=body)
        assert (answer.status_code, answer.json()) == (200, expected)
    assert (await client.get(f"{URL}/target-populations")).json() == expected
    (act,) = (await client.get(f"{URL}/acts")).json()
    assert (act["number"], act["act"], act["person"], act["reason"]) == (1, "target-populations", "n1", "census")


async def test_month_asked_for_by_many_at_once_is_paid_once(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await record(client, terms("A81001"), terms("A81002"), terms("A81003", "0.00"), {"practice": "A81004"})
    asked = [client.post(f"{URL}/aspiration/1", json={"reason": "run"}) for _ in range(8)]
    answers = [answer.json() for answer in await asyncio.gather(*asked)]
    assert sorted(answer["instructed"] for answer in answers) == [0] * 7 + [2]
    assert {(answer["payments"], answer["pounds"]) for answer in answers} == {(2, "1434.86")}
    paid = [event.content(AspirationInstructed) for event in await told(engine, AspirationInstructed.event)]
    assert [(one.practice, one.pounds) for one in paid] == [("A81001", "717.43"), ("A81002", "717.43")]

    assert (await client.get(f"{URL}/aspiration")).json() == [{"month": 1, "payments": 2, "pounds": "1434.86"}]
    schedule = (await client.get(f"{URL}/practices/A81001/aspiration")).json()
    assert (schedule["pounds"], schedule["instructed_pounds"]) == ("8609.18", "717.43")
    assert [month["is_instructed"] for month in schedule["months"]] == [True] + [False] * 11
    nothing = (await client.get(f"{URL}/practices/A81004/aspiration")).json()
    assert (nothing["months"], nothing["pounds"], nothing["accepted_offer"]) == ([], "0.00", False)


async def test_final_payment_of_last_year_moves_what_is_left(client: httpx.AsyncClient) -> None:
    await record(client, terms("A81001"))
    for month in (1, 2, 3):
        await client.post(f"{URL}/aspiration/{month}", json={"reason": "run"})
    await record(client, terms("A81001", "15000.00"))
    schedule = (await client.get(f"{URL}/practices/A81001/aspiration")).json()
    assert (schedule["pounds"], schedule["instructed_pounds"]) == ("10761.47", "2152.29")
    assert [month["pounds"] for month in schedule["months"]] == ["717.43"] * 3 + ["956.58"] * 8 + ["956.54"]


async def test_change_of_terms_is_a_new_entitlement_and_the_newest(
    client: httpx.AsyncClient, engine: AsyncEngine, handle: Handle, an_achievement: MakeEvent
) -> None:
    codes = [f"A8100{number}" for number in range(1, 6)]
    await handle("payments.achievements", [an_achievement(code, collection=COLLECTION) for code in codes])
    async with PaymentsUnitOfWork(engine) as uow:
        await freeze_by_two(uow, COLLECTION, parameters_of=load_parameters, now=NOON)
        await uow.commit()
    await calculate_due(engine, handle)
    before = (await client.get(f"{URL}/practices/A81001/entitlement")).json()
    assert (before["account_number"], before["deductions"], before["pounds"]) == (
        0,
        [],
        before["achievement_pounds"],
    )
    assert "rounding_profile" in before["unverified"]

    await record(client, terms("A81001", contract="PMS"))
    await client.post(f"{URL}/aspiration/1", json={"reason": "run"})
    await calculate_due(engine, handle)
    after = (await client.get(f"{URL}/practices/A81001/entitlement")).json()
    assert after["entitlement_id"] != before["entitlement_id"]
    assert after["account_number"] == 2
    assert [one["deduction"] for one in after["deductions"]] == ["pms", "aspiration"]
    taken = sum(Decimal(one["pounds"]) for one in after["deductions"])
    assert Decimal(after["pounds"]) == Decimal(after["achievement_pounds"]) - taken
    sums = (await client.get(f"{URL}/sums")).json()
    assert sums["practices"] == 5
    assert Decimal(sums["achievement_pounds"]) == 5 * Decimal(after["achievement_pounds"])
    assert Decimal(sums["deducted_pounds"]) == sum(Decimal(one["pounds"]) for one in after["deductions"])
    assert Decimal(sums["achievement_pounds"]) - Decimal(sums["deducted_pounds"]) == Decimal(sums["due_pounds"])
    assert (sums["aspiration_pounds"], sums["instructed_pounds"]) == ("717.43", "0.00")
    other = (await client.get(f"{URL}/practices/A81002/entitlement")).json()
    assert other["account_number"] == 0, "nothing changed there, so nothing was told again"


async def calculate_due(engine: AsyncEngine, handle: Handle) -> None:
    await handle("payments.entitlements", await told(engine, EntitlementsDue.event))


async def test_account_of_a_practice_is_terms_and_payments(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await record(client, terms("A81001"), {"practice": "A81002", "target_populations": {"CS": 7}})
    await client.post(f"{URL}/aspiration/2", json={"reason": "run"})
    async with PaymentsUnitOfWork(engine) as uow:
        accounts = await uow.money.accounts(COLLECTION, ["A81001", "A81002", "A81003"])
    assert accounts.keys() == {"A81001", "A81002"}
    assert (accounts["A81001"].number, accounts["A81001"].paid) == (2, {2: 71_743})
    assert accounts["A81002"] == Account(1, accounts["A81002"].terms, {})
    assert accounts["A81002"].terms.target_populations == {"CS": 7}


async def test_achievement_is_read_back_with_marks_and_determinations(engine: AsyncEngine) -> None:
    determination = AppliedDetermination(
        determination_id=UUID(int=1),
        indicator="AF05",
        determines="adjusted-points",
        was="16/5",
        value="5",
        reason="£",
        person="c1",
        determined_at=NOON,
    )
    kept = PracticeAchievement(
        collection="QOF",
        practice="A81001",
        nation="england",
        qof_year="2012-13",
        extract_id=UUID(int=2),
        extract_number=1,
        list_size=5000,
        registers={"AF": 1},
        points=(PointsLine("AF", "AF", "AF", (38, 3)), PointsLine("CS", "CS", None, (1, 1), "CS")),
        services=("CS",),
        unverified_indicators=("AF05",),
        determinations=(determination,),
    )
    async with PaymentsUnitOfWork(engine) as uow:
        assert await uow.achievements.keep_newest([kept]) == [kept]
        assert await uow.achievements.of_practices("QOF", ["A81001"]) == [kept]


async def test_entitlements_of_an_extract_and_snapshot_are_ordered_by_the_account(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    def entitlement(number: int) -> EntitlementCalculated:
        return EntitlementCalculated(
            entitlement_id=UUID(int=number),
            collection=COLLECTION,
            practice="A81001",
            extract_id=UUID(int=99),
            extract_number=1,
            snapshot_id=UUID(int=98),
            snapshot="final",
            snapshot_number=1,
            snapshot_digest="d",
            parameters="p",
            parameters_digest="d",
            calculated_at=NOON,
            list_size=1,
            lines=[],
            pounds=f"-{number}.00",
            account_number=number,
        )

    async with PaymentsUnitOfWork(engine) as uow:
        for number in (1, 3, 2):
            await uow.entitlements.add([entitlement(number)])
        newest = await uow.entitlements.newest(COLLECTION, "A81001")
        standing = await uow.entitlements.standing(COLLECTION, ["A81001"])
    assert newest is not None
    assert newest.pounds == "-3.00"
    assert standing["A81001"].stated.pence == -300
