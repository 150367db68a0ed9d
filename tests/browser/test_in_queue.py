"""More to do than can be done: people wait on a page that goes on by itself, and what they typed is done once."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from qof_local import directory
from tests.browser.axe import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.figures import Year
from tests.browser.site import Site, open_site

pytestmark = [pytest.mark.needs_postgres, pytest.mark.timeout(300)]

READING, PLAIN, SIGNING, FILES = range(4)
"""Practices of this module, one for each journey."""
HELD_BYTES, SENT_BYTES = 500_000, 200_000
"""A form that never arrives whole, and is too large to be awaited before it is given a place."""
ONE_AT_A_TIME = {"QOF_DECLARATIONS_REQUESTS_IN_HAND": "1", "QOF_DECLARATIONS_REQUESTS_WAITING": "0"}
WAITS_MS = 20_000


@pytest.fixture(scope="module")
def site(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that does one thing at a time and lets nobody wait inside."""
    year = Year(practices=6)
    log = tmp_path_factory.mktemp("site") / "api.log"
    with open_site(postgres_url, year, year.everything(), log, settings=ONE_AT_A_TIME) as opened:
        yield opened


@contextmanager
def busy(site: Site) -> Iterator[None]:
    """The one place is taken by a form that does not end."""
    practice = site.year.members[FILES].practice
    cookie = site.cookie(directory.declarer(practice))["value"]
    target = urlsplit(site.path(practice, "/queries"))
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\nCookie: qof={cookie}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {HELD_BYTES}\r\n\r\n"
    )
    with socket.create_connection((target.hostname, target.port)) as held:
        held.sendall(head.encode() + b"x" * SENT_BYTES)
        yield


def look(page: Page, name: str) -> None:
    """Keep what it looks like, where somebody wants to see it."""
    if folder := os.environ.get("QOF_TEST_LOOKS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_page_waits_and_goes_on_by_itself(site: Site, new_page: NewPage) -> None:
    practice = site.year.members[READING].practice
    page = new_page(directory.declarer(practice))
    with busy(site):
        answer = page.goto(site.path(practice, "/report"))
        assert answer is not None
        assert answer.status == 503
        assert 3 <= int(answer.headers["retry-after"]) <= 40
        assert answer.headers["refresh"] == answer.headers["retry-after"]
        expect(page.get_by_role("heading", level=1)).to_have_text("You are in the queue")
        expect(page.get_by_text("You are at the front of the queue.")).to_be_visible()
        assert_accessible(page)
        look(page, "in-queue-1280")
        page.set_viewport_size({"width": 375, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        look(page, "in-queue-375")
        turn = [one["value"] for one in page.context.cookies() if one["name"] == "qof-turn"]
        assert len(turn) == 1
    expect(page.get_by_role("heading", level=1)).not_to_have_text("You are in the queue", timeout=WAITS_MS)
    assert page.url == site.path(practice, "/report")
    assert practice in page.content()
    assert not [one for one in page.context.cookies() if one["name"] == "qof-turn"]


def test_without_scripts_it_goes_on_as_well_and_the_place_is_kept_meanwhile(site: Site, new_page: NewPage) -> None:
    practice = site.year.members[PLAIN].practice
    page = new_page(directory.declarer(practice), scripts=False)

    def first_came() -> str:
        return next(one["value"] for one in page.context.cookies() if one["name"] == "qof-turn").partition(".")[0]

    with busy(site):
        page.goto(site.path(practice, "/report"))
        first = first_came()
        with page.expect_navigation(timeout=WAITS_MS):
            pass  # it looks again, and has to wait on
        expect(page.get_by_role("heading", level=1)).to_have_text("You are in the queue")
        assert first_came() == first
    expect(page.get_by_role("heading", level=1)).not_to_have_text("You are in the queue", timeout=WAITS_MS)


def test_a_signature_that_has_to_wait_is_sent_again_by_itself_and_done_once(site: Site, new_page: NewPage) -> None:
    practice = site.year.members[SIGNING].practice
    page = new_page(directory.declarer(practice))
    page.goto(site.path(practice, "/declaration"))
    page.get_by_label("I have read these figures").check()
    statement = page.locator("textarea[name=statement]")
    statement.fill('Checked <twice> & "signed".\nOn two lines.')
    with busy(site):
        with page.expect_navigation():
            page.locator("form[action$='/sign'] button").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your form is in the queue")
        assert_accessible(page)
        look(page, "form-in-queue-1280")
    page.wait_for_url(re.compile(r"/receipts/"), timeout=WAITS_MS)
    expect(page.get_by_text('Checked <twice> & "signed".').first).to_be_visible()


def test_programs_and_scripts_get_a_problem_and_health_is_answered(site: Site) -> None:
    practice = site.year.members[READING].practice
    with busy(site), httpx.Client(base_url=site.url, trust_env=False) as client:
        for path, headers in (
            (f"/v1/collections/{site.year.collection}/practices/{practice}/report", {}),
            (f"/collections/{site.year.collection}/practices/{practice}/waiting/now", {"Sec-Fetch-Mode": "cors"}),
        ):
            answer = client.get(path, headers=headers)
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"].endswith("/overloaded")
            assert 3 <= int(answer.headers["retry-after"]) <= 40
        assert client.get("/health/ready").status_code == 200


def test_a_form_with_files_is_not_taken_and_says_so(site: Site) -> None:
    with busy(site), httpx.Client(base_url=site.url, trust_env=False) as client:
        answer = client.post(
            f"/collections/{site.year.collection}/practices/{site.year.members[READING].practice}/queries",
            data={"reason": "It is wrong."},
            files={"evidence": ("list.csv", b"a,b", "text/csv")},
        )
        assert answer.status_code == 503
        assert "Your files were not taken" in answer.text
        assert "refresh" not in answer.headers
