"""The API of payments, from the token to the database and back."""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_payments.testing.asking import APPROVER, FIRST, approval, as_person, freeze, problem
from qof_shared.contracts import EntitlementsDue, Event, decode_event

pytestmark = pytest.mark.needs_postgres

Handle = Callable[[str, Sequence[Event]], Awaitable[None]]
MakeEvent = Callable[..., Event]

COLLECTION = "QOF-ENG-2012-13"
URL = f"/v1/collections/{COLLECTION}"
PROPOSAL = {"name": "2012-13 final", "reason": "all practices in", "unverified_reason": "a test"}
FIGURES = f"{URL}/national-figures"

READS = (
    f"{URL}/completeness",
    f"{URL}/national-figures",
    f"{URL}/national-figures/proposals",
    f"{URL}/national-figures/audit",
    f"{URL}/practices/A81001/entitlement",
    f"{URL}/practices/A81001/instruction",
    f"{URL}/instructions",
)


@pytest.fixture
async def nation(
    client: httpx.AsyncClient,
    handle: Handle,
    open_collection: Callable[[str], Awaitable[None]],
    an_achievement: MakeEvent,
) -> httpx.AsyncClient:
    """The national team's client; five practices have achievements."""
    await open_collection(COLLECTION)
    events = [
        an_achievement(f"A8100{number}", list_size=5000 + 977 * number, registers={"AF": 80 + number})
        for number in range(1, 6)
    ]
    await handle("payments.achievements", events)
    return as_person(client, FIRST)


async def calculate_what_is_due(engine: AsyncEngine, handle: Handle) -> None:
    async with engine.connect() as connection:
        bodies = await connection.execute(
            text("SELECT body FROM outbox WHERE routing_key = :due"), {"due": EntitlementsDue.event}
        )
        events = [decode_event(body) for body in bodies.scalars()]
    await handle("payments.entitlements", events)


@pytest.mark.parametrize("token", [None, "nobody-has-this-token"])
async def test_unknown_person_is_refused_everywhere(client: httpx.AsyncClient, token: str | None) -> None:
    if token:
        as_person(client, token)
    for url in READS:
        answer = await client.get(url)
        problem(answer, 401, "unauthorised")
        assert answer.headers["www-authenticate"] == "Bearer"
    problem(await client.post(f"{FIGURES}/proposals", json=PROPOSAL), 401, "unauthorised")


async def test_other_role_is_refused_everywhere(client: httpx.AsyncClient) -> None:
    as_person(client, APPROVER)
    for url in READS:
        body = problem(await client.get(url), 403, "role-not-allowed")
        assert body["detail"] == "This needs the role national-team; yours is commissioner-approver."
    problem(await client.post(f"{FIGURES}/proposals", json=PROPOSAL), 403, "role-not-allowed")


async def test_what_is_not_there_is_a_404_that_says_why(nation: httpx.AsyncClient) -> None:
    figures = ("national-figures", "national-figures/proposals", "national-figures/audit")
    for path in ("completeness", *figures, "instructions"):
        body = problem(await nation.get(f"/v1/collections/QOF-MISTYPED/{path}"), 404, "not-found")
        assert body["detail"].startswith("No collection QOF-MISTYPED here.")
    refused = await nation.post("/v1/collections/QOF-MISTYPED/national-figures/proposals", json=PROPOSAL)
    assert "no collection QOF-MISTYPED" in problem(refused, 404, "not-found")["detail"]
    body = problem(await nation.get(f"{URL}/practices/A81001/entitlement"), 404, "not-found")
    assert "has no entitlement" in body["detail"]
    body = problem(await nation.get(f"{URL}/practices/A81001/instruction"), 404, "not-found")
    assert body["detail"] == f"No payment of {COLLECTION} is instructed for practice A81001 yet."


async def test_request_that_does_not_fit_is_told_with_every_error(nation: httpx.AsyncClient) -> None:
    body = problem(await nation.post(f"{FIGURES}/proposals", json={"name": ""}), 422, "invalid-request")
    assert [(error["pointer"], error["rule"]) for error in body["errors"]] == [
        ("/name", "string_too_short"),
        ("/reason", "missing"),
    ]
    body = problem(await nation.get(f"{URL}/instructions", params={"limit": 0}), 422, "invalid-request")
    assert [error["pointer"] for error in body["errors"]] == ["/limit"]


async def test_lines_of_an_entitlement_sum_to_its_total(
    nation: httpx.AsyncClient, engine: AsyncEngine, handle: Handle
) -> None:
    frozen = await freeze(nation, COLLECTION)
    await calculate_what_is_due(engine, handle)
    for number in range(1, 6):
        entitlement = (await nation.get(f"{URL}/practices/A8100{number}/entitlement")).json()
        assert entitlement["snapshot_digest"] == frozen["digest"]
        assert entitlement["list_size"] == 5000 + 977 * number
        lines = {line["line"]: Decimal(line["pounds"]) for line in entitlement["lines"]}
        assert lines.keys() == {"AF", "Organisational"}
        assert sum(lines.values()) == Decimal(entitlement["pounds"])
        assert all(pounds > 0 and pounds.as_tuple().exponent == -2 for pounds in lines.values())


async def test_instructions_are_paged_by_practice_and_summed(
    nation: httpx.AsyncClient, engine: AsyncEngine, handle: Handle
) -> None:
    empty = (await nation.get(f"{URL}/instructions")).json()
    assert empty == {"instructions": 0, "pounds": "0.00", "page": [], "next": None}

    await freeze(nation, COLLECTION)
    await calculate_what_is_due(engine, handle)
    entitlements = [(await nation.get(f"{URL}/practices/A8100{number}/entitlement")).json() for number in range(1, 6)]
    approvals = [approval(entitlement) for entitlement in entitlements]
    for batch in (approvals[3:], approvals[:3], [approval(entitlement) for entitlement in entitlements]):
        await handle("payments.approvals", batch)

    pages, after = [], ""
    while True:
        page = (await nation.get(f"{URL}/instructions", params={"after": after, "limit": 2})).json()
        assert page["instructions"] == 5
        assert Decimal(page["pounds"]) == sum(Decimal(entitlement["pounds"]) for entitlement in entitlements)
        pages.append([instruction["practice"] for instruction in page["page"]])
        if page["next"] is None:
            break
        after = page["next"]
    assert pages == [["A81001", "A81002"], ["A81003", "A81004"], ["A81005"]]
    one = (await nation.get(f"{URL}/practices/A81003/instruction")).json()
    assert (one["pounds"], one["entitlement_id"]) == (entitlements[2]["pounds"], entitlements[2]["entitlement_id"])
