"""Ingest beside the pages: a process of its API, with a broker of its own that real messages wait in."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import aio_pika
import httpx
from aio_pika.abc import AbstractIncomingMessage

from qof_ingest.bootstrap import create_consumers, load
from qof_local.directory import (
    NATIONAL_TEAM,
    OPERATOR,
    Nation,
    directory_document,
    invented_commissioners,
    people_document,
    token,
)
from qof_shared.contracts import Event, ExtractRejected, Fault, new_event
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import migrate
from qof_shared.messaging.broker import ensure_topology, open_connection
from qof_shared.messaging.publishing import REASON_HEADER, Publisher
from qof_shared.messaging.topology import QUEUES
from qof_shared.testing.plugin import Broker
from tests.browser.figures import NATION, Year
from tests.browser.site import READY_SECONDS, deliver_to, run_on, settled
from tests.e2e.system import free_port

SEED = 1
COLLECTION = "QOF-2012-13-ENGLAND"
SEEING: Mapping[str, str] = {OPERATOR: token(SEED, OPERATOR), NATIONAL_TEAM: token(SEED, NATIONAL_TEAM)}
"""What a session holds as access token, so that ingest knows the person."""


@dataclass(slots=True)
class Ingest:
    """A running API of ingest. `environment` is what its process was told."""

    database: str
    url: str
    year: Year
    broker: Broker
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes]

    def post(self, indexes: Sequence[int]) -> list[UUID]:
        """An extract of each of these practices is accepted, from its own supplier."""
        found = []
        with httpx.Client(base_url=self.url, timeout=60) as client:
            for index in indexes:
                member = self.year.members[index]
                document = {
                    "practice": member.practice,
                    "collection": COLLECTION,
                    "achievement_date": "2013-03-31",
                    "list_size": 5_000 + index,
                    "registers": {},
                    "indicators": [{"indicator": "AF01"}],
                }
                headers = {"Authorization": f"Bearer {token(SEED, member.supplier)}"}
                answer = client.post("/v1/extracts", json=document, headers=headers).raise_for_status()
                found.append(UUID(answer.json()["extract_id"]))
        return found

    def reject(self, extracts: Sequence[UUID]) -> None:
        """The calculator's word on these extracts arrives."""
        settled(_deliver(self.database, [_rejected(one) for one in extracts]))

    def pass_on(self) -> None:
        """What a relay would do with the outbox, without the messages."""
        settled(run_on(self.database, "DELETE FROM outbox"))

    def publish(self, queue: str, reasons: Sequence[str | None]) -> None:
        """A message on this queue for each of the reasons; one without a reason is sound."""
        settled(_publish(self.broker, queue, reasons))

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def start(self) -> None:
        self.process = _started(self.environment, self.log)
        _wait(self)


@contextmanager
def open_ingest(postgres_url: str, broker: Broker, year: Year, folder: Path) -> Iterator[Ingest]:
    """Ingest that knows the year's practices, and who may see its running; gone with its database afterwards."""
    database = settled(_prepare(postgres_url, broker, year, folder))
    port = free_port()
    environment = {
        **os.environ,
        "QOF_INGEST_DATABASE_URL": database,
        "QOF_INGEST_HTTP_PORT": str(port),
        "QOF_BROKER_URL": broker.url,
        "QOF_BROKER_MANAGEMENT_URL": broker.management_url,
    }
    log = folder / "ingest.log"
    ingest = Ingest(database, f"http://127.0.0.1:{port}", year, broker, environment, log, _started(environment, log))
    try:
        _wait(ingest)
        yield ingest
    finally:
        ingest.stop()
        settled(run_on(postgres_url, f'DROP DATABASE "{database.rpartition("/")[2]}" WITH (FORCE)'))


@contextmanager
def working(broker: Broker) -> Iterator[None]:
    """A worker on every queue, which takes what comes and is done with it."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(_work(broker, stop),))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


async def _work(broker: Broker, stop: asyncio.Event) -> None:
    async def done(message: AbstractIncomingMessage) -> None:
        await message.ack()

    connection = await aio_pika.connect(broker.url)
    channel = await connection.channel()
    for queue in QUEUES:
        await (await channel.get_queue(queue.name, ensure=False)).consume(done)
    await stop.wait()
    await connection.close()


def _started(environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "qof_ingest", "api"], env=dict(environment), stdout=output, stderr=output
        )


async def _prepare(postgres_url: str, broker: Broker, year: Year, folder: Path) -> str:
    name = f"test_ingest_{uuid4().hex[:12]}"
    await run_on(postgres_url, f'CREATE DATABASE "{name}"')
    database = f"{postgres_url.rpartition('/')[0]}/{name}"
    await migrate("qof_ingest", database)
    commissioners = invented_commissioners(year.practices, NATION)
    nation = Nation(NATION, year.qof_year, date(2013, 3, 31), commissioners, year.members)
    engine = create_engine(database, pool_size=1)
    documents = {
        "directory.json": directory_document(nation, COLLECTION, SEED),
        "people.json": people_document(nation, SEED),
    }
    for file, document in documents.items():
        (folder / file).write_text(json.dumps(document))
        await load(engine, folder / file)
    await engine.dispose()
    await run_on(database, "DELETE FROM outbox")
    async with open_connection(broker.url, name="browser test") as connection:
        await ensure_topology(connection)
    return database


async def _publish(broker: Broker, queue: str, reasons: Sequence[str | None]) -> None:
    async with open_connection(broker.url, name="browser test") as connection:
        publisher = await Publisher.open(connection)
        for reason in reasons:
            headers: dict[str, object] = {REASON_HEADER: reason} if reason else {}
            await publisher.send_to_queue(queue, b"{}", str(uuid4()), headers)


async def _deliver(database: str, events: list[Event]) -> None:
    engine = create_engine(database, pool_size=2)
    try:
        await deliver_to("ingest", create_consumers(engine), events)
    finally:
        await engine.dispose()


def _rejected(extract_id: UUID) -> Event:
    content = ExtractRejected(
        extract_id=extract_id,
        extract_number=1,
        collection=COLLECTION,
        practice="of the extract",
        ruleset="england-2012-13",
        rejected_at=datetime.now(UTC),
        reasons=[Fault(pointer="/indicators/0", rule="indicator-unknown", message="Leave it out.")],
    )
    return new_event(content, occurred_at=datetime.now(UTC), correlation_id=str(extract_id))


def _wait(ingest: Ingest) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if httpx.get(f"{ingest.url}/health/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert ingest.process.poll() is None, ingest.log.read_text()
        assert time.monotonic() < deadline, ingest.log.read_text()
        time.sleep(0.1)
