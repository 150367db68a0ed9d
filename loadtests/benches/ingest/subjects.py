"""What is compared, and how does each start? As processes of their own, on a fresh database and virtual host."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.benches.ingest.figures import BARE, BULK, NAIVE, ONE_BY_ONE, OURS, RELAYED
from loadtests.benches.servers import await_port
from qof_local import pids

STOP_SECONDS = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run happens."""

    database_url: str
    broker_url: str
    port: int
    directory: Path
    """The file of `python -m qof_ingest load`."""
    logs: Path

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            **os.environ,
            "QOF_INGEST_DATABASE_URL": self.database_url,
            "QOF_BROKER_URL": self.broker_url,
            "QOF_INGEST_HTTP_PORT": str(self.port),
        }


@dataclass(frozen=True, slots=True)
class Subject:
    """One way to take extracts. None where it keeps or tells nothing."""

    name: str
    commands: Callable[[Place], Sequence[Sequence[str]]]
    """Of its processes, the server first."""
    needs_directory: bool = False
    rows: str | None = None
    """Counts what it has kept."""
    waiting: str | None = None
    """Counts what it will tell."""
    queue: str | None = None
    """Where it has told it, one message each."""
    connections: int | None = None
    """None: as many as the bench is told."""
    is_bulk: bool = False


def _ingest(*processes: str) -> Callable[[Place], Sequence[Sequence[str]]]:
    return lambda _place: [[sys.executable, "-m", "qof_ingest", process] for process in processes]


def _peer(module: str, *, servers: bool) -> Callable[[Place], Sequence[Sequence[str]]]:
    def commands(place: Place) -> Sequence[Sequence[str]]:
        urls = [place.database_url, place.broker_url] if servers else []
        return [[sys.executable, "-m", f"loadtests.benches.ingest.{module}", str(place.port), *urls]]

    return commands


KEPT = "SELECT count(*) FROM extracts"
WAITING = "SELECT count(*) FROM outbox WHERE routing_key = 'extract.accepted.v1'"

SUBJECTS = (
    Subject(BARE, _peer("bare", servers=False)),
    Subject(OURS, _ingest("api"), needs_directory=True, rows=KEPT, waiting=WAITING),
    Subject(RELAYED, _ingest("api", "relay"), needs_directory=True, rows=KEPT),
    Subject(NAIVE, _peer("naive", servers=True), rows="SELECT count(*) FROM naive_extracts", queue="naive.extracts"),
    Subject(ONE_BY_ONE, _ingest("api"), needs_directory=True, rows=KEPT, waiting=WAITING, connections=1),
    Subject(BULK, _ingest("api"), needs_directory=True, rows=KEPT, waiting=WAITING, is_bulk=True),
)


@contextmanager
def running(subject: Subject, place: Place) -> Iterator[list[int]]:
    """The subject's processes, answering; their ids, the server's first. They have ended afterwards."""
    if subject.needs_directory:
        load = [sys.executable, "-m", "qof_ingest", "load", str(place.directory)]
        subprocess.run(load, env=place.environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    started: list[subprocess.Popen[bytes]] = []
    try:
        for number, command in enumerate(subject.commands(place)):
            with (place.logs / f"{subject.name.replace(',', '').replace(' ', '-')}-{number}.log").open("ab") as log:
                process = subprocess.Popen(  # noqa: S603
                    command, env=place.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            started.append(process)
        await_port(started[0], place.port, subject.name, place.logs)
        yield [process.pid for process in started]
    finally:
        for process in reversed(started):
            if found := pids.identify(process.pid):
                pids.end(found, STOP_SECONDS)
            process.wait()
