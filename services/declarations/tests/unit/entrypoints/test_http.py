"""What goes over the wire: digests as ETags, refusals as problems, and an API document without a database."""

import hashlib
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from qof_declarations.adapters.signature_book import GroupedSignatures
from qof_declarations.bootstrap import create_app
from qof_declarations.core.errors import DeclarationsError
from qof_declarations.entrypoints.http import declarations_router, signed_etag, strong_etags
from qof_declarations.entrypoints.http_problems import PROBLEMS, add_declarations_problems
from qof_declarations.testing.asking import as_person
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    EVERYBODY,
    FINANCE,
    NATIONAL,
    OURS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_payment,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.db.engine import create_engine
from qof_shared.http.app import create_app as create_shared_app
from qof_shared.testing.fakes import NOON, FakePeople

PRACTICE = f"/v1/collections/{COLLECTION}/practices/{OURS}"
DIGEST = "a" * 64


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection(), make_achievement(), make_entitlement())
    return world


@pytest.fixture
async def client(world: World, database: FakeDeclarationsUnitOfWork) -> AsyncIterator[httpx.AsyncClient]:
    people = FakePeople({person.person: person for person in EVERYBODY})
    router = declarations_router(
        new_unit_of_work=lambda: database,
        book=GroupedSignatures(lambda: database),
        people=people,
        now=lambda: NOON,
    )
    app = create_shared_app(title="t", version="1", description="", routers=[router], checks={})
    add_declarations_problems(app)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        yield client


@pytest.mark.parametrize(
    ("header", "digests"),
    [(None, []), ("*", []), (f'"{DIGEST}"', [DIGEST]), (f'W/"{DIGEST}", "other"', [DIGEST]), (DIGEST, [])],
)
def test_if_none_match_names_digests(header: str | None, digests: list[str]) -> None:
    assert strong_etags(header) == digests


@pytest.mark.parametrize(
    ("header", "signed"),
    [(None, None), ("*", None), ("  ", None), (f'"{DIGEST}"', DIGEST), (f'W/"{DIGEST}"', f'W/"{DIGEST}"')],
)
def test_if_match_names_the_one_thing_that_is_signed(header: str | None, signed: str | None) -> None:
    assert signed_etag(header) == signed


def test_every_refusal_has_its_problem() -> None:
    def below(kind: type[DeclarationsError]) -> set[type[DeclarationsError]]:
        return {kind}.union(*(below(sub) for sub in kind.__subclasses__()))

    assert set(PROBLEMS) == below(DeclarationsError) - {DeclarationsError}


def test_the_api_document_needs_no_database() -> None:
    document = create_app(create_engine("postgresql://nobody@nowhere/nothing")).openapi()
    assert {path for path in document["paths"] if path.startswith("/v1")} == {
        "/v1/collections/{collection}/practices/{practice}/report",
        "/v1/collections/{collection}/practices/{practice}/reports",
        "/v1/collections/{collection}/practices/{practice}/reports/{version}",
        "/v1/collections/{collection}/practices/{practice}/declaration",
        "/v1/collections/{collection}/declarations",
        "/v1/collections/{collection}/declarations.csv",
        "/v1/collections/{collection}/approvals",
        "/v1/collections/{collection}/reminders",
        "/v1/collections/{collection}/reminders.csv",
        "/v1/collections/{collection}/practices/{practice}/queries",
        "/v1/collections/{collection}/practices/{practice}/queries/{query_id}/answer",
        "/v1/collections/{collection}/practices/{practice}/queries/{query_id}/withdraw",
        "/v1/collections/{collection}/practices/{practice}/queries/{query_id}/attachments/{position}",
        "/v1/collections/{collection}/progress",
        "/v1/collections/{collection}/practices/{practice}/waiting",
        "/v1/collections/{collection}/practices/{practice}/waiting/events",
        "/v1/collections/{collection}/practices/{practice}/comparison",
        "/v1/collections/{collection}/practices/{practice}/hints",
        "/v1/declarations/{declaration_id}/approve",
        "/v1/declarations/{declaration_id}/finance-approve",
        "/v1/declarations/{declaration_id}/return",
        "/v1/collections/{collection}/determinations",
        "/v1/collections/{collection}/practices/{practice}/determinations",
        "/v1/collections/{collection}/practices/{practice}/determinations/{determination_id}",
        "/v1/collections/{collection}/practices/{practice}/receipts/{declaration_id}",
        "/v1/collections/{collection}/practices/{practice}/receipts/{declaration_id}.pdf",
        "/v1/receipt-keys",
        "/v1/log/head",
        "/v1/log/heads",
        "/v1/log/inclusion",
        "/v1/log/consistency",
        "/v1/collections/{collection}/practices/{practice}/report/indicators",
        "/v1/collections/{collection}/practices/{practice}/report/indicators/{indicator}",
        "/v1/collections/{collection}/practices/{practice}/report/indicators/{indicator}/what-if",
    }


