"""Which pages are looked at: every page, every role, every state."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from qof_local.directory import NATIONAL_TEAM, OPERATOR, SECOND_OF_NATIONAL_TEAM, approver, declarer, finance
from tests.browser import staged
from tests.browser.deeds import standing_of
from tests.browser.site import Site


@dataclass(frozen=True)
class Shot:
    """One page: who looks, where, what they do there first, and which answer it is."""

    name: str
    person: str | None
    path: str
    act: Callable[[Page], None] | None = None
    status: int = 200


def shots(site: Site, proposal: str) -> Iterator[Shot]:
    """Every page of the staged site; `proposal` of national figures is open."""
    yield from _practice_shots(site)
    yield from _deciding_shots(site)
    yield from _national_shots(site, proposal)
    yield Shot("home, operator", OPERATOR, "/")
    yield Shot("operations", OPERATOR, "/operations")
    yield from _error_shots(site)
    yield from _sign_in_shots()


def _practice_shots(site: Site) -> Iterator[Shot]:
    states = {
        "waiting for the extract": staged.NOTHING,
        "in the queue": staged.QUEUED,
        "points only": staged.POINTS_ONLY,
        "rejected": staged.REJECTED,
        "ready": staged.READY,
        "recalculating": staged.RECALCULATING,
        "queried": staged.QUERIED,
        "under protest": staged.PROTESTED,
        "signed": staged.SIGNED,
        "returned": staged.RETURNED,
        "superseded": staged.MOVED,
        "approved": staged.APPROVED,
        "approved then moved": staged.MORE_MOVED,
        "finance approved": staged.FINANCE_APPROVED,
        "paid": staged.PAID,
        "determined": staged.DETERMINED,
    }
    for state, index in states.items():
        practice = site.year.members[index].practice
        person, base = declarer(practice), f"/collections/{site.year.collection}/practices/{practice}"
        standing = standing_of(site, practice)
        yield Shot(f"home, {state}", person, "/")
        yield Shot(f"practice, {state}", person, base)
        yield Shot(f"waiting, {state}", person, f"{base}/waiting")
        yield Shot(f"report, {state}", person, f"{base}/report", status=200 if standing.report else 404)
        if standing.report:
            yield Shot(f"declaration, {state}", person, f"{base}/declaration")
            yield Shot(f"payment, {state}", person, f"{base}/payment")
            yield Shot(f"queries, {state}", person, f"{base}/queries")
        if standing.declaration:
            yield Shot(f"receipt, {state}", person, f"{base}/receipts/{standing.declaration.declaration_id}")
    ready = site.year.members[staged.READY].practice
    base = f"/collections/{site.year.collection}/practices/{ready}"
    indicator = staged.indicator_of(staged.READY)
    yield Shot("report, all open", declarer(ready), f"{base}/report", _open_all)
    yield Shot("indicator", declarer(ready), f"{base}/report/indicators/{indicator}")
    yield Shot("compare", declarer(ready), f"{base}/compare")
    yield Shot("declaration, reader", f"reader-{ready}", f"{base}/declaration")
    yield Shot("declaration, not confirmed", declarer(ready), f"{base}/declaration", _press("Sign for"))
    yield Shot("queries, nothing typed", declarer(ready), f"{base}/queries", _press("Send"))


def _deciding_shots(site: Site) -> Iterator[Shot]:
    commissioner, collection = site.year.members[0].commissioner, f"/collections/{site.year.collection}"
    first, second = approver(commissioner), finance(commissioner)
    signed = site.year.members[staged.SIGNED].practice
    approved = site.year.members[staged.APPROVED].practice
    queried = site.year.members[staged.QUERIED].practice
    moved = site.year.members[staged.MORE_MOVED].practice
    yield Shot("home, commissioner", first, "/")
    yield Shot("home, finance", second, "/")
    yield Shot("work list", first, f"{collection}/work-list")
    yield Shot("work list, signed", first, f"{collection}/work-list?filter=signed")
    yield Shot("work list, nothing fits", first, f"{collection}/work-list?search=nobody")
    yield Shot("reminders", first, f"{collection}/reminders")
    yield Shot("finance", second, f"{collection}/finance")
    yield Shot("declaration, to approve", first, f"{collection}/practices/{signed}/declaration")
    yield Shot(
        "declaration, returned without reason",
        first,
        f"{collection}/practices/{signed}/declaration",
        _press("Return to the practice"),
    )
    yield Shot("declaration, to approve for payment", second, f"{collection}/practices/{approved}/declaration")
    yield Shot("declaration, newer than approved", second, f"{collection}/practices/{moved}/declaration")
    yield Shot("queries, to answer", first, f"{collection}/practices/{queried}/queries")
    yield Shot("compare, commissioner", first, f"{collection}/practices/{signed}/compare")
    yield Shot("approvals, to confirm", first, f"{collection}/work-list?filter=signed", _approve_ticked)


def _national_shots(site: Site, proposal: str) -> Iterator[Shot]:
    country = f"/national/collections/{site.year.collection}"
    figures = f"{country}/national-figures"
    yield Shot("home, national", NATIONAL_TEAM, "/")
    yield Shot("national", NATIONAL_TEAM, "/national")
    yield Shot("national, country", NATIONAL_TEAM, country)
    yield Shot("national, special practices", NATIONAL_TEAM, f"{country}/special")
    yield Shot("national, figures", NATIONAL_TEAM, figures)
    yield Shot(
        "national, figures, line without reason", NATIONAL_TEAM, f"{figures}/preview?exclusions=A81001", status=422
    )
    yield Shot("national, preview", NATIONAL_TEAM, f"{figures}/preview?exclusions=A81004+a+care+home")
    yield Shot("national, preview, nothing typed", NATIONAL_TEAM, f"{figures}/preview?exclusions=", _press("Propose"))
    yield Shot("national, proposal, mine", NATIONAL_TEAM, f"{figures}/proposals/{proposal}")
    yield Shot("national, proposal, to freeze", SECOND_OF_NATIONAL_TEAM, f"{figures}/proposals/{proposal}")
    yield Shot("national, affected", SECOND_OF_NATIONAL_TEAM, f"{figures}/proposals/{proposal}/affected")
    yield Shot("national, errand lost", NATIONAL_TEAM, f"{figures}/errands/none", status=404)


def _error_shots(site: Site) -> Iterator[Shot]:
    practice, other = (site.year.members[index].practice for index in (staged.READY, staged.SIGNED))
    person, collection = declarer(practice), f"/collections/{site.year.collection}"
    yield Shot("error, not found", person, "/nowhere", status=404)
    yield Shot("error, not yours", person, f"{collection}/practices/{other}", status=404)
    yield Shot("error, not your role", person, "/national", status=403)
    yield Shot(
        "error, unknown indicator", person, f"{collection}/practices/{practice}/report/indicators/X1", status=404
    )
    yield Shot("error, form of another session", person, f"{collection}/practices/{practice}/declaration", _stale)


def _sign_in_shots() -> Iterator[Shot]:
    yield Shot("sign in", None, "/")
    yield Shot("sign in, wrong password", None, "/", _wrong_password)
    yield Shot("signed out", None, "/signed-out")
    yield Shot("sign in, failed", None, "/sign-in/callback?state=x&code=y", status=400)


def _open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def _press(name: str) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        page.get_by_role("button", name=name).first.click()
        page.wait_for_load_state()

    return press


def _approve_ticked(page: Page) -> None:
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Approve").first.click()
    page.wait_for_load_state()


def _stale(page: Page) -> None:
    page.evaluate("document.querySelectorAll('input[name=csrf]').forEach(one => one.value = 'of another session')")
    page.get_by_label("I have read these figures").check()
    _press("Sign for")(page)


def _wrong_password(page: Page) -> None:
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    _press("Sign in")(page)
