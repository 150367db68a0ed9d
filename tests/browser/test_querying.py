"""Disagreeing with a figure: queried, signed under protest, answered; with files, and without losing a sentence."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from qof_local import directory
from tests.browser import deeds
from tests.browser.axe import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.site import Site

pytestmark = [pytest.mark.needs_postgres, pytest.mark.timeout(300)]

JOURNEY, FAULTY, WITHDRAWN, MEANWHILE, PLAIN = range(10, 15)
"""Practices of this module, one for each journey."""

CSV = FilePayload(name="left.csv", mimeType="application/vnd.ms-excel", buffer=b"patients\n12\n")


def practice_of(site: Site, index: int) -> str:
    return site.year.members[index].practice


def send(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def test_a_query_is_signed_under_protest_and_answered(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, JOURNEY)
    page = new_page(directory.declarer(practice))
    page.goto(site.path(practice, "/report/indicators/AF05"))
    page.get_by_role("link", name="Disagree with this indicator").click()
    expect(page.get_by_role("checkbox", name="AF05")).to_be_checked()
    assert_accessible(page)
    page.get_by_text("Choose others, too").click()
    page.get_by_text("Asthma", exact=True).click()
    page.get_by_role("checkbox", name="ASTHMA01").check()
    page.get_by_label("What is wrong").fill("Twelve patients left before the day.")
    page.get_by_label("How can the commissioner see that").fill("See the file.")
    page.locator("input[name=files]").set_input_files(CSV)
    send(page, "Send the query")
    expect(page.get_by_text("Your query is sent.")).to_be_visible()
    expect(page.get_by_role("heading", name="Query 1: AF05, ASTHMA01")).to_be_visible()
    assert_accessible(page)

    page.goto(site.path(practice, "/declaration"))
    page.get_by_label("Sign under protest").check()
    page.get_by_label("I have read these figures").check()
    assert_accessible(page)
    send(page, "Sign for")
    expect(page.get_by_text("1 open query stood beside it")).to_be_visible()

    approver = new_page(directory.approver(site.year.members[JOURNEY].commissioner))
    approver.goto(site.path(practice, "/declaration"))
    expect(approver.get_by_text("Under protest against")).to_be_visible()
    approver.goto(site.path(practice, "/queries"))
    assert_accessible(approver)
    with approver.expect_download() as download:
        approver.get_by_role("link", name="left.csv").click()
    assert download.value.path().read_bytes() == CSV["buffer"]
    send(approver, "Answer query 1")
    expect(approver.get_by_role("alert")).to_contain_text("Say whether you agree.")
    assert_accessible(approver)
    approver.get_by_label("Yes, accept it").check()
    approver.get_by_label("Why?").fill("Agreed: the twelve are taken out.")
    send(approver, "Answer query 1")
    expect(approver.get_by_text("Your answer is sent.")).to_be_visible()
    assert_accessible(approver)

    page.goto(site.path(practice, "/queries"))
    card = page.get_by_role("region", name="Query 1")
    expect(card.get_by_text("Accepted", exact=True)).to_be_visible()
    expect(card.get_by_text("Agreed: the twelve are taken out.")).to_be_visible()
    assert deeds.standing_of(site, practice).state == "signed"


def test_an_attachment_is_saved_and_never_shown(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, FAULTY)
    page = new_page(directory.declarer(practice))
    page.goto(site.path(practice, "/queries?indicator=AF05"))
    page.get_by_label("What is wrong").fill("See the picture.")
    page.locator("input[name=files]").set_input_files(
        FilePayload(name="page.html", mimeType="text/html", buffer=b"<script>alert(1)</script>")
    )
    send(page, "Send the query")
    expect(page.get_by_role("alert")).to_contain_text("not page.html")
    expect(page.get_by_label("What is wrong")).to_have_value("See the picture.")
    expect(page.get_by_role("checkbox", name="AF05")).to_be_checked()
    assert_accessible(page)
    page.locator("input[name=files]").set_input_files(
        FilePayload(name="large.csv", mimeType="text/csv", buffer=b"a" * (1024 * 1024 + 1))
    )
    send(page, "Send the query")
    expect(page.get_by_role("alert")).to_contain_text("larger than 1 MiB")
    page.locator("input[name=files]").set_input_files(
        FilePayload(name="<b>bold.txt", mimeType="text/plain", buffer=b"<script>alert(1)</script>")
    )
    send(page, "Send the query")
    expect(page.get_by_role("alert")).to_contain_text("plain name")
    page.locator("input[name=files]").set_input_files(
        FilePayload(name="bold.txt", mimeType="text/html", buffer=b"<script>alert(1)</script>")
    )
    send(page, "Send the query")
    href = page.get_by_role("link", name="bold.txt").get_attribute("href")
    answer = page.request.get(f"{site.url}{href}")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    stranger = new_page(directory.declarer(practice_of(site, JOURNEY)))
    assert stranger.request.get(f"{site.url}{href}").status == 404


def test_a_query_is_withdrawn_once(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, WITHDRAWN)
    deeds.query(site, practice, "AF05", "A <b>mistake</b> of ours.")
    page = new_page(f"reader-{practice}")
    page.goto(site.path(practice, "/queries"))
    expect(page.get_by_text("A <b>mistake</b> of ours.")).to_be_visible()
    other = page.context.new_page()
    other.goto(site.path(practice, "/queries"))
    for tab in (page, other):
        send(tab, "Withdraw query 1")
        expect(tab.get_by_text("The query is withdrawn.")).to_be_visible()
    expect(page.get_by_text("Withdrawn", exact=True)).to_be_visible()
    assert_accessible(page)


def test_an_answer_that_comes_too_late_says_so(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, MEANWHILE)
    deeds.query(site, practice, "AF05", "Too few.")
    approver = new_page(directory.approver(site.year.members[MEANWHILE].commissioner))
    approver.goto(site.path(practice, "/queries"))
    page = new_page(directory.declarer(practice))
    page.goto(site.path(practice, "/queries"))
    send(page, "Withdraw query 1")
    approver.get_by_label("No, reject it").check()
    approver.get_by_label("Why?").fill("The count is right.")
    send(approver, "Answer query 1")
    expect(approver.get_by_text("Somebody was quicker")).to_be_visible()
    expect(approver.get_by_text("Withdrawn", exact=True)).to_be_visible()


def test_a_query_needs_no_script_and_is_sent_once(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, PLAIN)
    page = new_page(directory.declarer(practice), scripts=False, width=375)
    page.goto(site.path(practice, "/queries"))
    send(page, "Send the query")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Name the indicators")
    expect(alert).to_contain_text("Say what you think is wrong")
    page.get_by_text("Atrial fibrillation", exact=True).click()
    page.get_by_role("checkbox", name="AF05").check()
    page.get_by_label("What is wrong").fill("Too few.")
    page.get_by_role("button", name="Send the query").dblclick()
    expect(page.get_by_role("heading", name="Query 1: AF05")).to_be_visible()
    assert page.get_by_role("heading", name="Query 2").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
