"""Payments beside the pages: a process of its API, with the same year in a database of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from qof_local.directory import NATIONAL_TEAM, SECOND_OF_NATIONAL_TEAM
from qof_payments.bootstrap import create_consumers
from qof_shared.contracts import EntitlementsDue, Event, new_event
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import migrate
from qof_shared.db.people import record_people
from qof_shared.people import Person, Role
from tests.browser.figures import Year
from tests.browser.site import READY_SECONDS, deliver_to, run_on, settled
from tests.e2e.system import free_port

TOKENS: Mapping[str, str] = {
    NATIONAL_TEAM: "browser-test-token-of-nora-national",
    SECOND_OF_NATIONAL_TEAM: "browser-test-token-of-neil-national",
}
"""What a session holds as access token, so that payments knows the person."""


@dataclass(slots=True)
class Payments:
    """A running API of payments."""

    database: str
    url: str
    process: subprocess.Popen[bytes]

    def tell(self, events: Iterable[Event]) -> None:
        """Deliver events as their queues would, in this order."""
        settled(_deliver(self.database, list(events)))

    def propose(self, year: Year, name: str, exclusions: Mapping[str, str]) -> str:
        """The first of the national team proposes figures, with a reason for whatever stops; returns the proposal."""
        body: dict[str, Any] = {"exclusions": [{"practice": one, "reason": why} for one, why in exclusions.items()]}
        with self._as(NATIONAL_TEAM, year) as client:
            preview = client.post("previews", json=body).raise_for_status().json()
            body |= {
                "name": name,
                "reason": "All practices that can be are in.",
                "unverified_reason": "No other values are known.",
                "acknowledgements": {
                    one["finding"]: "It closed in January." for one in preview["findings"] if one["severity"] == "stop"
                },
            }
            return str(client.post("proposals", json=body).raise_for_status().json()["proposal_id"])

    def freeze(self, year: Year, proposal: str) -> None:
        """The second one freezes them, and everybody is paid by them."""
        with self._as(SECOND_OF_NATIONAL_TEAM, year) as client:
            frozen = client.post(f"proposals/{proposal}/freeze").raise_for_status().json()
        due = EntitlementsDue(
            snapshot_id=UUID(frozen["snapshot_id"]),
            collection=year.collection,
            practices=[member.practice for member in year.members],
        )
        self.tell([new_event(due, occurred_at=year.at, correlation_id=proposal)])

    def _as(self, person: str, year: Year) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self.url}/v1/collections/{year.collection}/national-figures/",
            headers={"Authorization": f"Bearer {TOKENS[person]}"},
            timeout=60,
        )

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@contextmanager
def open_payments(postgres_url: str, events: Iterable[Event], log: Path) -> Iterator[Payments]:
    """Payments that has had these events; gone with its database afterwards."""
    database = settled(_prepare(postgres_url, list(events)))
    port = free_port()
    environment = {
        **os.environ,
        "QOF_PAYMENTS_DATABASE_URL": database,
        "QOF_PAYMENTS_HTTP_PORT": str(port),
        "QOF_BROKER_URL": "amqp://nobody@127.0.0.1:1/",
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "qof_payments", "api"], env=environment, stdout=output, stderr=output
        )
    payments = Payments(database, f"http://127.0.0.1:{port}", process)
    try:
        _wait(payments, log)
        yield payments
    finally:
        if process.poll() is None:
            payments.stop()
        settled(run_on(postgres_url, f'DROP DATABASE "{database.rpartition("/")[2]}" WITH (FORCE)'))


async def _prepare(postgres_url: str, events: list[Event]) -> str:
    name = f"test_payments_{uuid4().hex[:12]}"
    await run_on(postgres_url, f'CREATE DATABASE "{name}"')
    database = f"{postgres_url.rpartition('/')[0]}/{name}"
    await migrate("qof_payments", database)
    engine = create_engine(database, pool_size=1)
    people = [(Person(code, code, Role.NATIONAL_TEAM, ""), token) for code, token in TOKENS.items()]
    async with engine.begin() as connection:
        await record_people(connection, people)
    await engine.dispose()
    await _deliver(database, events)
    return database


async def _deliver(database: str, events: list[Event]) -> None:
    engine = create_engine(database, pool_size=2)
    try:
        await deliver_to("payments", create_consumers(engine), events)
    finally:
        await engine.dispose()


def _wait(payments: Payments, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if httpx.get(f"{payments.url}/health/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert payments.process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
