"""Does one sign in in a browser, with and without scripts, and is what was typed there after a sleep?"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import asyncpg
import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from qof_local import paths
from qof_local.directory import Nation, accounts_document, declarer, invented_commissioners, password
from qof_local.provider import address, keys
from tests.browser.axe import assert_accessible
from tests.browser.figures import NATION, Year
from tests.browser.site import Site, open_site, settled
from tests.e2e.system import free_port

pytestmark = [pytest.mark.needs_postgres, pytest.mark.timeout(300)]

SEED = 2013


@pytest.fixture(scope="module")
def signed_site(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a development provider of its own beside it."""
    folder, year = tmp_path_factory.mktemp("signing in"), Year()
    site_port, provider_port = free_port(), free_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("QOF_LOCAL_DIR", str(folder))
        environment.setenv(address.PORT_VARIABLE, str(provider_port))
        environment.setenv("QOF_DECLARATIONS_HTTP_PORT", str(site_port))
        paths.write_private(keys.accounts_file(), json.dumps(accounts_document(nation_of(year), SEED)))
        client = keys.client()
        settings = {
            "QOF_OIDC_ISSUER": address.issuer_url(),
            "QOF_DECLARATIONS_OIDC_CLIENT_ID": client.client_id,
            "QOF_DECLARATIONS_OIDC_CLIENT_SECRET": client.client_secret,
        }
        log = (folder / "provider.log").open("wb")
        provider = subprocess.Popen(
            [sys.executable, "-m", "qof_local.provider"], env=dict(os.environ), stdout=log, stderr=log
        )
        try:
            _wait(f"{address.issuer_url()}/health/ready", provider, folder / "provider.log")
            with open_site(postgres_url, year, year.everything(), folder / "api.log", site_port, settings) as opened:
                yield opened
        finally:
            provider.terminate()
            provider.wait(20)
            log.close()


def nation_of(year: Year) -> Nation:
    return Nation(
        nation=NATION,
        qof_year=year.qof_year,
        achievement_date=date(2013, 3, 31),
        commissioners=invented_commissioners(year.practices, NATION),
        practices=year.members,
    )


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param)
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


def first_practice(site: Site) -> str:
    return site.year.members[0].practice


def test_newcomer_signs_in_with_one_press_and_out_again(signed_site: Site, page: Page) -> None:
    page.goto(f"{signed_site.url}/")
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    page.get_by_role("button", name=re.compile("as .*, reads and signs")).click()
    page.wait_for_url(re.compile(re.escape(signed_site.url)))
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Password")).to_be_visible()


def test_person_comes_back_to_the_page_that_was_asked_for(signed_site: Site, page: Page) -> None:
    practice = first_practice(signed_site)
    wanted = signed_site.path(practice, "/report")
    _sign_in(page, wanted, declarer(practice))
    assert page.url == wanted


def test_sleeping_session_asks_for_the_password_and_goes_on(signed_site: Site, page: Page) -> None:
    practice = first_practice(signed_site)
    wanted = signed_site.path(practice, "/report")
    _sign_in(page, wanted, declarer(practice))
    settled(_put_to_sleep(signed_site.database))
    page.reload()
    expect(page.get_by_label("Password")).to_be_visible()
    _type(page, declarer(practice))
    assert page.url == wanted


def test_sign_in_pages_are_accessible(signed_site: Site, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{signed_site.url}/")
    assert_accessible(page)
    page.get_by_label("User name").fill("nobody")
    page.get_by_role("button", name="Sign in", exact=True).first.click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert_accessible(page)
    for path in ("/signed-out", "/sign-in/callback?state=x&code=y"):
        page.goto(f"{signed_site.url}{path}")
        assert_accessible(page)
    context.close()


def _sign_in(page: Page, wanted: str, account: str) -> None:
    page.goto(wanted)
    _type(page, account)


def _type(page: Page, account: str) -> None:
    page.get_by_label("User name").fill(account)
    page.get_by_label("Password").fill(password(SEED, account))
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(re.compile("/collections/"))


async def _put_to_sleep(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("UPDATE sessions SET seen_at = seen_at - interval '31 minutes'")
    await connection.close()
