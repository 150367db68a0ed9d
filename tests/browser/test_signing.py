"""Confirming and signing on a page: once, exactly what was shown, however impatient the people are."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest
from playwright.sync_api import Page, expect

from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.handlers.declaring import return_declaration
from qof_declarations.handlers.receipts import enter_receipts
from qof_local import directory
from qof_shared.contracts import DeclarationSigned, Extract, new_event
from qof_shared.db.engine import create_engine
from qof_shared.db.people import record_people
from qof_shared.people import Person, Role
from tests.browser import deeds
from tests.browser.axe import assert_accessible
from tests.browser.conftest import NewPage
from tests.browser.figures import met_more
from tests.browser.site import Site, run_on, settled

pytestmark = [pytest.mark.needs_postgres, pytest.mark.timeout(300)]

SIGNED, MOVED, PRESSED, TABS, PEOPLE, LOST, PLAIN, RETURNED, BUSY, READ = range(10)
ODD = 19
"""Practices of this module, one for each journey."""


def practice_of(site: Site, index: int) -> str:
    return site.year.members[index].practice


def declarer_of(site: Site, index: int) -> str:
    return directory.declarer(practice_of(site, index))


def some_indicator(extract: Extract) -> str:
    """One of whose patients a few can be taken away."""
    return next(one.indicator for one in extract.indicators if (one.numerator or 0) > 50)


def move_figures(site: Site, index: int, number: int = 2, *, with_pounds: bool = True) -> str:
    """A newer extract with fewer patients; returns the indicator that moved."""
    indicator = some_indicator(site.year.extract(index))
    points = site.year.points(index, number, met_more(indicator, -number))
    site.tell([points, site.year.pounds(points)] if with_pounds else [points])
    return indicator


def sign_on(page: Page) -> None:
    """Confirm, press, and wait for the page that answers."""
    page.get_by_label("I have read these figures").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Sign for").click()


def declarations_of(site: Site, index: int) -> list[tuple[str, str]]:
    """Digest and state of everything that the practice ever signed."""
    found: list[tuple[str, str]] = []

    async def deed(uow: DeclarationsUnitOfWork) -> None:
        rows = await uow.connection.exec_driver_sql(
            "SELECT digest, state FROM declarations WHERE practice = $1 ORDER BY signed_at", (practice_of(site, index),)
        )
        found.extend((row.digest, row.state) for row in rows)

    deeds.within(site, deed)
    return found


def digest_on(page: Page) -> str:
    """What the page says it is about, to people and to the form alike."""
    digest = page.locator("input[name=digest]").input_value()
    page.get_by_text("What the digest is").click()
    assert page.locator("code.qof-digest").inner_text() == digest
    return digest


def verified(site: Site, receipt: Path, folder: Path) -> bool:
    keys = folder / "receipt-keys.json"
    keys.write_bytes(httpx.get(f"{site.url}/v1/receipt-keys").content)
    command = [sys.executable, "-m", "qof_declarations", "verify-receipt", str(receipt), "--keys", str(keys)]
    return subprocess.run(command, check=False, timeout=60).returncode == 0


def test_a_practice_signs_and_has_its_receipt(site: Site, new_page: NewPage, tmp_path: Path) -> None:
    practice = practice_of(site, SIGNED)
    page = new_page(declarer_of(site, SIGNED))
    page.goto(site.path(practice, "/report"))
    page.get_by_role("link", name="Go on to sign").click()
    assert_accessible(page)
    digest = digest_on(page)
    page.get_by_label("Anything you want to add").fill("Checked against our own system.\nTwice.")
    sign_on(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt of the signature")
    assert_accessible(page)
    body = page.locator("main").inner_text()
    assert digest in body
    assert "Checked against our own system.\nTwice." in body
    assert "In a moment. The signature counts already." in body
    assert declarations_of(site, SIGNED) == [(digest, "signed")]

    declaration_id = UUID(page.url.rpartition("/")[2])
    enter_in_log(site, declaration_id, digest)
    page.reload()
    expect(page.get_by_text(re.compile(r"Yes, as entry 1 of 1\."))).to_be_visible()
    assert_accessible(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="Receipt as a signed file").click()
    assert download.value.suggested_filename in page.locator("pre").inner_text()
    assert verified(site, download.value.path(), tmp_path), "offline, by the command that the page tells"
    with page.expect_download() as download:
        page.get_by_role("link", name="Receipt as PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")

    page.goto(site.path(practice, "/declaration"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Signed")
    assert_accessible(page)


def enter_in_log(site: Site, declaration_id: UUID, digest: str) -> None:
    """What the worker does a moment after a signature."""
    now = datetime.now(UTC)
    signed = DeclarationSigned(
        declaration_id=declaration_id,
        collection=site.year.collection,
        practice="any",
        report_version=1,
        report_digest=digest,
        signed_by="any",
        signed_at=now,
    )

    async def deed(uow: DeclarationsUnitOfWork) -> None:
        await enter_receipts([new_event(signed, occurred_at=now, correlation_id="a journey")], uow=uow, now=now)

    deeds.within(site, deed)


def test_the_box_has_to_be_ticked_and_what_was_typed_stays(site: Site, new_page: NewPage) -> None:
    page = new_page(declarer_of(site, READ))
    page.goto(site.path(practice_of(site, READ), "/declaration"))
    page.get_by_label("Anything you want to add").fill("A sentence.")
    page.get_by_role("button", name="Sign for").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Tick the box")
    assert page.title().startswith("Error: ")
    assert_accessible(page)
    summary.get_by_role("link").click()
    assert page.evaluate("document.activeElement.id") == "confirm"
    expect(page.get_by_label("Anything you want to add")).to_have_value("A sentence.")
    page.goto(site.path(practice_of(site, READ), "/declaration"))
    expect(page.get_by_label("Anything you want to add")).to_have_value("A sentence.")
    assert declarations_of(site, READ) == []


def test_a_reader_sees_it_and_who_signs(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, READ)
    page = new_page(f"reader-{practice}")
    page.goto(site.path(practice, "/declaration"))
    expect(page.get_by_text("A declarer of your practice signs.")).to_be_visible()
    assert page.get_by_role("button", name="Sign for").count() == 0
    assert_accessible(page)


def test_figures_that_moved_are_shown_and_signed_anew(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, MOVED)
    page = new_page(declarer_of(site, MOVED))
    page.goto(site.path(practice, "/declaration"))
    old = digest_on(page)
    indicator = move_figures(site, MOVED)
    page.get_by_label("Anything you want to add").fill("Typed before it moved.")
    sign_on(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("The figures moved while you were reading")
    table = page.get_by_role("table", name="What moved since you read it")
    expect(table.first.locator("tr", has_text=f"Indicator {indicator}, numerator").first).to_be_visible()
    expect(page.get_by_label("Anything you want to add")).to_have_value("Typed before it moved.")
    assert_accessible(page)
    assert declarations_of(site, MOVED) == []
    new = digest_on(page)
    assert new != old
    sign_on(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt")
    assert declarations_of(site, MOVED) == [(new, "signed")]

    move_figures(site, MOVED, 3)
    page.goto(site.path(practice, "/declaration"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("The figures moved after the signature")
    expect(page.get_by_role("table", name="What moved since the signature").first).to_be_visible()
    assert_accessible(page)
    third = digest_on(page)
    sign_on(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt")
    assert declarations_of(site, MOVED) == [(new, "superseded"), (third, "signed")]


def test_ten_impatient_presses_are_one_declaration(site: Site, new_page: NewPage) -> None:
    page = new_page(declarer_of(site, PRESSED))
    page.goto(site.path(practice_of(site, PRESSED), "/declaration"))
    digest = digest_on(page)
    page.get_by_label("I have read these figures").check()
    answers = page.evaluate(
        """async () => {
            const form = document.querySelector("main form[action$='/declaration/sign']");
            const press = () => fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))});
            const answers = await Promise.all(Array.from({length: 10}, press));
            return answers.map((answer) => [answer.status, answer.url]);
        }"""
    )
    assert {status for status, _ in answers} == {200}
    assert len({url for _, url in answers}) == 1
    assert "/receipts/" in answers[0][1]
    assert declarations_of(site, PRESSED) == [(digest, "signed")]
    page.get_by_role("button", name="Sign for").click()  # the page is still open
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt")
    page.go_back()
    page.get_by_label("I have read these figures").check()
    page.get_by_role("button", name="Sign for").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt")
    assert declarations_of(site, PRESSED) == [(digest, "signed")]


def test_two_tabs_sign_once_and_the_older_page_signs_nothing_new(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, TABS)
    first = new_page(declarer_of(site, TABS))
    first.goto(site.path(practice, "/declaration"))
    second, third = first.context.new_page(), first.context.new_page()
    second.goto(site.path(practice, "/declaration"))
    third.goto(site.path(practice, "/declaration"))
    sign_on(second)
    receipt = second.url
    assert "/receipts/" in receipt
    sign_on(first)
    expect(first).to_have_url(receipt)

    move_figures(site, TABS)
    second.goto(site.path(practice, "/declaration"))
    new = digest_on(second)
    sign_on(second)
    sign_on(third)
    expect(third.get_by_role("heading", level=1)).to_contain_text("Signed already, with newer figures")
    assert_accessible(third)
    assert [state for _, state in declarations_of(site, TABS)] == ["superseded", "signed"]
    assert declarations_of(site, TABS)[-1][0] == new


def test_two_people_sign_one_declaration(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, PEOPLE)
    colleague = Person(f"second-{practice}", f"Sid Second of {practice}", Role.PRACTICE_DECLARER, practice)
    record(site, colleague)
    first, second = new_page(declarer_of(site, PEOPLE)), new_page(colleague.person)
    for page in (first, second):
        page.goto(site.path(practice, "/declaration"))
    sign_on(first)
    sign_on(second)
    expect(second).to_have_url(first.url)
    expect(second.get_by_text("The declaration is signed. This is the receipt.")).to_be_visible()
    expect(second.get_by_text(f"Dilys Declarer of {practice}")).to_be_visible()
    assert len(declarations_of(site, PEOPLE)) == 1


def record(site: Site, person: Person) -> None:
    async def work() -> None:
        engine = create_engine(site.database, pool_size=1)
        async with engine.begin() as connection:
            await record_people(connection, [(person, f"token of {person.person}")])
        await engine.dispose()

    settled(work())


def test_a_session_lost_half_way_loses_no_sentence(site: Site, new_page: NewPage) -> None:
    practice, declarer = practice_of(site, LOST), declarer_of(site, LOST)
    page = new_page(declarer)
    page.goto(site.path(practice, "/declaration"))
    page.get_by_label("Anything you want to add").fill("Typed slowly, with care.")
    expect(page.get_by_text("What you typed is kept.")).to_be_visible()
    settled(run_on(site.database, f"DELETE FROM sessions WHERE person = '{declarer}'"))
    sign_on(page)
    assert declarations_of(site, LOST) == []
    page.context.add_cookies([site.cookie(declarer)])  # type: ignore[list-item]
    page.goto(site.path(practice, "/declaration"))
    expect(page.get_by_label("Anything you want to add")).to_have_value("Typed slowly, with care.")
    sign_on(page)
    expect(page.get_by_text("Typed slowly, with care.")).to_be_visible()
    assert len(declarations_of(site, LOST)) == 1


def test_everything_works_without_scripts(site: Site, new_page: NewPage) -> None:
    practice, declarer = practice_of(site, PLAIN), declarer_of(site, PLAIN)
    page = new_page(declarer, scripts=False, width=375)
    page.goto(site.url)
    page.get_by_role("link", name="Review and sign").click()
    page.get_by_role("link", name="Go on to sign").click()
    page.get_by_label("Anything you want to add").fill("Without a script.")
    page.get_by_role("button", name="Sign for").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the box")
    # The session falls asleep before the next press: what was typed is there when it is awake again.
    settled(
        run_on(
            site.database,
            f"UPDATE sessions SET seen_at = seen_at - interval '1 hour' WHERE person = '{declarer}'",
        )
    )
    page.get_by_label("Anything you want to add").fill("Without a script, and for long.")
    sign_on(page)
    page.context.add_cookies([site.cookie(declarer)])  # type: ignore[list-item]
    page.goto(site.path(practice, "/declaration"))
    expect(page.get_by_label("Anything you want to add")).to_have_value("Without a script, and for long.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_label("I have read these figures").check()
    page.get_by_role("button", name="Sign for").dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert len(declarations_of(site, PLAIN)) == 1


def test_what_was_returned_is_read_before_it_is_signed_again(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, RETURNED)
    page = new_page(declarer_of(site, RETURNED))
    page.goto(site.path(practice, "/declaration"))
    digest = digest_on(page)
    sign_on(page)
    declaration_id = UUID(page.url.rpartition("/")[2])

    async def deed(uow: DeclarationsUnitOfWork) -> None:
        approver = deeds.approver(site.year.members[RETURNED].commissioner)
        await return_declaration(
            declaration_id, reason="Half of last year's register.", person=approver, uow=uow, now=datetime.now(UTC)
        )

    deeds.within(site, deed)
    page.go_back()  # to a page that does not know of it
    sign_on(page)
    expect(page.get_by_role("alert")).to_contain_text("returned meanwhile")
    expect(page.get_by_text("Half of last year's register.")).to_be_visible()
    assert_accessible(page)
    assert declarations_of(site, RETURNED) == [(digest, "returned")]
    sign_on(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt")
    assert declarations_of(site, RETURNED) == [(digest, "signed")]


def test_nobody_signs_while_newer_figures_are_worked_out(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, BUSY)
    page = new_page(declarer_of(site, BUSY))
    page.goto(site.path(practice, "/declaration"))
    page.get_by_label("Anything you want to add").fill("Typed before the newer extract.")
    indicator = some_indicator(site.year.extract(BUSY))
    points = site.year.points(BUSY, 2, met_more(indicator, -2))
    site.tell([points])
    with page.expect_response(re.compile(r"/declaration/sign$")) as answer:
        sign_on(page)
    assert answer.value.status == 409
    assert re.fullmatch(r"\d+; url=.*/declaration", answer.value.headers["refresh"])
    expect(page.get_by_text("You do not have to press anything")).to_be_visible()
    assert_accessible(page)
    page.goto(site.path(practice, "/declaration"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("New figures are being worked out")
    assert page.get_by_role("button", name="Sign for").count() == 0
    assert_accessible(page)
    site.tell([site.year.pounds(points)])
    page.goto(site.path(practice, "/declaration"))
    expect(page.get_by_label("Anything you want to add")).to_have_value("Typed before the newer extract.")
    sign_on(page)
    expect(page.get_by_text("Typed before the newer extract.")).to_be_visible()


def nobody_counts(extract: Extract) -> Extract:
    """Every patient of AF05 is excluded."""
    indicators = [
        msgspec.structs.replace(
            one, numerator=0, denominator=0, exclusions={**one.exclusions, "registration": one.denominator or 0}
        )
        if one.indicator == "AF05"
        else one
        for one in extract.indicators
    ]
    return msgspec.structs.replace(extract, indicators=indicators)


def test_what_stands_out_is_said_before_somebody_signs(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, ODD)
    points = site.year.points(ODD, 2, nobody_counts)
    site.tell([points, site.year.pounds(points)])
    page = new_page(declarer_of(site, ODD))
    page.goto(site.path(practice, "/declaration"))
    expect(page.get_by_role("heading", name="Look at this before you sign")).to_be_visible()
    expect(page.get_by_text("Nobody counts for AF05")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Anything you want to add").focus()
    for key in ("Tab", "Space", "Tab", "Enter"):  # by keyboard alone
        page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt")


def test_what_is_typed_is_kept_for_pages_of_ones_own_practice(site: Site) -> None:
    cookie = site.cookie(declarer_of(site, READ))
    with httpx.Client(base_url=site.url, cookies={"qof": cookie["value"]}) as client:
        page = client.get(site.path(practice_of(site, READ), "/declaration")).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf

        def keep(index: int, form: str, token: str = csrf[1]) -> int:
            typed = {"csrf": token, "statement": "Typed elsewhere."}
            return client.post(site.path(practice_of(site, index), f"/{form}/draft"), data=typed).status_code

        assert keep(READ, "declaration") == 204
        assert keep(READ, "declaration", "another") == 403
        assert keep(READ, "report") == 422
        assert keep(SIGNED, "declaration") == 404
        assert "Typed elsewhere." in client.get(site.path(practice_of(site, READ), "/declaration")).text


def test_a_commissioner_reads_it_and_signs_nothing(site: Site, new_page: NewPage) -> None:
    practice = practice_of(site, READ)
    page = new_page(directory.approver(site.year.members[READ].commissioner))
    page.goto(site.path(practice, "/declaration"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Not signed yet")
    assert page.get_by_role("button", name="Sign for").count() == 0
    assert_accessible(page)
