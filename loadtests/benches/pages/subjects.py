"""What is compared, and how does each start? As processes of their own, each on a fresh copy of the database."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.benches.pages.bare import ROWS_KEPT
from loadtests.benches.pages.figures import AGAIN, BARE_INSERT, BARE_PAGE, OWN, SIGN_API, SIGN_PAGE
from loadtests.benches.pages.requests import read_report, sign_by_api, sign_on_page
from loadtests.benches.pages.year import Prepared, Reader
from loadtests.benches.servers import await_port
from qof_local import pids
from qof_local.receipt_keys import RECEIPT_KEY_VARIABLE, receipt_key_file

STOP_SECONDS = 40
UNUSED_BROKER = "amqp://nobody@127.0.0.1:1/"
"""Pages and signatures need no broker: what is signed is told from the outbox."""

WARM_UP = 100
READ_AGAIN = 150
"""Reports that are read again and again: fewer than a process remembers."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run happens."""

    database_url: str
    port: int
    page_bytes: int
    """Of one of our report pages."""
    logs: Path

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            **os.environ,
            "QOF_DECLARATIONS_DATABASE_URL": self.database_url,
            "QOF_DECLARATIONS_HTTP_PORT": str(self.port),
            "QOF_BROKER_URL": UNUSED_BROKER,
            # The door would ask some of those who never rest to come back; what it does is another bench's affair.
            "QOF_DECLARATIONS_REQUESTS_IN_HAND": "0",
            RECEIPT_KEY_VARIABLE: str(receipt_key_file()),
        }


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that answers."""

    name: str
    command: Callable[[Place], Sequence[str]]
    request: Callable[[Reader, str], bytes]
    status: int
    """Of every answer."""
    rows: str | None = None
    """Counts what it has kept: one row for each request."""
    is_again: bool = False
    """The same few reports, over and over."""

    def warm_up(self, prepared: Prepared) -> list[bytes]:
        """Requests before what is measured, of practices that are not asked about later, where not the same."""
        readers = prepared.readers[WARM_UP : WARM_UP + READ_AGAIN] if self.is_again else prepared.readers[:WARM_UP]
        return [self.request(reader, prepared.collection) for reader in readers]

    def measured(self, prepared: Prepared) -> list[bytes]:
        """One request of each practice; or as many of a few."""
        readers = prepared.readers[WARM_UP:]
        if self.is_again:
            readers = [readers[number % READ_AGAIN] for number in range(len(readers))]
        return [self.request(reader, prepared.collection) for reader in readers]


def _ours(_place: Place) -> Sequence[str]:
    return [sys.executable, "-m", "qof_declarations", "api"]


def _bare(kind: str) -> Callable[[Place], Sequence[str]]:
    def command(place: Place) -> Sequence[str]:
        argument = str(place.page_bytes) if kind == "page" else place.database_url
        return [sys.executable, "-m", "loadtests.benches.pages.bare", kind, str(place.port), argument]

    return command


SIGNED = "SELECT count(DISTINCT practice) FROM declarations WHERE state = 'signed'"

SUBJECTS = (
    Subject(BARE_PAGE, _bare("page"), read_report, 200),
    Subject(OWN, _ours, read_report, 200),
    Subject(AGAIN, _ours, read_report, 200, is_again=True),
    Subject(BARE_INSERT, _bare("insert"), sign_on_page, 303, rows=ROWS_KEPT),
    Subject(SIGN_PAGE, _ours, sign_on_page, 303, rows=SIGNED),
    Subject(SIGN_API, _ours, sign_by_api, 201, rows=SIGNED),
)


def chosen(subjects: Sequence[Subject], words: str) -> list[Subject]:
    """Those whose name has one of `words` in it; all without words."""
    return [subject for subject in subjects if not words or any(word in subject.name for word in words.split())]


@contextmanager
def running(subject: Subject, place: Place) -> Iterator[int]:
    """The subject's process, answering; its id. It has ended afterwards."""
    log_file = place.logs / f"{subject.name.replace(',', '').replace(' ', '-')}.log"
    with log_file.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            subject.command(place), env=place.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        await_port(process, place.port, subject.name, log_file)
        yield process.pid
    finally:
        if found := pids.identify(process.pid):
            pids.end(found, STOP_SECONDS)
        process.wait()
