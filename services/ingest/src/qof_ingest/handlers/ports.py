"""What the handlers need from outside, as roles; adapters play them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from qof_ingest.core.directory import Collection, Directory, Practice, Recorded
from qof_ingest.core.journey import Progress, Stage
from qof_shared.contracts import Event, ExtractAccepted, new_event


class UnavailableError(Exception):
    """The database is away. Nobody's request is at fault; the same one may be sent again, whatever became of it."""


class BusyError(Exception):
    """More extracts are waiting to be written than we are willing to hold in memory."""


class BacklogError(BusyError):
    """More extracts are waiting to be told to the other services than we are willing to hold in the database."""


@dataclass(frozen=True, slots=True)
class Submission:
    """An extract that passed every rule, ready to be kept."""

    extract_id: UUID
    supplier: str
    idempotency_key: str
    collection: str
    practice: str
    nation: str
    qof_year: str
    received_at: datetime
    digest: str
    """SHA-256, hexadecimal, of `body`."""
    body: bytes
    """The extract, byte for byte as it was received."""

    def accepted(self, extract_number: int) -> Event:
        """What is told to the other services once the extract has its number; its body goes out as it is kept."""
        return new_event(
            ExtractAccepted(
                extract_id=self.extract_id,
                extract_number=extract_number,
                supplier=self.supplier,
                collection=self.collection,
                practice=self.practice,
                nation=self.nation,
                qof_year=self.qof_year,
                received_at=self.received_at,
                digest=self.digest,
                extract=None,  # type: ignore[arg-type] # stands for the kept bytes, see `Outbox.add`
            ),
            occurred_at=self.received_at,
            correlation_id=str(self.extract_id),
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an extract is safe. It exists only once the extract and its outgoing event are committed."""

    extract_id: UUID
    extract_number: int
    collection: str
    practice: str
    digest: str
    received_at: datetime
    is_replay: bool = False
    """True where the extract was there before this request: the first answer, told again."""


@dataclass(frozen=True, slots=True)
class JourneyEntry:
    """A stage that an extract has reached, when, and what there is to know about it."""

    extract_id: UUID
    stage: Stage
    at: datetime
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TrackedExtract:
    """A kept extract and what has become of it so far."""

    receipt: Receipt
    journey: Sequence[JourneyEntry]
    """The stages after acceptance."""
    superseded_by: UUID | None
    """The newest extract of the same practice and collection, where that is another one."""


class Intake(Protocol):
    """Where extracts are kept."""

    def submit(self, submission: Submission) -> "asyncio.Future[Receipt]":
        """Have an extract and its event kept; the receipt is there after the commit.

        Where the supplier used the key before, nothing is kept and the receipt is the first one, whatever its digest.
        The future raises UnavailableError or BusyError. Cancelled, it stops nothing that has begun.
        """

    async def find(self, supplier: str, idempotency_key: str) -> Receipt | None:
        """The receipt given for this key, marked as a replay; None where the key is new. Raises UnavailableError."""


class KnownDirectory(Protocol):
    """Who exists, as of now. All raise UnavailableError where that cannot be known."""

    async def supplier_with_token(self, token: str) -> str | None: ...
    async def practice(self, code: str) -> Practice | None: ...
    async def collection(self, code: str) -> Collection | None: ...


class Extracts(Protocol):
    """Kept extracts as their supplier may read them. All raise UnavailableError."""

    async def tracked(self, extract_id: UUID, supplier: str) -> TrackedExtract | None:
        """The supplier's own extract; None where there is none, or it is another's."""

    async def progress(self, collection: str, supplier: str) -> Progress: ...


class Journeys(Protocol):
    """Where stages are recorded."""

    async def known(self, extract_ids: Iterable[UUID]) -> set[UUID]:
        """Those of the ids that are extracts of ours."""

    async def append(self, entries: Sequence[JourneyEntry]) -> None:
        """Record stages reached. A stage is recorded once, when it was first reached; a repeat changes nothing."""


class DirectoryRecords(Protocol):
    """Where the directory is recorded."""

    async def recorded(self) -> Recorded:
        """All that is recorded; until the transaction ends, nobody else records anything."""

    async def record(self, changed: Directory, *, now: datetime) -> int:
        """Record what is new or changed; returns the directory's new revision."""


class Outgoing(Protocol):
    """Events to be told when the unit of work commits."""

    def add(self, event: Event) -> None: ...


class OutcomesUnitOfWork(Protocol):
    """What recording outcomes needs of a unit of work."""

    @property
    def journeys(self) -> Journeys: ...


class DirectoryUnitOfWork(Protocol):
    """What recording the directory needs of a unit of work."""

    @property
    def directory(self) -> DirectoryRecords: ...
    @property
    def outbox(self) -> Outgoing: ...
