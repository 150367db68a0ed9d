"""Commissioner and finance: many approved at once, one returned with a reason, payments approved, the practice paid."""

import csv
import io
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from qof_declarations.core.lifecycle import State
from tests.browser import deeds
from tests.browser.axe import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.figures import met_more
from tests.browser.site import Site

pytestmark = [pytest.mark.needs_postgres, pytest.mark.timeout(300)]

HERE = 20
"""Practices from this number on, twenty of them, are this module's."""


def practice_of(site: Site, index: int) -> str:
    return site.year.members[HERE + index].practice


def name_of(site: Site, index: int) -> str:
    return site.year.members[HERE + index].name


def commissioner_of(site: Site) -> str:
    return site.year.members[HERE].commissioner


def approver_of(site: Site) -> str:
    return deeds.approver(commissioner_of(site)).person


def finance_of(site: Site) -> str:
    return deeds.finance(commissioner_of(site)).person


def listed(site: Site, page: str = "work-list", **query: str) -> str:
    return str(httpx.URL(f"{site.url}/collections/{site.year.collection}/{page}", params=query))


def tick(page: Page, name: str) -> None:
    # The box lies below its label, as the NHS.UK frontend has it.
    page.get_by_label(f"Approve the figures of {name}").or_(page.get_by_label(f"Approve the payment of {name}")).check(
        force=True
    )


@pytest.mark.parametrize("scripts", [True, False])
def test_many_are_approved_each_checked_at_that_moment(site: Site, new_page: NewPage, scripts: bool) -> None:
    first = 0 if scripts else 3
    ours = [first, first + 1, first + 2]
    deeds.sign(site, *(practice_of(site, one) for one in ours))
    page = new_page(approver_of(site), scripts=scripts)
    page.goto(listed(site, filter="signed"))
    if scripts:
        assert_accessible(page)
    for one in ours:
        tick(page, name_of(site, one))
    page.get_by_role("button", name="Approve selected").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Approve 3 declarations")
    for one in ours:
        expect(page.get_by_role("row", name=name_of(site, one))).to_be_visible()
    if scripts:
        assert_accessible(page)
    # While the approver reads, the figures of one move: its signature falls, and nobody approves it unseen.
    moved = site.year.points(HERE + first, 2, met_more("BP05", -100))
    site.tell([moved, site.year.pounds(moved)])
    page.get_by_role("button", name="Approve 3 declarations").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 approved, 1 not")
    refused = page.get_by_role("region", name="Not approved").get_by_role("row", name=name_of(site, first))
    expect(refused).to_contain_text("The figures moved after the practice signed")
    if scripts:
        assert_accessible(page)
    states = [deeds.standing_of(site, practice_of(site, one)).state for one in ours]
    assert states == [State.SUPERSEDED, State.APPROVED, State.APPROVED]
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 approved, 1 not")
    page.get_by_role("link", name="Back to the list").click()
    assert urlsplit(page.url).query == "filter=signed"


def test_what_was_ticked_is_there_after_signing_in_again(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, 17)
    deeds.sign(site, practice)
    page = new_page(approver_of(site))
    page.goto(listed(site, search=practice))
    tick(page, name_of(site, 17))
    page.get_by_role("button", name="Approve selected").click()
    cookie = page.context.cookies()[0]["value"]
    deeds.let_sleep(site, cookie)
    page.get_by_role("button", name="Approve 1 declaration").click()
    assert deeds.standing_of(site, practice).state is State.SIGNED, "nobody approves in their sleep"
    page.context.add_cookies([site.cookie(approver_of(site))])  # type: ignore[list-item]
    page.goto(listed(site, "approvals"))
    page.get_by_role("button", name="Approve 1 declaration").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 approved")
    page.get_by_role("link", name="Back to the list").click()
    expect(page.get_by_label("Practice code or name")).to_have_value(practice)


def test_nothing_ticked_is_said_on_the_list(site: Site, new_page: NewPage) -> None:
    deeds.sign(site, practice_of(site, 6))
    page = new_page(approver_of(site))
    page.goto(listed(site, search=practice_of(site, 6)))
    page.get_by_role("button", name="Approve selected").click()
    expect(page.get_by_role("link", name="Tick at least one practice.")).to_be_visible()
    expect(page.get_by_label("Practice code or name")).to_have_value(practice_of(site, 6))
    assert page.title().startswith("Error: ")
    assert_accessible(page)


def test_boxes_are_ticked_without_a_script(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, 7)
    deeds.sign(site, practice)
    page = new_page(approver_of(site), scripts=False)
    page.goto(listed(site, search=practice))
    page.get_by_role("link", name="all of them", exact=True).click()
    expect(page.get_by_label(f"Approve the figures of {name_of(site, 7)}")).to_be_checked()
    deeds.query(site, practice, "BP05", "This is wrong.")
    page.goto(listed(site, search=practice))
    page.get_by_role("link", name="those with nothing to look at").click()
    expect(page.get_by_label(f"Approve the figures of {name_of(site, 7)}")).not_to_be_checked()
    expect(page.get_by_role("link", name="1 open query")).to_be_visible()


