"""Every page at desktop and phone width, to be looked at: `python -m tests.browser.screenshots FOLDER [WORDS]`.

It needs PostgreSQL, RabbitMQ and a Chromium (QOF_TEST_POSTGRES_URL, QOF_TEST_BROKER_URL, QOF_TEST_MANAGEMENT_URL,
QOF_TEST_CHROMIUM). With WORDS it takes only pages that have one of them in their name. It ends with 1 where a page was
not answered as it should be, is wider than the phone, or is something that axe-core finds fault with.
"""

import html
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from playwright.sync_api import Browser, Page, sync_playwright

from qof_local import paths
from qof_local.directory import (
    Nation,
    accounts_document,
    invented_commissioners,
)
from qof_local.provider import address, keys
from qof_shared.testing.plugin import open_broker
from tests.browser import staged
from tests.browser.axe import violations
from tests.browser.chromium import ARGUMENTS
from tests.browser.figures import NATION, Year
from tests.browser.ingest import SEEING, open_ingest
from tests.browser.payments import TOKENS, Payments, open_payments
from tests.browser.shots import Shot, shots
from tests.browser.site import Site, open_site
from tests.browser.whole import running_provider
from tests.e2e.system import free_port

WIDTHS = {"desktop": 1280, "phone": 375}
SEED = 1
KNOWN: dict[str, str] = {**SEEING, **TOKENS}
"""Access tokens that payments or ingest know."""

HEAD = (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Every page</title><style>body{font-family:sans-serif;'
    "margin:2rem}img{vertical-align:top;border:1px solid #aaa;margin:4px}</style>"
)


@dataclass
class Stage:
    """Everything that runs while pages are looked at."""

    site: Site
    payments: Payments
    proposal: str
    """Of national figures, open."""


@contextmanager
def open_stage(postgres_url: str, folder: Path) -> Iterator[Stage]:
    """The staged site with a provider and payments; figures are frozen there, and others are proposed."""
    year = staged.STAGED
    site_port, provider_port = free_port(), free_port()
    own = {
        "QOF_LOCAL_DIR": str(folder / "local"),
        address.PORT_VARIABLE: str(provider_port),
        "QOF_DECLARATIONS_HTTP_PORT": str(site_port),
    }
    commissioners = invented_commissioners(year.practices, NATION)
    nation = Nation(NATION, year.qof_year, date(2013, 3, 31), commissioners, year.members)
    known = [*year.opening(), *(year.sums(index) for index in range(year.practices - 1))]
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, own))
        paths.write_private(keys.accounts_file(), json.dumps(accounts_document(nation, SEED)))
        client = keys.client()
        payments = stack.enter_context(open_payments(postgres_url, known, folder / "payments.log"))
        stack.enter_context(running_provider(folder / "provider.log"))
        ingest = stack.enter_context(open_ingest(postgres_url, stack.enter_context(open_broker()), year, folder))
        staged.put_to_work(ingest)
        settings = {
            "QOF_OIDC_ISSUER": address.issuer_url(),
            "QOF_DECLARATIONS_OIDC_CLIENT_ID": client.client_id,
            "QOF_DECLARATIONS_OIDC_CLIENT_SECRET": client.client_secret,
            "QOF_DECLARATIONS_PAYMENTS_URL": payments.url,
            "QOF_DECLARATIONS_INGEST_URL": ingest.url,
        }
        site = stack.enter_context(
            open_site(postgres_url, year, staged.staged_events(), folder / "api.log", site_port, settings)
        )
        staged.stage(site)
        yield Stage(site, payments, _propose(payments, year))


def _propose(payments: Payments, year: Year) -> str:
    """Figures are frozen, everybody is paid by them, and then others are proposed."""
    first = payments.propose(year, "2012-13 provisional", {})
    payments.freeze(year, first)
    return payments.propose(year, "2012-13 final", {year.members[staged.READY].practice: "a care home"})


def take(
    stage: Stage,
    browser: Browser,
    folder: Path,
    is_wanted: Callable[[Shot], bool],
    widths: Mapping[str, int] = WIDTHS,
) -> tuple[list[Shot], list[str]]:
    """Take them; returns what was taken, and what is wrong with a page. axe-core looks at the phone's, as it takes
    seconds for a long page and its rules know no widths."""
    taken, wrong = [], []
    cookies: dict[str, Any] = {}
    for shot in shots(stage.site, stage.proposal):
        if not is_wanted(shot):
            continue
        for width, pixels in widths.items():
            context = browser.new_context(viewport={"width": pixels, "height": 900})
            if shot.person:
                if shot.person not in cookies:
                    token = KNOWN.get(shot.person, "of somebody else")
                    cookies[shot.person] = stage.site.cookie(shot.person, token)
                context.add_cookies([cookies[shot.person]])
            page = context.new_page()
            page.set_default_timeout(10_000)
            try:
                faults = [*_faults(page, stage.site.url, shot), *(violations(page) if width == "phone" else ())]
                wrong += [f"{shot.name}, {width}: {fault}" for fault in faults]
                page.screenshot(path=folder / file_of(shot, width), full_page=True)
            except Exception as error:
                wrong.append(f"{shot.name}, {width}: {str(error).splitlines()[0]}")
            context.close()
        taken.append(shot)
    return taken, wrong


def _faults(page: Page, url: str, shot: Shot) -> Iterator[str]:
    answer = page.goto(f"{url}{shot.path}", wait_until="load")
    assert answer is not None
    if answer.status != shot.status:
        yield f"answered {answer.status} instead of {shot.status}"
    if shot.act:
        shot.act(page)
    too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if too_wide > 0:
        yield f"{too_wide} pixels wider than the window"


def file_of(shot: Shot, width: str) -> str:
    return f"{shot.name.replace(', ', '--').replace(' ', '-')}-{width}.png"


def index_of(taken: list[Shot], wrong: list[str]) -> str:
    """A page of all pages."""
    faults = "".join(f"<li>{html.escape(fault)}</li>" for fault in wrong)
    return (
        f"{HEAD}<h1>Every page</h1><p>{len(taken)} pages, {len(wrong)} things wrong.</p><ul>{faults}</ul>"
        f"{''.join(map(_pictures_of, taken))}</html>"
    )


def _pictures_of(shot: Shot) -> str:
    name, path, person = (html.escape(text) for text in (shot.name, shot.path, shot.person or "nobody"))
    pictures = " ".join(
        f'<a href="{file_of(shot, width)}"><img loading="lazy" alt="{name}, {width}" width="{pixels // 3}" '
        f'src="{file_of(shot, width)}"></a>'
        for width, pixels in WIDTHS.items()
    )
    return f"<h2>{name}</h2><p><code>{path}</code> as {person}</p><p>{pictures}</p>"


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(".local") / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    words = sys.argv[2:]
    with (
        tempfile.TemporaryDirectory() as kept,
        open_stage(os.environ["QOF_TEST_POSTGRES_URL"], Path(kept)) as stage,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=os.environ["QOF_TEST_CHROMIUM"], args=ARGUMENTS)
        taken, wrong = take(stage, browser, folder, lambda shot: not words or any(word in shot.name for word in words))
        browser.close()
    (folder / "index.html").write_text(index_of(taken, wrong), encoding="utf-8")
    print("\n".join([*wrong, f"{len(taken)} pages in {folder}/index.html, {len(wrong)} things wrong"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
