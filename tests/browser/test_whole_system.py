"""From the extract to the payment in a browser, through every process; then the same pages with the others stopped."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from qof_local.directory import NATIONAL_TEAM, SECOND_OF_NATIONAL_TEAM, approver, declarer, finance, user
from qof_shared.testing.plugin import Broker
from tests.browser.site import settled
from tests.browser.whole import Whole, open_whole
from tests.e2e.nation import COLLECTION, post_all

pytestmark = [pytest.mark.e2e, pytest.mark.needs_postgres, pytest.mark.needs_rabbitmq, pytest.mark.timeout(400)]

PRACTICES = 12
SIGNER = 0
"""The practice whose year this is."""

ARRIVES_SECONDS = 60


@pytest.fixture
def whole(postgres_url: str, broker: Broker, browser: Browser, tmp_path: Path) -> Iterator[Whole]:
    with open_whole(postgres_url, broker, browser, tmp_path, practices=PRACTICES) as opened:
        yield opened


def test_a_practices_year_in_the_browser_from_extract_to_payment(whole: Whole) -> None:
    practice = whole.nation.people.practices[SIGNER]
    office = whole.sign_in(declarer(practice.practice), f"{whole.url}/")
    expect(office.get_by_role("heading", name="Waiting for your extract")).to_be_visible()
    office.get_by_role("link", name="See how far it is").click()
    expect(office.get_by_text("We have no extract of your practice yet.")).to_be_visible()

    settled(post_all(whole.system.url("ingest"), whole.nation, whole.nation.people.practices))
    # Nobody presses anything: the page tells by itself.
    expect(office.get_by_text("Your points are calculated.")).to_be_visible(timeout=ARRIVES_SECONDS * 1000)

    freeze_with_two_people(whole)
    expect(office.get_by_role("link", name="Read your report")).to_be_visible(timeout=ARRIVES_SECONDS * 1000)

    office.get_by_role("link", name="Read your report").click()
    pounds = office.locator(".qof-figures div", has_text="Due to the practice").locator(".qof-figure").inner_text()
    office.get_by_role("link", name="Go on to sign").click()
    office.get_by_label("I have read these figures").check()
    office.get_by_role("button", name="Sign for").click()
    expect(office.get_by_role("heading", level=1)).to_contain_text("Receipt of the signature")
    receipt = office.url
    reloaded_until(office, lambda: office.get_by_text(re.compile("Yes, as entry 1 of 1")).is_visible())

    commissioner = whole.sign_in(approver(practice.commissioner), whole.path(SIGNER, "/declaration"))
    commissioner.get_by_role("button", name="Approve the figures").click()
    expect(commissioner.get_by_role("button", name="Approve the figures")).to_have_count(0)

    office.goto(whole.path(SIGNER, "/payment"))
    expect(office.get_by_text("Payment reference")).to_have_count(0)
    money = whole.sign_in(finance(practice.commissioner), whole.path(SIGNER, "/declaration"))
    money.get_by_role("button", name="Approve the payment").click()
    expect(money.get_by_role("button", name="Approve the payment")).to_have_count(0)

    reloaded_until(office, lambda: office.get_by_text("Payment reference").is_visible())
    expect(office.locator("dd strong", has_text=pounds)).to_be_visible()

    reader = whole.sign_in(user(practice.practice), whole.path(SIGNER))
    whole.stop_others()
    indicator = first_indicator(office, whole)
    for page in (office, reader):
        for place in pages_of_a_practice(whole, receipt, indicator):
            expect_answered(page, place)
    # What had no part in it is signed and waits for nobody, too.
    second = whole.sign_in(declarer(whole.nation.people.practices[1].practice), whole.path(1, "/declaration"))
    second.get_by_label("I have read these figures").check()
    second.get_by_role("button", name="Sign for").click()
    expect(second.get_by_role("heading", level=1)).to_contain_text("Receipt of the signature")
    # The national team sees what is ours, and who is away.
    national = whole.sign_in(NATIONAL_TEAM, f"{whole.url}/national/collections/{COLLECTION}")
    expect(national.get_by_role("heading", level=1)).to_contain_text("Progress of the country")
    expect(national.get_by_text("Payments is not answering at the moment.")).to_be_visible()


def freeze_with_two_people(whole: Whole) -> None:
    figures = f"{whole.url}/national/collections/{COLLECTION}/national-figures"
    first = whole.sign_in(NATIONAL_TEAM, figures)
    reloaded_until(first, lambda: first.get_by_text(f"{PRACTICES} of {PRACTICES} practices have points").is_visible())
    first.get_by_role("button", name="Preview the figures").click()
    first.get_by_label("Name of the figures").fill("2012-13 final")
    first.get_by_label("Why can they be frozen now?").fill("All practices are in.")
    first.get_by_label("Why may practices be paid by values that no source confirms?").fill("No others are known.")
    first.get_by_role("button", name="Propose").click()
    expect(first.get_by_role("heading", level=1)).to_contain_text("2012-13 final")
    expect(first.get_by_role("button", name="Freeze these figures")).to_have_count(0)
    second = whole.sign_in(SECOND_OF_NATIONAL_TEAM, first.url)
    second.get_by_label("I have read the figures").check()
    second.get_by_role("button", name="Freeze these figures").click()
    expect(second.get_by_text("These figures are frozen.")).to_be_visible()


def reloaded_until(page: Page, is_so: Callable[[], bool]) -> None:
    """Look again until something is there that comes by messages."""
    deadline = time.monotonic() + ARRIVES_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        page.wait_for_timeout(300)
        page.reload()


def first_indicator(page: Page, whole: Whole) -> str:
    page.goto(whole.path(SIGNER, "/report"))
    address = page.locator("a[href*='/report/indicators/']").first.get_attribute("href")
    assert address is not None
    return address


def pages_of_a_practice(whole: Whole, receipt: str, indicator: str) -> list[str]:
    """Every page that people of a practice have."""
    pages = ("", "/report", "/report.csv", "/compare", "/declaration", "/waiting", "/queries", "/payment")
    return [
        f"{whole.url}/",
        *(whole.path(SIGNER, page) for page in pages),
        f"{whole.url}{indicator}",
        receipt,
        f"{receipt}.json",
        f"{receipt}.pdf",
    ]


def expect_answered(page: Page, place: str) -> None:
    """A page is shown, and a file is sent, as if nothing were missing."""
    answer = page.request.get(place)
    assert answer.status == 200, f"{place}: {answer.status}"
    if "text/html" in answer.headers["content-type"]:
        page.goto(place)
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
