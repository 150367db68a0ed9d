"""What the tables of declarations hold, in memory."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from qof_declarations.core.declaration import AuditEntry, Declaration
from qof_declarations.core.determination import Determination
from qof_declarations.core.distribution import Distributions
from qof_declarations.core.look import Look
from qof_declarations.core.query import Query, QueryState
from qof_declarations.core.receipt import LogHead, NewReceipt, ReceiptKey
from qof_declarations.core.ruleset_words import RulesetWords
from qof_declarations.core.waiting import Half
from qof_declarations.handlers.ports import (
    Instruction,
    Match,
    NationalFigures,
    NewReport,
    PointsHalf,
    PoundsHalf,
    PracticeKey,
    Rejection,
)
from qof_declarations.handlers.receipt_ports import NewLeaf
from qof_declarations.handlers.waiting_ports import Received
from qof_shared.contracts import CollectionRecord, CommissionerRecord, PracticeRecord
from qof_shared.pace import Arrival


@dataclass
class Row:
    """One practice's figures."""

    points: PointsHalf | None = None
    pounds: PoundsHalf | None = None
    reports: list[NewReport] = field(default_factory=list)
    declaration_id: UUID | None = None
    determinations: str = ""
    """Ids of those that stand."""
    rejection: Rejection | None = None
    received: Received | None = None

    @property
    def shown_rejection(self) -> tuple[str, ...]:
        newest = self.points.extract_number if self.points else 0
        rejected = self.rejection
        return tuple(rejected.reasons.splitlines()) if rejected and rejected.extract_number > newest else ()

    @property
    def is_recalculating(self) -> bool:
        """Something is still to come that the newest report does not have."""
        awaited = self.points is None or self.points.determinations != self.determinations
        return bool(self.reports) and (awaited or not self.is_joined)

    @property
    def is_joined(self) -> bool:
        """Both halves are there, and of the same extract."""
        return bool(self.points and self.pounds and self.points.extract_id == self.pounds.extract_id)

    def match(self, arrived: PointsHalf | PoundsHalf, other: PointsHalf | PoundsHalf | None) -> list[Match]:
        if other is None or arrived.extract_id != other.extract_id:
            return []
        newest = self.reports[-1].about if self.reports else None
        version, digest = (newest.version, newest.digest) if newest else (0, None)
        return [Match(arrived.collection, arrived.practice, other.content, version, digest)]


@dataclass
class Memory:
    """What the tables hold."""

    ruleset_words: dict[str, RulesetWords] = field(default_factory=dict)
    commissioners: dict[str, tuple[int, CommissionerRecord]] = field(default_factory=dict)
    practices: dict[str, tuple[int, PracticeRecord]] = field(default_factory=dict)
    collections: dict[str, CollectionRecord] = field(default_factory=dict)
    figures: dict[PracticeKey, Row] = field(default_factory=dict)
    national_figures: dict[UUID, NationalFigures] = field(default_factory=dict)
    declarations: dict[UUID, Declaration] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    instructions: dict[UUID, Instruction] = field(default_factory=dict)
    determinations: dict[UUID, Determination] = field(default_factory=dict)
    queries: dict[UUID, Query] = field(default_factory=dict)
    attached: dict[UUID, tuple[bytes, ...]] = field(default_factory=dict)
    arrivals: dict[tuple[str, Half], list[Arrival]] = field(default_factory=dict)
    distributions: dict[tuple[str, str], tuple[Distributions, datetime]] = field(default_factory=dict)
    """By collection and commissioner."""
    looks: dict[tuple[str, str, int, str, datetime], Look] = field(default_factory=dict)
    """By what there is one of: collection, practice, version, person, hour."""
    receipts: dict[ReceiptKey, tuple[NewReceipt, str]] = field(default_factory=dict)
    leaves: list[NewLeaf] = field(default_factory=list)
    heads: list[LogHead] = field(default_factory=list)

    def row(self, collection: str, practice: str) -> Row:
        return self.figures.setdefault((collection, practice), Row())

    def history(self, collection: str, practice: str) -> list[Determination]:
        found = [one for one in self.determinations.values() if one.collection == collection]
        return [one for one in found if one.subject.practice == practice]

    def queries_of(self, collection: str, practice: str) -> list[Query]:
        return [one for one in self.queries.values() if (one.collection, one.practice) == (collection, practice)]

    def open_queries(self, collection: str, practice: str) -> int:
        return sum(one.state is QueryState.OPEN for one in self.queries_of(collection, practice))
