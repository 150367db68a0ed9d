"""What payments' handlers need from outside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from qof_payments.core.national import NationalFigures
from qof_payments.core.parameters import Parameters
from qof_payments.core.statement import PointsLine
from qof_payments.handlers.money_ports import MoneyFacts
from qof_payments.handlers.proposal_ports import Declarations, Proposals
from qof_payments.handlers.standing import Standing
from qof_shared.contracts import (
    AppliedDetermination,
    CollectionRecord,
    DirectoryRecorded,
    EntitlementCalculated,
    Event,
    PaymentInstructed,
)


@dataclass(frozen=True, slots=True)
class PracticeAchievement:
    """What payments keeps of a practice's newest achievement: all that money needs."""

    collection: str
    practice: str
    nation: str
    qof_year: str
    extract_id: UUID
    extract_number: int
    list_size: int
    registers: Mapping[str, int]
    points: tuple[PointsLine, ...]
    services: tuple[str, ...] = ()
    """Groups whose points were kept in lines of their own, for the year pays them by their target populations."""
    unverified_indicators: tuple[str, ...] = ()
    """Indicators with points whose rules carry the mark."""
    determinations: tuple[AppliedDetermination, ...] = ()
    achievement_date: date | None = None
    """The day it was counted at; None: told by a release that did not say it."""


class ReportedRegisters(NamedTuple):
    """A practice's registers as they are kept, for a freeze to read."""

    practice: str
    list_size: int
    registers: bytes
    """JSON object, register -> patients: nine thousand are not decoded where other work waits for it."""
    achievement_date: date | None = None
    """The day it was counted at; None: kept by a release that was not told."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """National figures frozen under a name. `number` grows with every freeze of the collection."""

    snapshot_id: UUID
    collection: str
    number: int
    name: str
    digest: str
    figures: NationalFigures
    parameters_id: str
    parameters_digest: str
    frozen_at: datetime
    frozen_by: str
    reason: str
    proposal_id: UUID | None = None
    """None, and the others empty: frozen by a release that asked one person."""
    proposed_by: str = ""
    exclusions: Mapping[str, str] = field(default_factory=dict)
    """Practice -> reason."""
    acknowledgements: Mapping[str, str] = field(default_factory=dict)
    """Finding -> reason why the figures are right all the same."""
    unverified_reason: str = ""
    """Why they may be paid by though some value is not certain."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many practices a collection asks, and how many of them have an achievement."""

    practices: int
    achievements: int


ParametersOf = Callable[[str, str], Parameters]
"""Money parameters of a nation and QOF year; raises core.parameters.UnknownParametersError where there are none."""


class Directory(Protocol):
    async def record(self, directory: DirectoryRecorded) -> None: ...
    async def open_collection(self, collection: CollectionRecord) -> None: ...
    async def collection(self, collection: str) -> CollectionRecord | None: ...

    async def collection_of(self, nation: str, qof_year: str) -> str | None:
        """The code of a nation's collection of a year; of several the one whose figures were frozen last."""

    async def suppliers(self, nation: str) -> Mapping[str, str]:
        """Practice -> supplier, of every practice of the nation."""


class Achievements(Protocol):
    async def keep_newest(self, achievements: Sequence[PracticeAchievement]) -> list[PracticeAchievement]:
        """Keep those newer than what is there; return exactly them."""

    async def of_practices(self, collection: str, practices: Sequence[str]) -> list[PracticeAchievement]: ...

    async def registers(self, collection: str) -> Sequence[ReportedRegisters]:
        """Of every practice with an achievement, by practice."""

    async def completeness(self, collection: str) -> Completeness: ...

    async def unverified_indicators(self, collection: str) -> list[str]:
        """Indicators that pay points to somebody though their rules carry the mark, in alphabetical order."""


class NationalFiguresStore(Protocol):
    async def lock_shared(self, collections: Sequence[str]) -> None:
        """Hold off a freeze of these collections until this transaction ends."""

    async def lock(self, collection: str) -> None:
        """Hold off achievements of the collection until this transaction ends."""

    async def newest(self, collection: str) -> Snapshot | None: ...
    async def by_id(self, snapshot_id: UUID) -> Snapshot | None: ...
    async def by_name(self, collection: str, name: str) -> Snapshot | None: ...
    async def all(self, collection: str) -> list[Snapshot]: ...
    async def add(self, snapshot: Snapshot) -> None: ...


class Entitlements(Protocol):
    async def add(self, entitlements: Sequence[EntitlementCalculated]) -> list[EntitlementCalculated]:
        """Add those not there yet; return exactly them. An entitlement never changes."""

    async def by_id(self, entitlement_id: UUID) -> EntitlementCalculated | None: ...
    async def newest(self, collection: str, practice: str) -> EntitlementCalculated | None: ...

    async def standing(self, collection: str, practices: Sequence[str]) -> Mapping[str, Standing]:
        """Practice -> what its newest entitlement comes to, of those that have one."""


@dataclass(frozen=True, slots=True)
class InstructionTotals:
    """What was instructed for a collection so far; pounds as text with two places."""

    instructions: int
    pounds: str


class Instructions(Protocol):
    async def add(self, instruction: PaymentInstructed) -> PaymentInstructed | None:
        """Add an instruction; return the one that stands already, None where this is the first."""

    async def of_practice(self, collection: str, practice: str) -> PaymentInstructed | None: ...
    async def totals(self, collection: str) -> InstructionTotals: ...
    async def all(self, collection: str, after: str, limit: int) -> list[PaymentInstructed]: ...


class Outbox(Protocol):
    def add(self, event: Event, *, kept_id: UUID | None = None) -> None: ...


class UnitOfWork(Protocol):
    """One transaction of payments."""

    @property
    def directory(self) -> Directory: ...
    @property
    def achievements(self) -> Achievements: ...
    @property
    def national_figures(self) -> NationalFiguresStore: ...
    @property
    def entitlements(self) -> Entitlements: ...
    @property
    def instructions(self) -> Instructions: ...
    @property
    def proposals(self) -> Proposals: ...
    @property
    def declarations(self) -> Declarations: ...
    @property
    def money(self) -> MoneyFacts: ...
    @property
    def outbox(self) -> Outbox: ...
