"""A real Chromium, a site, and pages that somebody is signed in to."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from qof_shared.testing.plugin import need
from tests.browser.chromium import ARGUMENTS
from tests.browser.figures import Year
from tests.browser.site import Site, open_site

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for a module: its driver has the event loop of the thread, which tests of other modules need."""
    path = need("QOF_TEST_CHROMIUM", "a Chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Sixty practices whose reports are ready. Tests of a module share it: each has a practice of its own."""
    year = Year()
    with open_site(postgres_url, year, year.everything(), tmp_path_factory.mktemp("site") / "api.log") as opened:
        yield opened


@pytest.fixture
def new_page(browser: Browser, site: Site, tmp_path: Path) -> Iterator[NewPage]:
    """Opens a page as a person: `page = new_page("declarer-A81001")`; without scripts, or as wide as a phone."""
    contexts = []

    def opened(person: str | None = None, *, scripts: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 900})
        contexts.append(context)
        if person:
            context.add_cookies([site.cookie(person)])  # type: ignore[list-item]
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield opened
    for context in contexts:
        context.close()
