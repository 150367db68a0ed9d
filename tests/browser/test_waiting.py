"""Waiting on a page: it says the place and the time, looks again by itself, and asks nobody to press anything."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Page, expect

from qof_local import directory
from qof_shared.contracts import Event, ExtractsReceived, ReceivedExtract, new_event
from tests.browser.axe import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.figures import met_more
from tests.browser.site import Site, settled

pytestmark = [pytest.mark.needs_postgres, pytest.mark.timeout(300)]

BEFORE, LIVE, POLLED, PLAIN = range(15, 19)
"""Practices of this module: one that is always before the others, and one for each journey."""


def received(site: Site, *extracts: tuple[int, int]) -> Event:
    """Ingest accepted these extracts: number of the practice, number of the extract."""
    now = datetime.now(UTC)
    accepted = [
        ReceivedExtract(site.year.collection, site.year.members[index].practice, number, now)
        for index, number in extracts
    ]
    return new_event(ExtractsReceived(extracts=accepted), occurred_at=now, correlation_id="a journey")


def worked_out(site: Site, index: int, number: int = 2) -> Sequence[Event]:
    """The points and the pounds of a newer extract."""
    points = site.year.points(index, number, met_more("AF05", -number))
    return [points, site.year.pounds(points)]


def queue_up(site: Site, index: int) -> None:
    """Let a newer extract of this practice wait behind another practice's."""
    site.tell([received(site, (BEFORE, 2000), (index, 2000 + index))])


def test_the_page_follows_the_queue_and_says_when_it_is_ready(site: Site, new_page: NewPage) -> None:
    practice = site.year.members[LIVE].practice
    page = new_page(directory.declarer(practice))
    queue_up(site, LIVE)
    page.goto(site.path(practice, "/waiting"))
    expect(page.get_by_text(re.compile(r"is number 2 of \d+ in the queue"))).to_be_visible()
    expect(page.get_by_text("You do not have to press anything, and you can close it")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{site.year.members[LIVE].name} ({practice})")
    assert_accessible(page)
    page.evaluate("window.stayed = true")
    points, pounds = worked_out(site, LIVE)
    site.tell([points])
    expect(page.get_by_role("heading", level=1)).to_contain_text("New figures are being worked out")
    expect(page.get_by_text("Your pounds are being worked out")).to_be_visible()
    site.tell([pounds])
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your report is ready", timeout=15_000)
    expect(page.get_by_role("link", name="Read your report")).to_be_focused()
    assert page.title().startswith("Your report is ready")
    assert page.evaluate("window.stayed"), "the page never went anywhere"
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Report")


def test_where_nothing_can_be_told_the_page_asks(site: Site, new_page: NewPage) -> None:
    practice = site.year.members[POLLED].practice
    page = new_page(directory.declarer(practice))
    page.route("**/waiting/events", lambda route: route.fulfill(status=503, body="too many listen"))
    queue_up(site, POLLED)
    with page.expect_response("**/waiting/now") as asked:
        page.goto(site.path(practice, "/waiting"))
    assert asked.value.json()["poll_after_seconds"] >= 1
    expect(page.get_by_text(re.compile("^Looked at "))).to_be_visible()
    site.tell(worked_out(site, POLLED))
    hurry(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your report is ready")


def hurry(page: Page) -> None:
    """Open the page anew, rather than wait for its next look."""
    page.reload()


def test_without_scripts_the_page_loads_itself_anew(site: Site, new_page: NewPage) -> None:
    practice = site.year.members[PLAIN].practice
    page = new_page(directory.declarer(practice), scripts=False, width=375)
    queue_up(site, PLAIN)
    page.goto(site.path(practice, "/waiting"))
    seconds = {reload_seconds(page)}
    for _ in range(12):
        page.reload()
        seconds.add(reload_seconds(page))
    assert min(seconds) >= 10
    assert len(seconds) > 1, "browsers that came together come again together"
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    site.tell(worked_out(site, PLAIN))
    page.goto(site.path(practice, "/waiting"))
    expect(page.get_by_role("link", name="Read your report")).to_be_visible()
    assert page.locator("meta[http-equiv=refresh]").count() == 0, "nothing moves any more"


def reload_seconds(page: Page) -> int:
    content = page.locator("meta[http-equiv=refresh]").get_attribute("content")
    assert content is not None
    return int(content)


def test_nobody_sees_the_place_of_another_practice(site: Site, new_page: NewPage) -> None:
    page = new_page(directory.declarer(site.year.members[PLAIN].practice))
    for address in ("/waiting", "/waiting/now", "/waiting/events"):
        assert page.request.get(site.path(site.year.members[LIVE].practice, address)).status == 404


def test_many_who_look_at_once_are_all_answered(site: Site) -> None:
    """More than the process has connections, when the queue has to be looked at anew; some may have to come back."""
    practice = site.year.members[BEFORE].practice
    cookie = site.cookie(directory.declarer(practice))

    async def look_once(client: httpx.AsyncClient) -> int:
        for _ in range(12):
            answer = await client.get(site.path(practice, "/waiting/now"), headers={"Sec-Fetch-Mode": "cors"})
            if answer.status_code != 503:
                break
            await asyncio.sleep(int(answer.headers["retry-after"]))
        return answer.status_code

    async def look() -> set[int]:
        async with httpx.AsyncClient(cookies={"qof": cookie["value"]}, timeout=60) as client:
            return set(await asyncio.gather(*(look_once(client) for _ in range(60))))

    assert settled(look()) == {200}
