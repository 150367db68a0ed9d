"""The national team in a browser: how far the country is, and figures that two people freeze."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from qof_local.directory import NATIONAL_TEAM, SECOND_OF_NATIONAL_TEAM, declarer
from tests.browser import deeds
from tests.browser.axe import assert_accessible
from tests.browser.figures import Year
from tests.browser.payments import TOKENS, Payments, open_payments
from tests.browser.site import Site, open_site

pytestmark = [pytest.mark.e2e, pytest.mark.needs_postgres, pytest.mark.timeout(300)]

CODE = re.compile("stops", re.IGNORECASE)


@dataclass(frozen=True)
class Country:
    """A site, and payments beside it."""

    site: Site
    payments: Payments

    @property
    def path(self) -> str:
        return f"{self.site.url}/national/collections/{self.site.year.collection}"


@pytest.fixture(scope="module")
def country(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    """Thirty practices are ready; nothing is frozen in payments, where a practice is missing."""
    year = Year(practices=30, sign_by=date(2013, 4, 30))
    logs = tmp_path_factory.mktemp("country")
    known = [*year.opening(), *(year.sums(index) for index in range(year.practices - 1))]
    with open_payments(postgres_url, known, logs / "payments.log") as payments:
        settings = {"QOF_DECLARATIONS_PAYMENTS_URL": payments.url}
        with open_site(postgres_url, year, year.everything(), logs / "api.log", settings=settings) as site:
            first, second = (member.practice for member in year.members[:2])
            deeds.sign(site, first, second)
            deeds.approve(site, deeds.approver(year.members[0].commissioner), [first])
            yield Country(site, payments)


@pytest.fixture
def sign_in(browser: Browser, country: Country) -> Iterator[Callable[..., Page]]:
    contexts = []

    def opened(person: str, *, scripts: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 900})
        contexts.append(context)
        context.add_cookies([country.site.cookie(person, TOKENS.get(person, "of somebody else"))])  # type: ignore[list-item]
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield opened
    for context in contexts:
        context.close()


def test_the_country_is_told_on_one_page(country: Country, sign_in: Callable[..., Page]) -> None:
    page = sign_in(NATIONAL_TEAM)
    page.goto(f"{country.site.url}/")
    page.click("text=Progress of the country")
    expect(page.locator("h1")).to_contain_text("Progress of the country")
    states = page.get_by_role("table", name="Practices by state")
    expect(states.get_by_role("row", name="Ready to be signed")).to_contain_text("28")
    expect(states.get_by_role("row", name="Approved, waiting for finance")).to_contain_text("1")
    expect(page.get_by_role("img", name=re.compile("2 practices signed in the last 48 hours"))).to_be_visible()
    suppliers = page.get_by_role("table", name="Extracts by supplier")
    expect(suppliers.get_by_role("row", name="northstar")).to_contain_text("100%")
    commissioners = page.get_by_role("table", name="Practices by commissioner")
    expect(commissioners.get_by_role("row").nth(1)).to_contain_text("28")
    expect(page.get_by_text("28 practices are late.")).to_be_visible()
    expect(page.get_by_text("Payments has the points of 29 of 30 practices.")).to_be_visible()
    assert_accessible(page)
    for place in ("/national", f"{country.path}/special", f"{country.path}?sort=name", f"{country.path}?sort=signed"):
        page.goto(place if place.startswith("http") else country.site.url + place)
        assert_accessible(page)


@pytest.mark.parametrize(
    "place", ["/national", "/national/collections/{}", "/national/collections/{}/national-figures"]
)
def test_the_country_is_not_for_practices(country: Country, sign_in: Callable[..., Page], place: str) -> None:
    page = sign_in(declarer(country.site.year.members[3].practice))
    answer = page.goto(country.site.url + place.format(country.site.year.collection))
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("Your role does not allow this")
    # Whoever is refused sees as whom, and can sign out to be somebody else.
    expect(page.get_by_role("navigation", name="Account")).to_contain_text(country.site.year.members[3].practice)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_two_people_freeze_figures(country: Country, sign_in: Callable[..., Page], scripts: bool) -> None:
    last = country.site.year.members[-1].practice
    name = f"final {'with' if scripts else 'without'} scripts"
    nora, neil = sign_in(NATIONAL_TEAM, scripts=scripts), sign_in(SECOND_OF_NATIONAL_TEAM, scripts=scripts)
    nora.goto(f"{country.path}/national-figures")
    nora.fill("#exclusions", last)
    nora.click("text=Preview the figures")
    expect(nora.get_by_role("alert")).to_contain_text(f"Line 1: say why {last} is left out")
    expect(nora.locator("#exclusions")).to_have_value(last)
    if scripts:
        # axe needs them.
        assert_accessible(nora)
    nora.fill("#exclusions", "")
    nora.click("text=Preview the figures")
    expect(nora.get_by_text(CODE).first).to_be_visible()
    nora.fill("#name", name)
    nora.click("button:has-text('Propose')")
    alert = nora.get_by_role("alert")
    expect(alert).to_contain_text("Say why these figures can be frozen now")
    expect(alert).to_contain_text("Say why the figures are right all the same")
    expect(nora.locator("#name")).to_have_value(name)
    if scripts:
        assert_accessible(nora)
    nora.fill("#reason", "All practices are in.")
    nora.fill("#unverified_reason", "No other values are known.")
    for answer in nora.locator("textarea[name^='because:']").all():
        answer.fill("It closed in January.")
    nora.click("button:has-text('Propose')")
    expect(nora.locator("h1")).to_contain_text(name)
    expect(nora.get_by_text("You proposed these figures.")).to_be_visible()
    expect(nora.get_by_role("button", name="Freeze these figures")).to_have_count(0)
    if scripts:
        assert_accessible(nora)

    neil.goto(nora.url)
    expect(neil.get_by_text("It closed in January.").first).to_be_visible()
    neil.click("text=Freeze these figures")
    expect(neil.get_by_role("alert")).to_contain_text("Confirm that you have read the figures")
    neil.check("#confirm")
    neil.click("text=Freeze these figures")
    expect(neil.get_by_text("These figures are frozen.")).to_be_visible()
    neil.goto(f"{country.path}/national-figures")
    audit = neil.get_by_role("table", name="Who did what")
    expect(audit.get_by_role("row", name=f"Froze {name}")).to_contain_text("Neil National")
    expect(audit.get_by_role("row", name=f"Proposed {name}")).to_contain_text("Nora National")
    if scripts:
        assert_accessible(neil)


def test_pressed_ten_times_it_is_one_proposal_and_one_withdrawal(
    country: Country, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(NATIONAL_TEAM)
    practice = country.site.year.members[-1].practice
    page.goto(f"{country.path}/national-figures/preview?exclusions={practice}+a+care+home")
    page.fill("#name", "pressed")
    page.fill("#reason", "All practices are in.")
    page.fill("#unverified_reason", "No other values are known.")
    urls = page.evaluate(
        """async () => {
            const form = document.querySelector("form[method=post][action$='/proposals']");
            const send = () => fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))});
            return (await Promise.all(Array.from({length: 10}, send))).map(answer => `${answer.status} ${answer.url}`);
        }"""
    )
    assert len(set(urls)) == 1, urls
    assert urls[0].startswith("200 ")
    page.goto(urls[0].partition(" ")[2])
    expect(page.get_by_text(f"{practice}: a care home")).to_be_visible()
    page.click("text=Withdraw the proposal")
    expect(page.get_by_role("alert")).to_contain_text("Say why nobody should freeze these figures")
    page.fill("#withdraw_reason", "Pressed by mistake.")
    page.click("text=Withdraw the proposal")
    expect(page.get_by_text(re.compile("Pressed by mistake"))).to_be_visible()
    page.goto(f"{country.path}/national-figures")
    expect(page.get_by_role("row", name="Proposed pressed")).to_have_count(1)


def test_the_country_is_there_without_payments_and_its_pages_say_who_is_away(
    postgres_url: str, country: Country, browser: Browser, tmp_path: Path
) -> None:
    away = {"QOF_DECLARATIONS_PAYMENTS_URL": "http://127.0.0.1:9"}
    year = country.site.year
    with open_site(postgres_url, year, year.opening(), tmp_path / "api.log", settings=away) as site:
        context = browser.new_context()
        context.add_cookies([site.cookie(NATIONAL_TEAM, TOKENS[NATIONAL_TEAM])])  # type: ignore[list-item]
        page = context.new_page()
        path = f"{site.url}/national/collections/{year.collection}"
        for place in (path, f"{path}/special"):
            answer = page.goto(place)
            assert answer is not None
            assert answer.status == 200
            expect(page.get_by_text("Payments is not answering at the moment.")).to_be_visible()
            assert_accessible(page)
        answer = page.goto(f"{path}/national-figures")
        assert answer is not None
        assert answer.status == 503
        assert answer.headers["refresh"].endswith(f"url=/national/collections/{year.collection}/national-figures")
        expect(page.locator("h1")).to_have_text("Payments is not answering")
        assert_accessible(page)
        context.close()
