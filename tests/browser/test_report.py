"""A practice's home, its report and an indicator: what is told, with and without scripts, on any screen."""

import csv
import io
import re

import httpx
import pytest
from playwright.sync_api import expect

from qof_local import directory
from tests.browser.axe import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.site import Site

pytestmark = [pytest.mark.needs_postgres, pytest.mark.timeout(300)]

HERE = 50
"""Practices from this number on are this module's."""


def declarer_of(site: Site, index: int) -> tuple[str, str]:
    practice = site.year.members[index].practice
    return practice, directory.declarer(practice)


def test_home_says_what_to_do_and_leads_to_the_report(site: Site, new_page: NewPage) -> None:
    practice, declarer = declarer_of(site, HERE)
    page = new_page(declarer)
    page.goto(site.url)
    assert_accessible(page)
    expect(page.get_by_role("heading", name="2012-13: Review and sign")).to_be_visible()
    page.get_by_role("link", name="Review and sign").click()
    expect(page).to_have_url(site.path(practice, "/report"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Report")
    assert_accessible(page)


def test_every_indicator_is_told_with_its_reason(site: Site, new_page: NewPage) -> None:
    practice, declarer = declarer_of(site, HERE)
    page = new_page(declarer)
    page.goto(site.path(practice, "/report?print=yes"))
    codes = [one.code for one in site.year.rules.ruleset.indicators]
    told = page.locator("table.qof-indicators th[scope=row] a").all_inner_texts()
    assert set(codes) == set(told)
    assert page.locator("details:not([open])").count() == 0
    assert_accessible(page)


def test_an_indicator_explains_itself_and_what_more_patients_would_change(site: Site, new_page: NewPage) -> None:
    practice, declarer = declarer_of(site, HERE + 1)
    page = new_page(declarer)
    page.goto(site.path(practice, "/report"))
    lost = page.get_by_role("region", name="Indicators that lost the most pounds")
    partly = lost.locator("tr", has_text="Partly achieved").first
    short = re.search(r"(\d+) for all", partly.inner_text())
    assert short, partly.inner_text()
    partly.get_by_role("link").click()
    expect(page.get_by_role("heading", name="What if more or fewer patients met it?")).to_be_visible()
    assert_accessible(page)
    now = page.locator("tr", has_text="(now)")
    assert now.locator("td").last.inner_text() == "£0.00"


def test_a_phone_shows_everything_without_scrolling_the_page_sideways(site: Site, new_page: NewPage) -> None:
    practice, declarer = declarer_of(site, HERE)
    page = new_page(declarer, width=375)
    for address in ("", "/report", "/report/indicators/AF05"):
        page.goto(site.path(practice, address))
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 375, f"{address} is {wide} pixels wide"


def test_report_is_read_by_keyboard_alone(site: Site, new_page: NewPage) -> None:
    practice, declarer = declarer_of(site, HERE)
    page = new_page(declarer)
    page.goto(site.path(practice, "/report"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to main content"
    area = page.locator("details", has_text="Atrial fibrillation").first
    area.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(area.get_by_role("region", name="Indicators of Atrial fibrillation")).to_be_visible()


def test_table_has_every_indicator_and_no_formula(site: Site) -> None:
    practice, declarer = declarer_of(site, HERE)
    cookie = site.cookie(declarer)
    answer = httpx.get(site.path(practice, "/report.csv"), cookies={cookie["name"]: cookie["value"]})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["Indicator"] for row in rows} == {one.code for one in site.year.rules.ruleset.indicators}
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@" and cell]


def test_nobody_sees_another_practice(site: Site, new_page: NewPage) -> None:
    ours, _ = declarer_of(site, HERE)
    _, stranger = declarer_of(site, HERE + 2)
    page = new_page(stranger)
    for address in ("", "/report", "/report.csv", "/report/indicators/AF05"):
        answer = page.goto(site.path(ours, address))
        assert answer is not None
        assert answer.status == 404
    expect(page.get_by_role("heading", name="Not here")).to_be_visible()
    assert_accessible(page)


def test_pages_say_what_a_browser_may_do(site: Site) -> None:
    cookie = site.cookie(declarer_of(site, HERE)[1])
    answer = httpx.get(site.url, cookies={cookie["name"]: cookie["value"]})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert re.findall(r"<script(?![^>]*src=)", answer.text) == []
