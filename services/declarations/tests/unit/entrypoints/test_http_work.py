"""A commissioner's work over the wire: pages, filters, approvals of many, and tables that no spreadsheet runs."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import httpx
import pytest

from qof_declarations.entrypoints.csv_text import csv_text
from qof_declarations.entrypoints.http_problems import add_declarations_problems
from qof_declarations.entrypoints.http_work import work_router
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
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.http.app import create_app as create_shared_app
from qof_shared.testing.fakes import NOON, FakePeople

PATH = f"/v1/collections/{COLLECTION}"
LAST_YEAR = "england-2011-12"


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(
        make_directory(),
        make_collection(LAST_YEAR, first_year=2011),
        make_collection(sign_by=date(2013, 4, 1)),
        make_achievement(numerator=60, collection=LAST_YEAR),
        make_entitlement(pounds="1500.00", collection=LAST_YEAR),
    )
    await world.tell(make_achievement(), make_entitlement())
    return world


@pytest.fixture
async def client(world: World, database: FakeDeclarationsUnitOfWork) -> AsyncIterator[httpx.AsyncClient]:
    people = FakePeople({person.person: person for person in EVERYBODY})
    router = work_router(new_unit_of_work=lambda: database, people=people, now=lambda: NOON)
    app = create_shared_app(title="t", version="1", description="", routers=[router], checks={})
    add_declarations_problems(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t") as client:
        yield client


async def test_a_work_list_links_to_its_next_page(client: httpx.AsyncClient) -> None:
    first = await client.get(f"{PATH}/declarations", params={"limit": 1, "sort": "pounds"}, headers=as_person(NATIONAL))
    assert (first.json()["next"], first.headers["cache-control"]) == (OURS, "private, no-cache")
    link = first.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
    second = await client.get(link, headers=as_person(NATIONAL))
    assert [entry["practice"] for entry in second.json()["practices"]] == ["B82002"]
    assert "link" not in second.headers


async def test_a_work_list_shows_last_year_flags_and_who_is_late(client: httpx.AsyncClient) -> None:
    answer = (await client.get(f"{PATH}/declarations", params={"filter": "late"}, headers=as_person(APPROVER))).json()
    [entry] = answer["practices"]
    assert (answer["sign_by"], answer["last_year"], answer["counts"]["late"]) == ("2013-04-01", LAST_YEAR, 1)
    assert (entry["is_late"], entry["list_size"], entry["last_year"]["pounds"]) == (True, 5891, "1500.00")
    assert [flag["anomaly"] for flag in entry["flags"]] == ["points", "pounds"]
    none = await client.get(f"{PATH}/declarations", params={"state": "signed"}, headers=as_person(APPROVER))
    assert (none.json()["practices"], none.json()["next"]) == ([], None)
    wrong = await client.get(f"{PATH}/declarations", params={"filter": "nice"}, headers=as_person(APPROVER))
    assert wrong.status_code == 422


async def test_approvals_tell_of_each_declaration(client: httpx.AsyncClient, world: World) -> None:
    declaration = (await world.sign(await world.digest())).view.standing.declaration
    assert declaration is not None
    asked = {"declaration_ids": [str(declaration.declaration_id), str(uuid4())]}
    answer = (await client.post(f"{PATH}/approvals", json=asked, headers=as_person(APPROVER))).json()
    assert (answer["approved"], answer["refused"]) == (1, 1)
    ours, unknown = answer["declarations"]
    assert (ours["practice"], ours["state"], ours["is_new"], ours["refused"]) == (OURS, "approved", True, None)
    assert (unknown["is_approved"], unknown["refused"]["type"]) == (False, "not-found")
    paid = (await client.post(f"{PATH}/approvals", json=asked, headers=as_person(FINANCE))).json()
    assert paid["declarations"][0]["state"] == "finance-approved"
    nobody = await client.post(f"{PATH}/approvals", json=asked, headers=as_person(DECLARER))
    assert nobody.status_code == 403
    many = {"declaration_ids": [str(uuid4()) for _ in range(501)]}
    assert (await client.post(f"{PATH}/approvals", json=many, headers=as_person(APPROVER))).status_code == 422


async def test_exports_are_tables_to_be_saved(client: httpx.AsyncClient, world: World) -> None:
    await world.sign(await world.digest(), statement="=1+1")
    for name, practices in (("declarations", [OURS]), ("reminders", [])):
        answer = await client.get(f"{PATH}/{name}.csv", headers=as_person(APPROVER))
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [row["practice"] for row in rows] == practices
        assert all(None not in row and None not in row.values() for row in rows), "as many cells as columns"
    listed = (await client.get(f"{PATH}/reminders", headers=as_person(NATIONAL))).json()["reminders"]
    assert [(one["practice"], one["is_late"]) for one in listed] == [("B82002", True)]
    [row] = csv.DictReader(
        io.StringIO((await client.get(f"{PATH}/declarations.csv", headers=as_person(APPROVER))).text)
    )
    assert (row["points"], row["pounds"], row["pounds_last_year"], row["signed_by"]) == (
        "7.50",
        "1003.20",
        "1500.00",
        "Diana Declarer",
    )


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "  =1", "\uff1d1", "\r=1", "-"])
def test_a_formula_is_a_text(text: str) -> None:
    [row] = list(csv.reader(io.StringIO(csv_text(["a"], [[text]]).decode("utf-8-sig"), newline="")))[1:]
    assert row == [f"'{text}"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [("-12.50", "-12.50"), (-3, "-3"), (None, ""), (True, "yes"), ('a "b", c', 'a "b", c'), ("1-2", "1-2")],
)
def test_what_is_no_formula_stays(value: str | int | bool | None, cell: str) -> None:
    [row] = list(csv.reader(io.StringIO(csv_text(["a"], [[value, "x"]]).decode("utf-8-sig"))))[1:]
    assert row == [cell, "x"]
