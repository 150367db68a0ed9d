"""A report is told and written once, whoever reads it; and pages are found beside the API."""

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from qof_declarations.core.ruleset_words import RulesetWords
from qof_declarations.entrypoints.web import told as module
from qof_declarations.entrypoints.web.app import put_beside
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.told import ToldReports
from qof_declarations.testing.builders import (
    COLLECTION,
    DECLARER,
    OURS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection(), make_achievement(), make_entitlement())
    return world


async def digest_told(told: ToldReports, database: FakeDeclarationsUnitOfWork) -> tuple[str, bool]:
    """The digest, and whether the document had to be read for it."""
    async with database as uow:
        review, part = await told.review(COLLECTION, OURS, person=DECLARER, uow=uow)
    assert part.domains
    return review.about.digest, review.document is not None


async def describe(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    async with database as uow:
        review = await module.review_report(COLLECTION, OURS, person=DECLARER, uow=uow)
        assert review.document is not None
        digest = module.msgspec.json.decode(review.document)["worked_out_with"]["ruleset_digest"]
        await uow.rulesets.record("england-2012-13", digest, RulesetWords(indicators={"AF 4": "Stroke risk"}))


async def test_a_report_is_read_and_written_once(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await describe(world, database)
    told = ToldReports()
    digest, was_read = await digest_told(told, database)
    assert was_read
    assert told.body(digest, lambda: b"once") == b"once"
    assert await digest_told(told, database) == (digest, False)
    assert told.body(digest, lambda: b"twice") == b"once"


async def test_without_its_words_a_report_is_told_again(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    told = ToldReports()
    digest, _ = await digest_told(told, database)
    assert told.body(digest, lambda: b"codes alone") == b"codes alone"
    assert (await digest_told(told, database))[1], "its words may be here by now"
    assert told.body(digest, lambda: b"with words") == b"with words"


async def test_the_oldest_report_is_forgotten_first(
    world: World, database: FakeDeclarationsUnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    await describe(world, database)
    monkeypatch.setattr(module, "MOST", 1)
    told = ToldReports()
    first, _ = await digest_told(told, database)
    await world.tell(make_achievement(number=2, numerator=46), make_entitlement(number=2))
    second, _ = await digest_told(told, database)
    assert first != second
    assert told.body(first, lambda: b"written anew") == b"written anew"
    assert await digest_told(told, database) == (second, False)


async def test_a_newer_report_takes_the_place_of_the_one_before(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    await describe(world, database)
    told = ToldReports()
    first, _ = await digest_told(told, database)
    assert told.body(first, lambda: b"first") == b"first"
    await world.tell(make_achievement(number=2, numerator=46), make_entitlement(number=2))
    second, was_read = await digest_told(told, database)
    assert was_read
    assert told.body(second, lambda: b"second") == b"second"
    assert told.body(first, lambda: b"not remembered") == b"not remembered"
    assert await digest_told(told, database) == (second, False)


def test_a_page_without_a_place_for_its_body_is_refused() -> None:
    """What somebody typed is escaped, so that it is no such place either."""
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": []})
    with pytest.raises(ValueError, match=r"refused\.html has no place for a body"):
        Pages().render_around(request, "errors/refused.html", b"lost", title="<!-- body -->", detail="{{ body }}")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/", "page"),
        ("/collections/c/practices/p/report", "page"),
        ("/nowhere", "page"),
        ("/v1/here", "api"),
        ("/health/live", "api"),
        ("/v1/nowhere", "Not Found"),
    ],
)
async def test_pages_are_beside_the_api(path: str, answer: str) -> None:
    api, pages = FastAPI(), FastAPI(openapi_url=None)

    @api.get("/v1/here")
    @api.get("/health/live")
    async def here() -> str:
        return "api"

    @pages.get("/{path:path}")
    async def page() -> str:
        return "page"

    put_beside(api, pages)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://site") as client:
        assert answer in (await client.get(path)).text