def test_a_return_needs_a_reason_and_the_practice_reads_it(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, 8)
    deeds.sign(site, practice)
    page = new_page(approver_of(site))
    page.goto(site.path(practice, "/declaration"))
    assert_accessible(page)
    page.get_by_role("button", name="Return to the practice").click()
    expect(page.get_by_role("link", name="Say why you return the declaration")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Or return it to the practice: why?").fill("Look at BP05 <again>, please.")
    page.get_by_role("button", name="Return to the practice").click()
    expect(page).to_have_url(site.path(practice, "/declaration"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Returned to the practice")
    theirs = new_page(deeds.declarer(practice).person)
    theirs.goto(site.path(practice, "/payment"))
    expect(theirs.get_by_text("Look at BP05 <again>, please.").first).to_be_visible()
    theirs.goto(site.path(practice, "/declaration"))
    expect(theirs.get_by_text("Look at BP05 <again>, please.")).to_be_visible()
    theirs.goto(site.path(practice))
    expect(theirs.get_by_text(f"last by Anwar Approver of {commissioner_of(site)}")).to_be_visible()
    assert_accessible(theirs)


def test_a_reason_is_kept_where_the_practice_was_faster(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, 9)
    deeds.sign(site, practice)
    page = new_page(approver_of(site))
    page.goto(site.path(practice, "/declaration"))
    page.get_by_label("Or return it to the practice: why?").fill("Five hundred words of reasons.")
    moved = site.year.points(HERE + 9, 2, met_more("BP05", -100))
    site.tell([moved, site.year.pounds(moved)])
    page.get_by_role("button", name="Return to the practice").click()
    expect(page.get_by_role("alert")).to_contain_text("It cannot be returned in this state")
    assert deeds.standing_of(site, practice).state is State.SUPERSEDED
    deeds.sign(site, practice)
    page.goto(site.path(practice, "/declaration"))
    expect(page.get_by_label("Or return it to the practice: why?")).to_have_value("Five hundred words of reasons.")


def test_finance_approves_and_the_practice_sees_its_payment(site: Site, new_page: NewPage) -> None:
    practice, name = practice_of(site, 10), name_of(site, 10)
    deeds.sign(site, practice)
    due = deeds.standing_of(site, practice).pounds
    assert due is not None
    shown = f"£{float(due):,.2f}"
    theirs = new_page(deeds.declarer(practice).person)
    theirs.goto(site.path(practice, "/payment"))
    expect(theirs.get_by_role("heading", level=1)).to_contain_text("waiting for the commissioner")
    page = new_page(approver_of(site))
    page.goto(site.path(practice, "/declaration"))
    page.get_by_role("button", name="Approve the figures").click()
    expect(page.get_by_text("The payment is approved by a finance approver")).to_be_visible()
    theirs.reload()
    expect(theirs.get_by_role("heading", level=1)).to_contain_text("waiting for the finance approver")
    money = new_page(finance_of(site))
    money.goto(listed(site, "finance", search=practice))
    assert_accessible(money)
    tick(money, name)
    money.get_by_role("button", name="Approve selected").click()
    expect(money.get_by_text(f"{shown} in all.")).to_be_visible()
    money.get_by_role("button", name="Approve 1 payment").click()
    expect(money.get_by_role("heading", level=1)).to_contain_text("1 approved")
    theirs.reload()
    expect(theirs.get_by_text("It follows by itself.")).to_be_visible()
    told = deeds.instructed(site, practice)
    site.tell([told, told])
    theirs.reload()
    expect(theirs.get_by_role("heading", level=1)).to_contain_text(f"{shown} instructed")
    expect(theirs.locator("code")).to_have_text(str(deeds.standing_of(site, practice).payment.instruction_id))  # type: ignore[union-attr]
    assert_accessible(theirs)
    money.goto(listed(site, "finance", search=practice))
    expect(money.get_by_text("No payment to approve fits.")).to_be_visible()


def test_finance_says_that_it_has_seen_newer_figures(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, 11)
    deeds.sign(site, practice)
    deeds.approve(site, deeds.approver(commissioner_of(site)), [practice])
    moved = site.year.points(HERE + 11, 2, met_more("BP05", -100))
    site.tell([moved, site.year.pounds(moved)])
    page = new_page(finance_of(site))
    page.goto(listed(site, "finance", search=practice))
    expect(page.get_by_role("link", name="Figures moved after the approval")).to_be_visible()
    assert page.get_by_role("button", name="Approve selected").count() == 0, "one by one, with what moved before one"
    page.get_by_role("link", name="Figures moved after the approval").click()
    page.get_by_role("button", name="Approve the payment").click()
    expect(page.get_by_role("alert")).to_contain_text("version 1 is approved, version 2 is the newest")
    assert_accessible(page)
    page.get_by_label("I have seen that version 2 is newer").check(force=True)
    page.get_by_role("button", name="Approve the payment").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Approved for payment")
    assert deeds.standing_of(site, practice).state is State.FINANCE_APPROVED


def test_nobody_does_two_steps(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, 12)
    deeds.sign(site, practice)
    for person in (deeds.declarer(practice).person, finance_of(site)):
        page = new_page(person)
        page.goto(site.path(practice, "/declaration"))
        assert page.get_by_role("button", name="Approve").count() == 0, person
    approver = new_page(approver_of(site))
    approver.goto(site.path(practice, "/declaration"))
    fields = form_of(approver, "approve")
    approver.get_by_role("button", name="Approve the figures").click()
    expect(approver.get_by_role("heading", level=1)).to_contain_text("Approved by the commissioner")
    assert approver.get_by_role("button", name="Approve the payment").count() == 0
    answers = [send(site, approver, practice, deed, fields).status_code for deed in ("finance-approve", "approve")]
    assert answers == [403, 303], "the payment is refused; pressed twice, the approval is the same"
    standing = deeds.standing_of(site, practice)
    assert standing.state is State.APPROVED
    kinds = [entry.kind for entry in deeds.audit_of(site, practice)]
    assert kinds == ["declaration-signed", "declaration-approved"]


def test_a_declaration_of_another_practice_is_not_decided_here(site: Site, new_page: NewPage) -> None:
    one, other = practice_of(site, 13), practice_of(site, 14)
    deeds.sign(site, one, other)
    page = new_page(approver_of(site))
    page.goto(site.path(one, "/declaration"))
    assert send(site, page, other, "approve", form_of(page, "approve")).status_code == 404
    assert {deeds.standing_of(site, practice).state for practice in (one, other)} == {State.SIGNED}


def test_who_has_not_signed_with_what_to_say(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, 15)
    page = new_page(approver_of(site))
    page.goto(listed(site, "reminders"))
    assert_accessible(page)
    row = page.get_by_role("row", name=name_of(site, 15))
    expect(row).to_contain_text("Your QOF report for 2012-13 is ready")
    deeds.sign(site, practice)
    page.reload()
    assert page.get_by_role("row", name=name_of(site, 15)).count() == 0


def test_the_list_leaves_as_a_table(site: Site, new_page: NewPage) -> None:
    page = new_page(approver_of(site))
    cookies = {"qof": page.context.cookies()[0]["value"]}
    search = practice_of(site, 16)
    for name, query in (("work-list.csv", {"search": search}), ("reminders.csv", {})):
        answer = httpx.get(listed(site, name, **query), cookies=cookies)
        assert answer.headers["content-disposition"].startswith("attachment")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert search in [row["practice"] for row in rows]
        assert (len(rows) == 1) is ("search" in query)


def test_people_of_a_practice_have_no_work_list(site: Site, new_page: NewPage) -> None:
    page = new_page(deeds.declarer(practice_of(site, 17)).person)
    for name in ("work-list", "finance", "reminders"):
        answer = page.goto(listed(site, name))
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_role("heading", level=1)).to_have_text("You may not do this")


def test_side_by_side_says_what_there_is(site: Site, new_page: NewPage) -> None:
    deeds.measure(site)
    practice = practice_of(site, 18)
    page = new_page(deeds.declarer(practice).person)
    page.goto(site.path(practice, "/compare"))
    expect(page.get_by_text("there is nothing to put beside it")).to_be_visible()
    expect(page.get_by_role("region", name="Totals")).to_contain_text(" of 50; the middle one has ")
    page.get_by_text("Hypertension: each indicator in percent").click()
    expect(
        page.get_by_role("region", name="Indicators of Hypertension").get_by_role("row", name="BP05")
    ).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("width", [375, 1280])
def test_no_page_is_wider_than_its_window(site: Site, new_page: NewPage, width: int) -> None:
    page = new_page(approver_of(site), width=width)
    pages = [listed(site), listed(site, "reminders"), listed(site, "finance")]
    pages += [site.path(practice_of(site, 19), one) for one in ("/compare", "/payment", "/declaration")]
    for url in pages:
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url


def form_of(page: Page, deed: str) -> dict[str, str]:
    """The hidden fields of a form on a declaration's page."""
    fields = page.locator(f"form[action$='/declaration/{deed}'] input[type=hidden]")
    return {one.get_attribute("name") or "": one.input_value() for one in fields.all()}


def send(site: Site, page: Page, practice: str, deed: str, fields: dict[str, str]) -> httpx.Response:
    """Send a form as the person of this page, whatever is on it."""
    cookies = {"qof": page.context.cookies()[0]["value"]}
    return httpx.post(site.path(practice, f"/declaration/{deed}"), data=fields, cookies=cookies)
