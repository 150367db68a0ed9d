"""Determinations over the wire: made, followed, withdrawn, and every fault told at once."""

from collections.abc import AsyncIterator

import httpx
import pytest

from qof_declarations.adapters.signature_book import GroupedSignatures
from qof_declarations.entrypoints.http import declarations_router
from qof_declarations.entrypoints.http_determinations import MOST_AT_ONCE, determinations_router
from qof_declarations.entrypoints.http_problems import add_declarations_problems
from qof_declarations.testing.asking import as_person
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    EVERYBODY,
    NATIONAL,
    OURS,
    THEIRS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.http.app import create_app
from qof_shared.testing.fakes import NOON, FakePeople

PRACTICE = f"/v1/collections/{COLLECTION}/practices/{OURS}"
DETERMINATIONS = f"{PRACTICE}/determinations"
MANY = f"/v1/collections/{COLLECTION}/determinations"
WANTED = {"indicator": "AF 4", "determines": "adjusted-points", "value": "5", "reason": "The register was lost."}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    database = FakeDeclarationsUnitOfWork()
    await World(lambda: database).tell(make_directory(), make_collection(), make_achievement(), make_entitlement())
    people = FakePeople({person.person: person for person in EVERYBODY})
    book = GroupedSignatures(lambda: database)
    routers = [
        declarations_router(new_unit_of_work=lambda: database, book=book, people=people, now=lambda: NOON),
        determinations_router(new_unit_of_work=lambda: database, people=people, now=lambda: NOON),
    ]
    app = create_app(title="t", version="1", description="", routers=routers, checks={})
    add_declarations_problems(app)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t", headers=as_person(APPROVER)) as client:
        yield client


async def test_a_determination_is_made_followed_and_withdrawn(client: httpx.AsyncClient) -> None:
    made = await client.post(DETERMINATIONS, json=WANTED)
    again = await client.post(DETERMINATIONS, json=WANTED)
    assert (made.status_code, again.status_code) == (202, 200)
    assert made.json() == again.json()
    determination, links = made.json()["determination"], made.json()["links"]
    assert made.headers["Location"] == links["determinations"] == DETERMINATIONS
    assert {name: determination[name] for name in WANTED} == WANTED
    assert determination["actor"]["name"] == "Anna Approver"

    shown = (await client.get(links["declaration"])).json()
    assert (shown["is_recalculating"], shown["can_determine"]) == (True, True)
    assert shown["determinations"] == [determination]

    body = {"reason": "It was found."}
    url = f"{DETERMINATIONS}/{determination['determination_id']}"
    withdrawn = await client.request("DELETE", url, json=body)
    repeated = await client.request("DELETE", url, json=body)
    assert (withdrawn.status_code, repeated.status_code) == (202, 200)
    listed = (await client.get(DETERMINATIONS, headers=as_person(DECLARER))).json()
    assert listed["standing"] == []
    assert [one["withdrawal"]["reason"] for one in listed["history"]] == ["It was found."]
    assert listed["is_recalculating"] is False


async def test_refusals_are_problems(client: httpx.AsyncClient) -> None:
    above = await client.post(DETERMINATIONS, json=WANTED | {"value": "11"})
    assert above.status_code == 422
    assert above.json()["type"].endswith("/invalid-determinations")
    assert [(error["pointer"], error["rule"]) for error in above.json()["errors"]] == [("/value", "value")]
    silent = await client.post(DETERMINATIONS, json=WANTED | {"reason": " "})
    assert silent.json()["type"].endswith("/reason-missing")
    unknown = await client.post(DETERMINATIONS, json=WANTED | {"determines": "everything"})
    assert unknown.json()["type"].endswith("/invalid-request")
    own = await client.post(DETERMINATIONS, json=WANTED, headers=as_person(DECLARER))
    assert (own.status_code, own.json()["type"].rpartition("/")[2]) == (403, "not-allowed")


async def test_a_nation_is_determined_in_one_request(client: httpx.AsyncClient) -> None:
    items = [
        {"practice": practice, "indicator": "AF 4", "determines": "adjusted-points", "value": value}
        for practice, value in ((OURS, "5"), (THEIRS, "6"), ("NOBODY", "11"))
    ]
    headers = as_person(NATIONAL)
    refused = await client.post(MANY, json={"reason": "Protected.", "determinations": items}, headers=headers)
    assert [(error["pointer"], error["rule"]) for error in refused.json()["errors"]] == [
        ("/determinations/2/practice", "practice-unknown"),
        ("/determinations/2/value", "value"),
    ]
    made = await client.post(MANY, json={"reason": "Protected.", "determinations": items[:2]}, headers=headers)
    assert (made.status_code, made.json()) == (202, {"made": 2, "unchanged": 0})
    mine = await client.post(MANY, json={"reason": "Protected.", "determinations": items[:1]})
    assert mine.status_code == 403
    too_many = {"reason": "Protected.", "determinations": items[:1] * (MOST_AT_ONCE + 1)}
    assert (await client.post(MANY, json=too_many, headers=headers)).status_code == 422
