"""What did we do, and what were we told? One line per answer, kept outside the system that is tested."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO


@dataclass(frozen=True, slots=True)
class Post:
    """One answer to one sending of an extract."""

    supplier: str
    practice: str
    body_digest: str
    status: int
    """HTTP status; 0 where no answer came."""
    extract_id: str | None = None
    """From the receipt; None without one."""
    receipt_digest: str | None = None
    """SHA-256 of the whole answer: a replay has to be the first receipt to the byte. None for a line of a bulk, whose
    answer says more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody came to sign for this practice."""

    practice: str


@dataclass(frozen=True, slots=True)
class Signature:
    """One answer to one press on *sign*."""

    practice: str
    report_digest: str
    status: int
    declaration_id: str | None = None


@dataclass(frozen=True, slots=True)
class Freeze:
    """The national team has frozen the figures."""

    snapshot_id: str
    practices: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """Somebody who was signed in was asked to sign in again, at this page."""

    person: str
    page: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A request was answered with a 5xx that does not say when to come back, or (status 0) not at all."""

    request: str
    status: int
    who: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """Somebody went without what they came for."""

    who: str
    why: str


Entry = Post | Wanted | Signature | Freeze | Dropped | Fault | NotDone
_KINDS: dict[str, type[Entry]] = {
    "post": Post,
    "wanted": Wanted,
    "signature": Signature,
    "freeze": Freeze,
    "dropped": Dropped,
    "fault": Fault,
    "not-done": NotDone,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


class Ledger:
    """Appends entries to a file as they happen, so that a run cut short can still be checked."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = file.open("w", encoding="utf-8", buffering=1)

    def add(self, entry: Entry) -> None:
        self._file.write(json.dumps({"kind": _NAMES[type(entry)], **asdict(entry)}) + "\n")

    def close(self) -> None:
        self._file.close()


def read_ledger(file: Path) -> list[Entry]:
    """All entries, in the order they were made."""
    return [_entry(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def _entry(line: dict[str, Any]) -> Entry:
    return _KINDS[line.pop("kind")](**line)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
