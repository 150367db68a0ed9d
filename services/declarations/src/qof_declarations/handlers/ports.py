"""What the handlers need from the outside, in their own words."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from qof_declarations.core.declaration import AuditEntry, Change, Declaration, ReportVersion
from qof_declarations.core.determination import Determination
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import Scope
from qof_declarations.core.report import Report
from qof_declarations.core.ruleset_words import RulesetWords
from qof_declarations.core.standing import Standing
from qof_declarations.core.summary import Summary
from qof_declarations.handlers.comparison_ports import KeptDistributions
from qof_declarations.handlers.look_ports import Looks
from qof_declarations.handlers.nation_ports import Nation
from qof_declarations.handlers.query_ports import Queries, WorkLists
from qof_declarations.handlers.receipt_ports import ReceiptLog, Receipts, ShownReceipts
from qof_declarations.handlers.waiting_ports import Journeys, Waiting
from qof_shared.contracts import CollectionRecord, CommissionerRecord, Event, PracticeRecord

PracticeKey: TypeAlias = tuple[str, str]
"""(collection, practice)."""


@dataclass(frozen=True, slots=True)
class PointsHalf:
    """The points of one extract; `content` is the event's data as it came."""

    collection: str
    practice: str
    extract_id: UUID
    extract_number: int
    points: str
    content: bytes
    determinations: str = ""
    """What was determined when the extract was accepted: ids in order, separated by commas."""


@dataclass(frozen=True, slots=True)
class PoundsHalf:
    """The pounds of one extract on one snapshot and account; `content` is the event's data as it came."""

    collection: str
    practice: str
    extract_id: UUID
    extract_number: int
    snapshot_number: int
    account_number: int
    content: bytes

    @property
    def age(self) -> tuple[int, int, int]:
        """The higher one is the newer sum."""
        return self.extract_number, self.snapshot_number, self.account_number


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an extract could not be calculated: a fault a line."""

    collection: str
    practice: str
    extract_number: int
    reasons: str


@dataclass(frozen=True, slots=True)
class Match:
    """A half met the other one of the same extract. The practice's row stays locked until the transaction ends."""

    collection: str
    practice: str
    other: bytes
    """Content of the half that was there already."""
    version: int
    """The newest published version; 0 before the first."""
    digest: str | None

    @property
    def key(self) -> PracticeKey:
        return self.collection, self.practice


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report version to be stored."""

    collection: str
    practice: str
    report: Report
    about: ReportVersion

    @property
    def document(self) -> bytes:
        return self.report.document

    @property
    def summary(self) -> Summary:
        return self.report.summary


@dataclass(frozen=True, slots=True)
class NationalFigures:
    """National figures that payments froze, for display."""

    collection: str
    snapshot_id: UUID
    name: str
    digest: str
    practices: int
    reason: str
    frozen_at: datetime


@dataclass(frozen=True, slots=True)
class Instruction:
    """A payment that payments instructed."""

    declaration_id: UUID
    instruction_id: UUID
    pounds: str
    instructed_at: datetime


class Outbox(Protocol):
    def add(self, event: Event) -> None: ...


class Directory(Protocol):
    """Who exists. A record of a higher revision replaces the one with the same code; others are ignored."""

    async def record_commissioners(self, records: Sequence[tuple[int, CommissionerRecord]]) -> None: ...
    async def record_practices(self, records: Sequence[tuple[int, PracticeRecord]]) -> None: ...
    async def record_collections(self, records: Sequence[CollectionRecord]) -> None: ...


class Figures(Protocol):
    """The two halves of every practice's figures, and the reports made of them."""

    async def record_points(self, halves: Sequence[PointsHalf]) -> list[Match]:
        """Keep each half that is newer than what is there, one per practice; returns the pounds that now match."""

    async def record_pounds(self, halves: Sequence[PoundsHalf]) -> list[Match]:
        """The same for pounds; returns the points that now match. Pounds that match need not be kept any longer."""

    async def record_rejections(self, rejections: Sequence[Rejection]) -> None:
        """Keep each that is newer than what is there, one per practice."""

    async def publish(self, reports: Sequence[NewReport]) -> None:
        """Store new versions; each becomes its practice's newest."""

    async def record_national_figures(self, figures: Sequence[NationalFigures]) -> None: ...


class Declarations(Protocol):
    """Declarations as they are written. Nothing changes one without an audit entry: there is no other method."""

    async def signed_of(self, practices: Sequence[PracticeKey]) -> list[Declaration]:
        """The newest declarations of these practices that are in state `signed`."""

    async def record(self, changes: Sequence[Change]) -> None:
        """Store each declaration with its audit entry; it becomes the newest of its practice."""

    async def record_instructions(self, instructions: Sequence[Instruction]) -> None:
        """Keep each payment once."""


