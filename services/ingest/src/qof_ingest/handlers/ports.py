"""What the handlers need from outside, as roles; adapters play them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from qof_ingest.core.directory import Collection, Directory, Practice, Recorded
from qof_ingest.core.journey import Progress, Stage
from qof_ingest.core.waiting import Queue
from qof_shared.contracts import (
    Determination,
    DeterminationMade,
    DeterminationWithdrawn,
    Event,
    ExtractAccepted,
    new_event,
)

PracticeKey: TypeAlias = tuple[str, str]
"""(collection, practice)."""


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

    @property
    def key(self) -> PracticeKey:
        return self.collection, self.practice

    def accepted(self, extract_number: int, determinations: Sequence[Determination] = ()) -> Event:
        """What is told to the other services once the extract has its number, with what stands for its practice."""
        return _accepted(self, extract_number, determinations)


def _accepted(
    extract: "Submission | AcceptedAgain",
    extract_number: int,
    determinations: Sequence[Determination],
    causation_id: UUID | None = None,
) -> Event:
    """The event of an extract; its body goes out as it is kept."""
    return new_event(
        ExtractAccepted(
            extract_id=extract.extract_id,
            extract_number=extract_number,
            supplier=extract.supplier,
            collection=extract.collection,
            practice=extract.practice,
            nation=extract.nation,
            qof_year=extract.qof_year,
            received_at=extract.received_at,
            digest=extract.digest,
            determinations=list(determinations),
            extract=None,  # type: ignore[arg-type] # stands for the kept bytes, see `Outbox.add`
        ),
        occurred_at=extract.received_at,
        correlation_id=str(extract.extract_id),
        causation_id=causation_id,
    )


@dataclass(frozen=True, slots=True)
class Amendment:
    """Accept a practice's newest extract again: the same bytes, under an id and a number of their own."""

    extract_id: UUID
    collection: str
    practice: str
    idempotency_key: str
    because: str
    """For the supplier, who sees what was determined, not by whom, how or why."""


@dataclass(frozen=True, slots=True)
class AcceptedAgain:
    """A practice's newest extract, accepted again."""

    extract_id: UUID
    extract_number: int
    supplier: str
    collection: str
    practice: str
    nation: str
    qof_year: str
    received_at: datetime
    digest: str

    @property
    def key(self) -> PracticeKey:
        return self.collection, self.practice

    def accepted(self, determinations: Sequence[Determination], *, causation_id: UUID) -> Event:
        """What is told to the other services, as of any newer extract."""
        return _accepted(self, self.extract_number, determinations, causation_id)


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
    amends: UUID | None = None
    """The supplier's own extract that this one repeats, where it was accepted again."""
    because: str | None = None
    """Why it was accepted again, as a sentence."""


@dataclass(frozen=True, slots=True)
class WaitingExtract:
    """A supplier's own extract, and whether anything has come out of it yet."""

    collection: str
    extract_number: int
    is_waiting: bool


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


class Queues(Protocol):
    """Who waits for the calculators. Both raise UnavailableError."""

    async def look(self, collection: str) -> Queue:
        """The queue as it was at most a second ago: many share one look."""

    async def find(self, extract_id: UUID, supplier: str) -> WaitingExtract | None:
        """The supplier's own extract; None where there is none, or it is another's."""


class Waiting(Protocol):
    """Who waits, as it is written. Whoever keeps an extract has it wait in the same transaction."""

    async def come_out(self, extract_ids: Iterable[UUID], at: datetime) -> None:
        """Something came out of these extracts: those that waited wait no longer, and count for the pace, once."""

    async def forget_arrivals(self, before: datetime) -> None:
        """What came out before then tells nothing any more."""


class Journeys(Protocol):
    """Where stages are recorded."""

    async def known(self, extract_ids: Iterable[UUID]) -> set[UUID]:
        """Those of the ids that are extracts of ours."""

    async def append(self, entries: Sequence[JourneyEntry]) -> None:
        """Record stages reached. A stage is recorded once, when it was first reached; a repeat changes nothing."""


class Determinations(Protocol):
    """What people determined for practices. The newest of a kind for an indicator stands, unless it is withdrawn."""

    async def lock(self, collections: Iterable[str]) -> None:
        """Until the transaction ends, no extract of these collections is accepted, and nobody else determines."""

    async def standing(self, practices: Iterable[PracticeKey]) -> Mapping[PracticeKey, Sequence[Determination]]:
        """What stands for each of the practices that have any."""

    async def record_made(self, made: Sequence[DeterminationMade]) -> None:
        """Keep each once."""

    async def record_withdrawn(self, withdrawn: Sequence[DeterminationWithdrawn]) -> None:
        """Keep each once, whether or not the determination itself has arrived."""

    async def accept_again(self, amendments: Sequence[Amendment], *, now: datetime) -> Sequence[AcceptedAgain]:
        """Accept the newest extract of each practice that has one; a key that was used before does nothing."""


class DirectoryRecords(Protocol):
    """Where the directory is recorded."""

    async def recorded(self) -> Recorded:
        """All that is recorded; until the transaction ends, nobody else records anything."""

    async def record(self, changed: Directory, *, now: datetime) -> int:
        """Record what is new or changed; returns the directory's new revision."""


class Outgoing(Protocol):
    """Events to be told when the unit of work commits."""

    def add(self, event: Event, *, kept_id: UUID | None = None) -> None: ...


class DeterminationsUnitOfWork(Protocol):
    """What recording determinations needs of a unit of work."""

    @property
    def determinations(self) -> Determinations: ...
    @property
    def outbox(self) -> Outgoing: ...


class OutcomesUnitOfWork(Protocol):
    """What recording outcomes needs of a unit of work."""

    @property
    def journeys(self) -> Journeys: ...
    @property
    def waiting(self) -> Waiting: ...


class DirectoryUnitOfWork(Protocol):
    """What recording the directory needs of a unit of work."""

    @property
    def directory(self) -> DirectoryRecords: ...
    @property
    def outbox(self) -> Outgoing: ...
