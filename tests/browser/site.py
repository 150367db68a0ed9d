"""The pages as browsers meet them: a process of declarations, figures in its database, and people signed in."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import httpx

from qof_declarations.adapters.sessions import PostgresSessions
from qof_declarations.bootstrap import create_consumers
from qof_declarations.handlers.session_ports import NewSession, SignIn
from qof_local import directory
from qof_local.receipt_keys import RECEIPT_KEY_VARIABLE, receipt_key_file
from qof_shared.contracts import Event
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import migrate
from qof_shared.db.people import record_people
from qof_shared.messaging.consumer import Apply
from qof_shared.messaging.topology import QUEUES
from qof_shared.people import Person, Role, token_digest
from tests.browser.figures import NATION, Year
from tests.e2e.system import free_port

T = TypeVar("T")
READY_SECONDS = 60


def settled(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, from a thread of its own: the browser's driver has this one's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@dataclass(slots=True)
class Site:
    """A running site of one database."""

    database: str
    url: str
    year: Year
    process: subprocess.Popen[bytes]

    def tell(self, events: Iterable[Event]) -> None:
        """Deliver events as their queues would, in this order."""
        settled(deliver(self.database, list(events)))

    def cookie(self, person: str, access_token: str | None = None) -> dict[str, Any]:
        """The cookie of a session of this person, as the browser's driver takes it; with a token for payments."""
        value = settled(sign_in(self.database, person, access_token))
        return {"name": "qof", "value": value, "url": self.url}

    def path(self, practice: str, page: str = "") -> str:
        return f"{self.url}/collections/{self.year.collection}/practices/{practice}{page}"

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


async def deliver(database: str, events: list[Event]) -> None:
    engine = create_engine(database, pool_size=2)
    try:
        await deliver_to("declarations", create_consumers(engine), events)
    finally:
        await engine.dispose()


async def deliver_to(service: str, consumers: Mapping[str, Apply], events: list[Event]) -> None:
    """Deliver to a service's consumers what its queues are bound to, in this order."""
    queue_of = {key: queue.name for queue in QUEUES if queue.service == service for key in queue.routing_keys}
    for queue, batch in groupby((event for event in events if event.name in queue_of), lambda e: queue_of[e.name]):
        await consumers[queue](queue, list(batch))


async def sign_in(database: str, person: str, access_token: str | None = None) -> str:
    engine = create_engine(database, pool_size=1)
    sessions, now, cookie = PostgresSessions(engine), datetime.now(UTC), secrets.token_urlsafe(32)
    begun = SignIn(secrets.token_hex(8), "a browser", "nonce", "verifier", "/", None, now)
    until = now + timedelta(hours=12) if access_token else None
    session = NewSession(token_digest(cookie), None, person, secrets.token_hex(16), now, access_token, until)
    try:
        await sessions.begin(begun)
        assert await sessions.finish(begun, session)
    finally:
        await engine.dispose()
    return cookie


def people_of(year: Year) -> Iterator[Person]:
    """A reader and a declarer of every practice, approvers of every commissioner, and the national team."""
    for practice in year.members:
        code = practice.practice
        yield Person(f"reader-{code}", f"Rosa Reader of {code}", Role.PRACTICE_USER, code)
        yield Person(directory.declarer(code), f"Dilys Declarer of {code}", Role.PRACTICE_DECLARER, code)
    for code in directory.invented_commissioners(year.practices, NATION):
        yield Person(directory.approver(code), f"Anwar Approver of {code}", Role.COMMISSIONER_APPROVER, code)
        yield Person(f"finance-{code}", f"Fay Finance of {code}", Role.FINANCE_APPROVER, code)
    yield Person(directory.NATIONAL_TEAM, "Nora National", Role.NATIONAL_TEAM, "")
    yield Person(directory.SECOND_OF_NATIONAL_TEAM, "Neil National", Role.NATIONAL_TEAM, "")
    yield Person(directory.OPERATOR, "Olga Operator", Role.OPERATOR, "")


async def prepare(postgres_url: str, year: Year, events: list[Event]) -> str:
    name = f"test_pages_{uuid4().hex[:12]}"
    await run_on(postgres_url, f'CREATE DATABASE "{name}"')
    database = f"{postgres_url.rpartition('/')[0]}/{name}"
    await migrate("qof_declarations", database)
    engine = create_engine(database, pool_size=1)
    async with engine.begin() as connection:
        await record_people(connection, [(person, secrets.token_hex(16)) for person in people_of(year)])
    await engine.dispose()
    await deliver(database, events)
    return database


async def run_on(postgres_url: str, sql: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@contextmanager
def open_site(
    postgres_url: str,
    year: Year,
    events: Iterable[Event],
    log: Path,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Site]:
    """A site that has had these events; gone with its database afterwards. `settings` are more of its environment."""
    database = settled(prepare(postgres_url, year, list(events)))
    port = port or free_port()
    environment = {
        **os.environ,
        "QOF_DECLARATIONS_DATABASE_URL": database,
        "QOF_DECLARATIONS_HTTP_PORT": str(port),
        RECEIPT_KEY_VARIABLE: str(receipt_key_file()),
        "QOF_BROKER_URL": "amqp://nobody@127.0.0.1:1/",  # pages need no broker
        **(settings or {}),
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "qof_declarations", "api"], env=environment, stdout=output, stderr=output
        )
    site = Site(database, f"http://127.0.0.1:{port}", year, process)
    try:
        _wait(site, log)
        yield site
    finally:
        site.stop()
        settled(run_on(postgres_url, f'DROP DATABASE "{database.rpartition("/")[2]}" WITH (FORCE)'))


def _wait(site: Site, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if httpx.get(f"{site.url}/health/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert site.process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
