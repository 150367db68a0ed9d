"""Explanations over the wire: exact text, within a person's scope, refusals as problems."""

from collections.abc import AsyncIterator

import httpx
import pytest

from qof_declarations.entrypoints.http_explain import explanations_router
from qof_declarations.entrypoints.http_problems import add_declarations_problems
from qof_declarations.testing.builders import (
    COLLECTION,
    EVERYBODY,
    OTHER_DECLARER,
    OURS,
    USER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.http.app import create_app
from qof_shared.testing.fakes import FakePeople

INDICATORS = f"/v1/collections/{COLLECTION}/practices/{OURS}/report/indicators"
READER = {"Authorization": f"Bearer {USER.person}"}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    database = FakeDeclarationsUnitOfWork()
    await World(lambda: database).tell(make_directory(), make_collection(), make_achievement(), make_entitlement())
    people = FakePeople({person.person: person for person in EVERYBODY})
    router = explanations_router(new_unit_of_work=lambda: database, people=people)
    app = create_app(title="t", version="1", description="", routers=[router], checks={})
    add_declarations_problems(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t", headers=READER) as client:
        yield client


async def test_an_indicator_is_explained_with_the_patients_around(client: httpx.AsyncClient) -> None:
    told = (await client.get(f"{INDICATORS}/AF 4")).json()
    assert told["why"].startswith("45 of 60 patients are 75.00 %")
    assert (told["points"], told["points_available"], told["percentage"]) == ("45/6", "10", "75.00")
    assert (told["patients_to_maximum"], told["line"], told["pcas_total"]) == (9, "AF", 2)
    assert told["next_patient"]["numerator"] == 46
    assert [one["numerator"] for one in told["patients_around"]] == list(range(35, 56))


async def test_all_indicators_are_explained_at_once(client: httpx.AsyncClient) -> None:
    told = (await client.get(INDICATORS)).json()
    assert [one["indicator"] for one in told] == ["AF 4"]
    assert told[0]["report_version"] == 1


async def test_what_if_answers_with_points_and_pounds(client: httpx.AsyncClient) -> None:
    told = (await client.get(f"{INDICATORS}/AF 4/what-if?numerator=60&denominator=60")).json()
    assert (told["points"], told["points_change"]) == ("10", "2.5")
    assert told["pounds"] == "1337.60"


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("AF99", 404, "not-found"),
        ("AF 4/what-if?numerator=61&denominator=60", 422, "impossible-counts"),
        ("AF 4/what-if?numerator=1", 422, "invalid-request"),
    ],
)
async def test_refusals_say_what_is_wrong(client: httpx.AsyncClient, path: str, status: int, slug: str) -> None:
    answer = await client.get(f"{INDICATORS}/{path}")
    assert answer.status_code == status
    assert answer.json()["type"].endswith(slug)


async def test_another_practices_points_are_not_explained(client: httpx.AsyncClient) -> None:
    answer = await client.get(INDICATORS, headers={"Authorization": f"Bearer {OTHER_DECLARER.person}"})
    assert answer.status_code == 404
