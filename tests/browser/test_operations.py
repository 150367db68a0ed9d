"""An operator in a browser: what is wrong, what to do, and a page that answers whatever is away."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from qof_local.directory import NATIONAL_TEAM, OPERATOR, declarer
from qof_shared.testing.plugin import Broker
from tests.browser.axe import assert_accessible
from tests.browser.figures import Year
from tests.browser.ingest import SEEING, Ingest, open_ingest, working
from tests.browser.site import Site, open_site
from tests.browser.wire import Wire, wired

pytestmark = [pytest.mark.e2e, pytest.mark.needs_postgres, pytest.mark.needs_rabbitmq, pytest.mark.timeout(300)]

SLOWLY = 60_000
"""Milliseconds: the broker's numbers are five seconds old, and the page looks every six."""


@dataclass(frozen=True)
class Running:
    """The pages, and ingest beside them; payments is not there at all."""

    site: Site
    ingest: Ingest
    wire: Wire
    """Between the pages and their database."""

    @property
    def url(self) -> str:
        return f"{self.site.url}/operations"


@pytest.fixture
def running(postgres_url: str, broker: Broker, tmp_path: Path) -> Iterator[Running]:
    year = Year(practices=6)
    with wired(postgres_url) as wire, open_ingest(postgres_url, broker, year, tmp_path) as ingest:
        settings = {"QOF_DECLARATIONS_INGEST_URL": ingest.url, "QOF_DECLARATIONS_PAYMENTS_URL": ingest.url}
        with open_site(wire.url, year, year.opening(), tmp_path / "api.log", settings=settings) as site:
            yield Running(site, ingest, wire)


@pytest.fixture
def sign_in(browser: Browser, running: Running) -> Iterator[Callable[..., Page]]:
    contexts = []

    def opened(person: str = OPERATOR, *, scripts: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 900})
        contexts.append(context)
        context.add_cookies([running.site.cookie(person, SEEING.get(person, "of somebody else"))])  # type: ignore[list-item]
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield opened
    for context in contexts:
        context.close()


def verdict(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator("#verdicts h2").first).to_contain_text(text, timeout=SLOWLY)


def test_an_operator_sees_what_is_wrong_and_that_it_is_mended(running: Running, sign_in: Callable[..., Page]) -> None:
    ingest = running.ingest
    extracts = ingest.post(range(6))
    ingest.pass_on()
    ingest.publish("calculator.extracts", [None] * 3)
    ingest.publish("payments.entitlements.dead", ["UnpayableAchievementError: no national figure for AF"] * 2)
    page = sign_in()
    page.goto(f"{running.site.url}/")
    page.click("text=How the system is")
    verdict(page, "Nothing is being calculated: no worker is connected")
    expect(page.locator("#verdicts section").first).to_contain_text("python -m qof_calculator worker")
    row = page.get_by_role("row", name=re.compile("Extracts to be calculated"))
    expect(row).to_contain_text("none")
    dead = page.get_by_role("table", name="Dead letters by queue and reason").get_by_role("row").nth(1)
    expect(dead).to_contain_text("UnpayableAchievementError: no national figure for AF", timeout=SLOWLY)
    expect(dead).to_contain_text("Freeze figures that have it")
    suppliers = page.get_by_role("table", name="Extracts by supplier and collection")
    expect(suppliers.get_by_role("row", name=re.compile("Northstar"))).to_contain_text("100%")
    assert_accessible(page)
    with working(ingest.broker):
        ingest.reject(extracts)
        verdict(page, "2 messages are dead")  # nobody pressed anything: the page looked again
        expect(page.locator(".qof-ledger")).to_contain_text(
            re.compile(r"Accepted\s*6\s*= calculated\s*0\s*\+ rejected\s*6")
        )
        expect(page.locator("#parts")).to_contain_text("It balances.")
        assert_accessible(page)
        page.set_viewport_size({"width": 375, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        assert_accessible(page)
        with running.ingest.broker.api() as client:
            vhost = running.ingest.broker.vhost
            client.delete(f"/api/queues/{vhost}/payments.entitlements.dead/contents").raise_for_status()
        verdict(page, "Everything is flowing")


def test_extracts_that_are_nowhere_break_the_ledger(running: Running, sign_in: Callable[..., Page]) -> None:
    running.ingest.post(range(3))
    running.ingest.pass_on()  # and no message anywhere
    page = sign_in(NATIONAL_TEAM)
    with working(running.ingest.broker):
        page.goto(running.url)
        verdict(page, "The ledger does not balance")
    expect(page.locator("#verdicts")).to_contain_text("3 extracts have no outcome and are in no queue")


def test_the_page_answers_whatever_is_away(running: Running, sign_in: Callable[..., Page]) -> None:
    page, plain = sign_in(), sign_in(scripts=False)
    for one in (page, plain):
        one.goto(running.url)
    running.ingest.stop()
    plain.goto(running.url)
    verdict(plain, "Ingest does not answer")
    assert "refresh" in plain.content(), "without a script it reloads by itself"
    verdict(page, "Ingest does not answer")
    expect(page.locator("#verdicts")).to_contain_text("Payments does not answer")  # it is asked at the same address
    expect(page.locator("#parts")).to_contain_text("the database of these pages")
    assert_accessible(page)

    running.ingest.environment = {**running.ingest.environment, "QOF_BROKER_MANAGEMENT_URL": "http://127.0.0.1:9"}
    running.ingest.start()
    expect(page.locator("#verdicts")).to_contain_text("RabbitMQ does not say what its queues hold", timeout=SLOWLY)
    expect(page.locator(".qof-ledger")).to_contain_text("Accepted")
    assert_accessible(page)

    running.wire.cut()
    try:
        plain.goto(running.url)
        expect(plain.locator("#verdicts")).to_contain_text("The database of declarations does not answer")
        expect(plain.locator(".qof-ledger")).to_contain_text("Accepted")
        plain.context.clear_cookies()
        plain.context.add_cookies([{"name": "qof", "value": "somebody else", "url": running.site.url}])
        answer = plain.goto(running.url)
        assert answer is not None
        assert answer.status == 503, "whom this process has not let in lately waits"
    finally:
        running.wire.mend()


def test_operators_and_practices_see_what_is_theirs(running: Running, sign_in: Callable[..., Page]) -> None:
    practice = running.site.year.members[0].practice
    page = sign_in(declarer(practice))
    page.goto(f"{running.site.url}/")
    expect(page.locator("main")).not_to_contain_text("How the system is")
    _refused(page, running.url)
    operator = sign_in()
    _refused(operator, running.site.path(practice))
    _refused(operator, f"{running.site.url}/national")


def _refused(page: Page, url: str) -> None:
    answer = page.goto(url)
    assert answer is not None
    assert answer.status in (403, 404)
