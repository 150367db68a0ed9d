"""A whole OpenQOF with pages: every process of all four services, and the development provider to sign in with."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page

from qof_local import paths
from qof_local.directory import accounts_document, password
from qof_local.provider import address, keys
from qof_shared.db.migrate import migrate
from qof_shared.testing.plugin import Broker
from tests.browser.site import READY_SECONDS, run_on, settled
from tests.e2e.nation import COLLECTION, SEED, SmallNation
from tests.e2e.system import SERVICES, System, free_port, running

OTHERS = ("ingest", "calculator", "payments")
"""The services that no page of a practice asks."""


@dataclass
class Whole:
    """A running system, its nation, and browsers of its people."""

    system: System
    nation: SmallNation
    browser: Browser

    @property
    def url(self) -> str:
        return self.system.url("declarations")

    def path(self, number: int, page: str = "") -> str:
        """A page of the practice of this number."""
        return f"{self.url}/collections/{COLLECTION}/practices/{self.nation.people.practices[number].practice}{page}"

    def sign_in(self, person: str, wanted: str) -> Page:
        """A browser of this person at a page, after typing name and password into the provider's page."""
        page = self.browser.new_context().new_page()
        page.set_default_timeout(20_000)
        page.goto(wanted)
        page.wait_for_url(re.compile(re.escape(address.issuer_url())))
        page.get_by_label("User name").fill(person)
        page.get_by_label("Password").fill(password(SEED, person))
        page.get_by_label("Password").press("Enter")
        page.wait_for_url(re.compile(re.escape(self.url)))
        return page

    def stop_others(self) -> None:
        """Ingest, the calculator and payments go, every process of theirs."""
        for name, process in self.system.processes.items():
            if name.startswith(OTHERS):
                process.terminate()
                process.wait(30)


@contextmanager
def open_whole(postgres_url: str, broker: Broker, browser: Browser, folder: Path, *, practices: int) -> Iterator[Whole]:
    """All of it, with everybody known and nothing sent yet; gone with its databases afterwards."""
    nation = SmallNation(practices)
    with running_with_provider(postgres_url, broker, folder, nation) as system:
        yield Whole(system, nation, browser)


@contextmanager
def running_with_provider(postgres_url: str, broker: Broker, folder: Path, nation: SmallNation) -> Iterator[System]:
    """Every process and the provider, with everybody of the nation known and nothing sent yet."""
    databases: dict[str, str] = {}
    try:
        for service in SERVICES:
            databases[service] = settled(_database(postgres_url, service))
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("QOF_LOCAL_DIR", str(folder / "local"))
            system = System(databases, broker, folder)
            environment.setenv(address.PORT_VARIABLE, str(free_port()))
            environment.setenv("QOF_DECLARATIONS_HTTP_PORT", str(system.ports["declarations"]))
            introduce(system, nation, folder)
            with running_provider(folder / "provider.log"), running(system, calculators=1):
                yield system
    finally:
        for url in databases.values():
            settled(run_on(postgres_url, f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)'))


def introduce(system: System, nation: SmallNation, folder: Path) -> None:
    """Everybody is known, to the services and to the provider, and the services know the provider."""
    paths.write_private(keys.accounts_file(), json.dumps(accounts_document(nation.people, SEED)))
    client = keys.client()
    system.extra_environment |= {
        "QOF_OIDC_ISSUER": address.issuer_url(),
        "QOF_DECLARATIONS_OIDC_CLIENT_ID": client.client_id,
        "QOF_DECLARATIONS_OIDC_CLIENT_SECRET": client.client_secret,
        "QOF_DECLARATIONS_PAYMENTS_URL": system.url("payments"),
    }
    directory_file, people_file = nation.write(folder)
    system.command("ingest", "load", str(directory_file))
    system.command("ingest", "load", str(people_file))
    system.command("payments", "load", str(people_file))
    system.command("declarations", "load", str(people_file))


@contextmanager
def running_provider(log: Path) -> Iterator[None]:
    """The development provider as the environment describes it; its log is kept in `log`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "qof_local.provider"], env=dict(os.environ), stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _is_ready(f"{address.issuer_url()}/health/ready"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


async def _database(postgres_url: str, service: str) -> str:
    name = f"test_whole_{service}_{uuid4().hex[:8]}"
    await run_on(postgres_url, f'CREATE DATABASE "{name}"')
    url = f"{postgres_url.rpartition('/')[0]}/{name}"
    await migrate(f"qof_{service}", url)
    return url