class Determinations(Protocol):
    """Determinations as they are made. Nothing changes one; a withdrawal is a record of its own."""

    async def lock(self, collection: str, practices: Sequence[str]) -> Mapping[str, State | None]:
        """Lock the practices that the collection asks, in order, until the transaction ends.

        Returns the state of each one's newest declaration; a practice that is not asked is missing.
        """

    async def newest(self, collection: str, practices: Sequence[str]) -> Sequence[Determination]:
        """The newest determination of each subject, withdrawn or not."""

    async def record(self, made: Sequence[Determination]) -> None:
        """Keep them; the figures of their practices await points with them from now on."""

    async def withdraw(self, determination: Determination) -> None:
        """Keep its withdrawal; the figures of its practice await points without it from now on."""

    async def points_content(self, collection: str, practice: str) -> bytes | None:
        """The newest points half of this practice, else of any other one; None before the first."""


class Rulesets(Protocol):
    """The words of rule sets."""

    async def record(self, ruleset: str, digest: str, words: RulesetWords) -> None:
        """Keep them; words that are there stay."""

    async def words(self, digest: str) -> RulesetWords:
        """Those of this digest; none where it was not described yet."""


class Standings(Protocol):
    """What one person may see; made with a scope, and nothing outside that scope is ever found."""

    async def find(self, collection: str, practice: str, *, with_document: bool = False) -> Standing | None:
        """With the newest report's document where it is read next: one way to the database instead of two."""

    async def lock(self, collection: str, practice: str) -> Standing | None:
        """The same, with the practice's row locked: no report is published until the transaction ends."""

    async def lock_free(self, collection: str, practices: Sequence[str]) -> Sequence[Standing]:
        """Those of these practices whose row nobody else holds, each locked; nobody is waited for."""

    async def practice_of(self, declaration_id: UUID) -> PracticeKey | None: ...

    async def lock_declared(self, collection: str, declaration_ids: Sequence[UUID]) -> Mapping[UUID, Standing]:
        """The practices that these declarations are of, locked all at once; one that is not found is missing."""

    async def of_practices(self, collection: str, practices: Sequence[str]) -> Sequence[Standing]:
        """In the order asked; one that is not found is missing."""

    async def count(self, collection: str) -> Mapping[State, int]:
        """Practices by state; a state without practices may be missing."""

    async def versions(self, collection: str, practice: str) -> Sequence[ReportVersion]:
        """Newest first."""

    async def document(self, collection: str, practice: str, version: int) -> bytes | None: ...

    async def documents(self, collection: str, versions: Mapping[str, int]) -> Mapping[str, bytes]:
        """The documents of these practices' versions, by practice; one that is not found is missing."""

    async def audit(self, collection: str, practices: Sequence[str]) -> Sequence[AuditEntry]:
        """Of these practices together, oldest first."""

    async def determinations(self, collection: str, practices: Sequence[str]) -> Sequence[Determination]:
        """All that was ever determined for these practices, newest first, each with its withdrawal."""

    async def collections(self) -> Sequence[CollectionRecord]:
        """Those that ask a practice in scope, the newest achievement date first."""

    async def collection_exists(self, collection: str) -> bool: ...

    async def national_figures(self, collection: str) -> NationalFigures | None:
        """The newest."""


class Summaries(Protocol):
    """What of the newest reports is compared with others; made with a scope, as standings are."""

    async def newest(self, collection: str, practices: Sequence[str]) -> Mapping[str, Summary]:
        """By practice; one without a report is missing."""

    async def last_year(self, collection: str, practices: Sequence[str]) -> Mapping[str, Summary]:
        """Of the nation's collection of the year before, by practice."""


class UnitOfWork(Protocol):
    """One transaction's doors."""

    @property
    def outbox(self) -> Outbox: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def declarations(self) -> Declarations: ...
    @property
    def determinations(self) -> Determinations: ...
    @property
    def rulesets(self) -> Rulesets: ...
    @property
    def waiting(self) -> Waiting: ...
    @property
    def distributions(self) -> KeptDistributions: ...

    @property
    def receipts(self) -> Receipts: ...
    @property
    def log(self) -> ReceiptLog: ...

    def standings(self, scope: Scope) -> Standings: ...
    def shown_receipts(self, scope: Scope) -> ShownReceipts: ...
    def queries(self, scope: Scope) -> Queries: ...
    def looks(self, scope: Scope) -> Looks: ...
    def work_lists(self, scope: Scope) -> WorkLists: ...
    def summaries(self, scope: Scope) -> Summaries: ...
    def journeys(self, scope: Scope) -> Journeys: ...
    def nation(self, scope: Scope) -> Nation: ...

    async def commit(self) -> None: ...


class NewUnitOfWork(Protocol):
    """Opens a unit of work; leaving it without `commit` rolls everything back."""

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]: ...