async def test_a_report_is_served_as_the_bytes_that_are_signed(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{PRACTICE}/report", headers=as_person(DECLARER))
    assert answer.status_code == 200
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-location"] == f"{PRACTICE}/reports/1"
    assert answer.headers["report-version"] == "1"
    version = await client.get(answer.headers["content-location"], headers=as_person(DECLARER))
    assert (version.content, version.headers["etag"]) == (answer.content, answer.headers["etag"])
    for path in ("report", "reports/1"):
        known = as_person(DECLARER) | {"If-None-Match": answer.headers["etag"]}
        again = await client.get(f"{PRACTICE}/{path}", headers=known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    versions = (await client.get(f"{PRACTICE}/reports", headers=as_person(DECLARER))).json()["versions"]
    assert [(v["version"], v["pounds"]) for v in versions] == [(1, "1003.20")]


async def test_the_whole_way_from_report_to_payment(client: httpx.AsyncClient, world: World) -> None:
    report = await client.get(f"{PRACTICE}/report", headers=as_person(DECLARER))
    signing = as_person(DECLARER) | {"If-Match": report.headers["etag"]}
    first = await client.post(f"{PRACTICE}/declaration", headers=signing, json={"statement": "checked"})
    again = await client.post(f"{PRACTICE}/declaration", headers=signing)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["location"] == f"{PRACTICE}/declaration"
    declaration = first.json()["declaration"]
    assert again.json()["declaration"] == declaration
    path = f"/v1/declarations/{declaration['declaration_id']}"
    returned = await client.post(f"{path}/return", headers=as_person(APPROVER), json={"reason": "look again"})
    assert (returned.status_code, returned.json()["state"]) == (200, "returned")
    resigned = await client.post(f"{PRACTICE}/declaration", headers=signing)
    assert resigned.status_code == 201
    approved = await client.post(f"{path}/approve", headers=as_person(APPROVER))
    assert (approved.status_code, approved.json()["approved_version"]) == (200, 1)
    assert (approved.json()["turn"], approved.json()["declaration"]["approval"]["name"]) == ("finance", "Anna Approver")
    paid = await client.post(f"{path}/finance-approve", headers=as_person(FINANCE))
    assert (paid.status_code, paid.json()["state"]) == (200, "finance-approved")
    await world.tell(make_payment(UUID(resigned.json()["declaration"]["declaration_id"])))
    seen = (await client.get(f"{PRACTICE}/declaration", headers=as_person(DECLARER))).json()
    assert (seen["state"], seen["turn"], seen["payment"]["pounds"]) == ("finance-approved", "nobody", "1003.20")
    assert [entry["to_state"] for entry in seen["audit"]] == [
        "signed",
        "returned",
        "signed",
        "approved",
        "finance-approved",
    ]
    assert (seen["can_sign"], seen["can_approve"], seen["can_return"]) == (False, False, False)


async def test_signing_without_a_digest_is_428_and_with_an_old_one_412(client: httpx.AsyncClient, world: World) -> None:
    old = (await client.get(f"{PRACTICE}/report", headers=as_person(DECLARER))).headers["etag"]
    for match in ({}, {"If-Match": "*"}):
        answer = await client.post(f"{PRACTICE}/declaration", headers=as_person(DECLARER) | match)
        assert (answer.status_code, answer.json()["type"]) == (428, "https://openqof.org/problems/digest-missing")
    await world.tell(make_achievement(number=2, numerator=46), make_entitlement(number=2, pounds="1020.05"))
    stale = await client.post(f"{PRACTICE}/declaration", headers=as_person(DECLARER) | {"If-Match": old})
    problem = stale.json()
    new = (await client.get(f"{PRACTICE}/report", headers=as_person(DECLARER))).headers["etag"]
    assert (stale.status_code, stale.headers["etag"], f'"{problem["digest"]}"') == (412, new, new)
    assert problem["differences"][0] == {
        "pointer": "/pounds",
        "kind": "changed",
        "from": "1003.20",
        "to": "1020.05",
        "sentence": "Pounds in all: £1003.20 before, £1020.05 now.",
    }


async def test_finance_is_told_which_version_is_newer(client: httpx.AsyncClient, world: World) -> None:
    declaration = (await world.sign(await world.digest())).view.standing.declaration
    assert declaration is not None
    await world.approve(declaration.declaration_id)
    await world.tell(make_achievement(number=2, numerator=46), make_entitlement(number=2, pounds="1020.05"))
    path = f"/v1/declarations/{declaration.declaration_id}/finance-approve"
    refused = await client.post(path, headers=as_person(FINANCE))
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "https://openqof.org/problems/newer-figures")
    assert (problem["approved_version"], problem["newer_version"]) == (1, 2)
    seen = await client.post(path, headers=as_person(FINANCE), json={"newer_version": problem["newer_version"]})
    assert (seen.status_code, seen.json()["declaration"]["pounds"]) == (200, "1003.20")


async def test_a_refusal_says_the_state(client: httpx.AsyncClient, world: World) -> None:
    await world.tell(make_achievement("B82002"))
    awaited = await client.get(f"/v1/collections/{COLLECTION}/practices/B82002/report", headers=as_person(NATIONAL))
    problem = awaited.json()
    assert (awaited.status_code, problem["state"], problem["points"]) == (404, "awaiting-national-figures", "45/6")
    declaration = (await world.sign(await world.digest())).view.standing.declaration
    assert declaration is not None
    path = f"/v1/declarations/{declaration.declaration_id}"
    await client.post(f"{path}/return", headers=as_person(APPROVER), json={"reason": "no"})
    refused = await client.post(f"{path}/approve", headers=as_person(APPROVER))
    assert (refused.status_code, refused.json()["state"]) == (409, "returned")


async def test_figures_being_worked_out_ask_to_come_again(client: httpx.AsyncClient, world: World) -> None:
    etag = (await client.get(f"{PRACTICE}/report", headers=as_person(DECLARER))).headers["etag"]
    await world.tell(make_achievement(number=2))
    answer = await client.post(f"{PRACTICE}/declaration", headers=as_person(DECLARER) | {"If-Match": etag})
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "5")


async def test_somebody_unknown_is_told_so(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{PRACTICE}/report", headers={"Authorization": "Bearer nobody"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
