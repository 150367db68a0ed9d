"""The database of declarations in memory. A test proves that it answers as PostgreSQL does."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from qof_declarations.core.declaration import AuditEntry, Change, Declaration, ReportVersion
from qof_declarations.core.determination import Determination, newest, standing
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import EveryPractice, NamedPractices, NoPractice, OnePractice, PracticesOf, Scope
from qof_declarations.core.standing import Payment, Standing
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
from qof_declarations.testing.fake_distributions import FakeDistributions
from qof_declarations.testing.fake_looks import FakeLooks
from qof_declarations.testing.fake_nation import FakeNation
from qof_declarations.testing.fake_queries import FakeQueries, FakeWorkLists
from qof_declarations.testing.fake_receipts import FakeReceiptLog, FakeReceipts, FakeShownReceipts
from qof_declarations.testing.fake_rulesets import FakeRulesets
from qof_declarations.testing.fake_summaries import FakeSummaries
from qof_declarations.testing.fake_waiting import FakeJourneys, FakeWaiting
from qof_declarations.testing.memory import Memory, Row
from qof_shared.contracts import CollectionRecord, CommissionerRecord, PracticeRecord
from qof_shared.testing.fakes import FakeUnitOfWork


class FakeDirectory:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def record_commissioners(self, records: Sequence[tuple[int, CommissionerRecord]]) -> None:
        for revision, commissioner in records:
            known = self._memory.commissioners.get(commissioner.commissioner)
            if known is None or known[0] < revision:
                self._memory.commissioners[commissioner.commissioner] = revision, commissioner

    async def record_practices(self, records: Sequence[tuple[int, PracticeRecord]]) -> None:
        for revision, practice in records:
            known = self._memory.practices.get(practice.practice)
            if known is None or known[0] < revision:
                self._memory.practices[practice.practice] = revision, practice

    async def record_collections(self, records: Sequence[CollectionRecord]) -> None:
        self._memory.collections |= {record.collection: record for record in records}


class FakeFigures:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def record_points(self, halves: Sequence[PointsHalf]) -> list[Match]:
        matches = []
        for half in halves:
            row = self._memory.row(half.collection, half.practice)
            if row.points is None or row.points.extract_number < half.extract_number:
                row.points = half
                matches += row.match(half, row.pounds)
        return matches

    async def record_pounds(self, halves: Sequence[PoundsHalf]) -> list[Match]:
        matches = []
        for half in halves:
            row = self._memory.row(half.collection, half.practice)
            if row.pounds is None or row.pounds.age < half.age:
                row.pounds = half
                matches += row.match(half, row.points)
        return matches

    async def record_rejections(self, rejections: Sequence[Rejection]) -> None:
        for one in rejections:
            row = self._memory.row(one.collection, one.practice)
            if row.rejection is None or row.rejection.extract_number < one.extract_number:
                row.rejection = one

    async def publish(self, reports: Sequence[NewReport]) -> None:
        for report in reports:
            self._memory.row(report.collection, report.practice).reports.append(report)

    async def record_national_figures(self, figures: Sequence[NationalFigures]) -> None:
        self._memory.national_figures = {frozen.snapshot_id: frozen for frozen in figures} | (
            self._memory.national_figures
        )


class FakeDeclarations:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def signed_of(self, practices: Sequence[PracticeKey]) -> list[Declaration]:
        rows = [self._memory.row(*key) for key in practices]
        newest = [self._memory.declarations[row.declaration_id] for row in rows if row.declaration_id]
        return [declaration for declaration in newest if declaration.state is State.SIGNED]

    async def record(self, changes: Sequence[Change]) -> None:
        for change in changes:
            declaration = change.declaration
            self._memory.declarations[declaration.declaration_id] = declaration
            self._memory.audit.append(change.entry)
            row = self._memory.row(declaration.collection, declaration.practice)
            row.declaration_id = declaration.declaration_id

    async def record_instructions(self, instructions: Sequence[Instruction]) -> None:
        for instruction in instructions:
            self._memory.instructions.setdefault(instruction.declaration_id, instruction)


class FakeDeterminations:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def lock(self, collection: str, practices: Sequence[str]) -> Mapping[str, State | None]:
        opened = self._memory.collections.get(collection)
        states: dict[str, State | None] = {}
        for practice in practices:
            _, record = self._memory.practices.get(practice, (0, None))
            if record and opened and record.nation == opened.nation:
                declared = self._memory.row(collection, practice).declaration_id
                states[practice] = self._memory.declarations[declared].state if declared else None
        return states

    async def newest(self, collection: str, practices: Sequence[str]) -> list[Determination]:
        history = [one for practice in practices for one in self._memory.history(collection, practice)]
        return list(newest(history).values())

    async def record(self, made: Sequence[Determination]) -> None:
        for one in made:
            self._keep(one)

    async def withdraw(self, determination: Determination) -> None:
        self._keep(determination)

    def _keep(self, determination: Determination) -> None:
        self._memory.determinations[determination.determination_id] = determination
        collection, practice = determination.collection, determination.subject.practice
        ids = [one.determination_id for one in standing(self._memory.history(collection, practice)).values()]
        self._memory.row(collection, practice).determinations = ",".join(map(str, sorted(ids)))

    async def points_content(self, collection: str, practice: str) -> bytes | None:
        rows = {key: row.points for key, row in self._memory.figures.items() if key[0] == collection and row.points}
        own = rows.get((collection, practice))
        any_one = max(rows.values(), key=lambda half: half.extract_number, default=None)
        found = own or any_one
        return found.content if found else None


class FakeStandings:
    """Standings within `scope`."""

    def __init__(self, memory: Memory, scope: Scope) -> None:
        self._memory = memory
        self._scope = scope

    def _asked(self, collection: str) -> Iterator[PracticeRecord]:
        """The practices in scope of whom this collection asks an extract."""
        opened = self._memory.collections.get(collection)
        return (record for record in self._practices() if opened is not None and record.nation == opened.nation)

    def _practices(self) -> Iterator[PracticeRecord]:
        for _, (_, record) in sorted(self._memory.practices.items()):
            match self._scope:
                case OnePractice(practice) if practice != record.practice:
                    continue
                case PracticesOf(commissioner) if commissioner != record.commissioner:
                    continue
                case NamedPractices(practices) if record.practice not in practices:
                    continue
                case NoPractice():
                    continue
                case OnePractice() | PracticesOf() | NamedPractices() | EveryPractice():
                    yield record

    def _sees(self, practice: str) -> bool:
        return any(record.practice == practice for record in self._practices())

    def _standing(self, collection: str, record: PracticeRecord) -> Standing:
        row = self._memory.figures.get((collection, record.practice), Row())
        declaration = self._memory.declarations[row.declaration_id] if row.declaration_id else None
        paid = self._memory.instructions.get(declaration.declaration_id) if declaration else None
        _, commissioner = self._memory.commissioners.get(record.commissioner, (0, None))
        return Standing(
            collection=collection,
            practice=record.practice,
            practice_name=record.name,
            commissioner=record.commissioner,
            commissioner_name=commissioner.name if commissioner else None,
            newest_points=row.points.points if row.points else None,
            is_recalculating=row.is_recalculating,
            rejection=row.shown_rejection,
            report=row.reports[-1].about if row.reports else None,
            declaration=declaration,
            payment=Payment(paid.instruction_id, paid.pounds, paid.instructed_at) if paid else None,
            open_queries=self._memory.open_queries(collection, record.practice),
            sign_by=self._memory.collections[collection].sign_by,
        )

    def all(self, collection: str) -> list[Standing]:
        """Every practice in scope that the collection asks, by code."""
        return [self._standing(collection, record) for record in self._asked(collection)]

    async def find(self, collection: str, practice: str, *, with_document: bool = False) -> Standing | None:
        found = [record for record in self._asked(collection) if record.practice == practice]
        return self._standing(collection, found[0]) if found else None

    async def lock(self, collection: str, practice: str) -> Standing | None:
        return await self.find(collection, practice)

    async def lock_free(self, collection: str, practices: Sequence[str]) -> list[Standing]:
        with_figures = [one for one in practices if (collection, one) in self._memory.figures]
        return await self.of_practices(collection, with_figures)

    async def practice_of(self, declaration_id: UUID) -> PracticeKey | None:
        declaration = self._memory.declarations.get(declaration_id)
        if declaration is None or not self._sees(declaration.practice):
            return None
        return declaration.collection, declaration.practice

    async def lock_declared(self, collection: str, declaration_ids: Sequence[UUID]) -> dict[UUID, Standing]:
        found = {one.practice: one for one in self.all(collection)}
        declared = [self._memory.declarations.get(one) for one in declaration_ids]
        return {
            one.declaration_id: found[one.practice]
            for one in declared
            if one and one.collection == collection and one.practice in found
        }

    async def of_practices(self, collection: str, practices: Sequence[str]) -> list[Standing]:
        found = {one.practice: one for one in self.all(collection)}
        return [found[practice] for practice in practices if practice in found]

    async def count(self, collection: str) -> dict[State, int]:
        counts: dict[State, int] = {}
        for record in self._asked(collection):
            state = self._standing(collection, record).state
            counts[state] = counts.get(state, 0) + 1
        return counts

    async def versions(self, collection: str, practice: str) -> list[ReportVersion]:
        row = self._memory.row(collection, practice)
        return [report.about for report in reversed(row.reports)] if self._sees(practice) else []

    async def document(self, collection: str, practice: str, version: int) -> bytes | None:
        reports = self._memory.row(collection, practice).reports if self._sees(practice) else []
        return next((report.document for report in reports if report.about.version == version), None)

    async def documents(self, collection: str, versions: Mapping[str, int]) -> dict[str, bytes]:
        found = {one: await self.document(collection, one, version) for one, version in versions.items()}
        return {practice: document for practice, document in found.items() if document is not None}

    async def audit(self, collection: str, practices: Sequence[str]) -> list[AuditEntry]:
        seen = [one for one in practices if self._sees(one)]
        return [e for e in self._memory.audit if e.collection == collection and e.practice in seen]

    async def determinations(self, collection: str, practices: Sequence[str]) -> list[Determination]:
        found = [m for one in practices if self._sees(one) for m in self._memory.history(collection, one)]
        history = sorted(found, key=lambda one: one.determination_id)
        return sorted(history, key=lambda one: one.at, reverse=True)

    async def collections(self) -> list[CollectionRecord]:
        asked = [one for one in self._memory.collections.values() if any(self._asked(one.collection))]
        return sorted(asked, key=lambda one: (one.achievement_date, one.collection), reverse=True)

    async def collection_exists(self, collection: str) -> bool:
        return collection in self._memory.collections

    async def national_figures(self, collection: str) -> NationalFigures | None:
        frozen = [f for f in self._memory.national_figures.values() if f.collection == collection]
        return max(frozen, key=lambda f: f.frozen_at, default=None)


class FakeDeclarationsUnitOfWork(FakeUnitOfWork):
    """Stands for the whole database, as long as it is the same object."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.directory = FakeDirectory(self.memory)
        self.figures = FakeFigures(self.memory)
        self.declarations = FakeDeclarations(self.memory)
        self.determinations = FakeDeterminations(self.memory)
        self.waiting = FakeWaiting(self.memory)
        self.distributions = FakeDistributions(self.memory)
        self.receipts = FakeReceipts(self.memory)
        self.log = FakeReceiptLog(self.memory)
        self.rulesets = FakeRulesets(self.memory.ruleset_words)

    def shown_receipts(self, scope: Scope) -> FakeShownReceipts:
        return FakeShownReceipts(self.memory, scope)

    def standings(self, scope: Scope) -> FakeStandings:
        return FakeStandings(self.memory, scope)

    def looks(self, scope: Scope) -> FakeLooks:
        return FakeLooks(self.memory, scope)

    def summaries(self, scope: Scope) -> FakeSummaries:
        return FakeSummaries(self.memory, scope)

    def journeys(self, scope: Scope) -> FakeJourneys:
        return FakeJourneys(self.memory, scope)

    def queries(self, scope: Scope) -> FakeQueries:
        return FakeQueries(self.memory, scope)

    def nation(self, scope: Scope) -> FakeNation:
        return FakeNation(self.memory, scope, FakeStandings(self.memory, scope))

    def work_lists(self, scope: Scope) -> FakeWorkLists:
        return FakeWorkLists(self.memory, FakeStandings(self.memory, scope))
