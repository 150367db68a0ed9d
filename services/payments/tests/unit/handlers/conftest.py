"""Payments' database in memory."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
import pytest

from qof_payments.core.blast_radius import Change
from qof_payments.handlers.ports import (
    Completeness,
    InstructionTotals,
    PracticeAchievement,
    ReportedRegisters,
    Snapshot,
)
from qof_payments.handlers.proposal_ports import AuditEntry, HeardDeclaration, PracticeProgress, Proposal
from qof_payments.handlers.standing import Standing, stated
from qof_payments.testing.money import InMemoryMoneyFacts
from qof_shared.contracts import CollectionRecord, DirectoryRecorded, EntitlementCalculated, PaymentInstructed
from qof_shared.testing.fakes import FakeUnitOfWork


class InMemoryDirectory:
    def __init__(self) -> None:
        self.collections: dict[str, CollectionRecord] = {}
        self.recorded: list[DirectoryRecorded] = []

    async def record(self, directory: DirectoryRecorded) -> None:
        self.recorded.append(directory)

    async def open_collection(self, collection: CollectionRecord) -> None:
        self.collections[collection.collection] = collection

    async def collection(self, collection: str) -> CollectionRecord | None:
        return self.collections.get(collection)

    async def collection_of(self, nation: str, qof_year: str) -> str | None:
        of_year = [c.collection for c in self.collections.values() if (c.nation, c.qof_year) == (nation, qof_year)]
        return max(of_year, default=None)

    async def suppliers(self, nation: str) -> dict[str, str]:
        return {
            practice.practice: practice.supplier
            for directory in self.recorded
            for practice in directory.practices
            if practice.nation == nation
        }


class InMemoryAchievements:
    def __init__(self) -> None:
        self.held: dict[tuple[str, str], PracticeAchievement] = {}

    async def keep_newest(self, achievements: Sequence[PracticeAchievement]) -> list[PracticeAchievement]:
        kept = {}
        for achievement in achievements:
            key = (achievement.collection, achievement.practice)
            if key not in self.held or self.held[key].extract_number < achievement.extract_number:
                self.held[key] = kept[key] = achievement
        return list(kept.values())

    async def of_practices(self, collection: str, practices: Sequence[str]) -> list[PracticeAchievement]:
        return [self.held[collection, code] for code in sorted(practices) if (collection, code) in self.held]

    async def registers(self, collection: str) -> list[ReportedRegisters]:
        held = (achievement for (of, _), achievement in sorted(self.held.items()) if of == collection)
        return [
            ReportedRegisters(one.practice, one.list_size, msgspec.json.encode(one.registers), one.achievement_date)
            for one in held
        ]

    async def unverified_indicators(self, collection: str) -> list[str]:
        held = (achievement for (of, _), achievement in self.held.items() if of == collection)
        return sorted({code for one in held for code in one.unverified_indicators})

    async def completeness(self, collection: str) -> Completeness:
        return Completeness(0, sum(of == collection for of, _ in self.held))


class InMemoryNationalFigures:
    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []
        self.locks: list[tuple[str, str]] = []

    async def lock_shared(self, collections: Sequence[str]) -> None:
        self.locks += [("shared", collection) for collection in collections]

    async def lock(self, collection: str) -> None:
        self.locks.append(("alone", collection))

    async def newest(self, collection: str) -> Snapshot | None:
        of_collection = await self.all(collection)
        return of_collection[-1] if of_collection else None

    async def by_id(self, snapshot_id: UUID) -> Snapshot | None:
        return next((snapshot for snapshot in self.snapshots if snapshot.snapshot_id == snapshot_id), None)

    async def by_name(self, collection: str, name: str) -> Snapshot | None:
        return next((snapshot for snapshot in await self.all(collection) if snapshot.name == name), None)

    async def all(self, collection: str) -> list[Snapshot]:
        return [snapshot for snapshot in self.snapshots if snapshot.collection == collection]

    async def add(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)


class InMemoryEntitlements:
    def __init__(self) -> None:
        self.held: dict[UUID, EntitlementCalculated] = {}

    async def add(self, entitlements: Sequence[EntitlementCalculated]) -> list[EntitlementCalculated]:
        new = [entitlement for entitlement in entitlements if entitlement.entitlement_id not in self.held]
        self.held.update({entitlement.entitlement_id: entitlement for entitlement in new})
        return new

    async def by_id(self, entitlement_id: UUID) -> EntitlementCalculated | None:
        return self.held.get(entitlement_id)

    async def newest(self, collection: str, practice: str) -> EntitlementCalculated | None:
        mine = [e for e in self.held.values() if (e.collection, e.practice) == (collection, practice)]
        return max(mine, key=lambda e: (e.extract_number, e.snapshot_number, e.account_number), default=None)

    async def standing(self, collection: str, practices: Sequence[str]) -> dict[str, Standing]:
        found = {practice: await self.newest(collection, practice) for practice in practices}
        return {practice: Standing(e.extract_id, stated(e)) for practice, e in found.items() if e}


class InMemoryInstructions:
    def __init__(self) -> None:
        self.held: dict[UUID, PaymentInstructed] = {}

    async def add(self, instruction: PaymentInstructed) -> PaymentInstructed | None:
        standing = self.held.setdefault(instruction.instruction_id, instruction)
        return None if standing is instruction else standing

    async def of_practice(self, collection: str, practice: str) -> PaymentInstructed | None:
        return next((i for i in self.held.values() if (i.collection, i.practice) == (collection, practice)), None)

    async def totals(self, collection: str) -> InstructionTotals:
        raise NotImplementedError

    async def all(self, collection: str, after: str, limit: int) -> list[PaymentInstructed]:
        raise NotImplementedError


class InMemoryProposals:
    def __init__(self) -> None:
        self.held: dict[UUID, Proposal] = {}
        self.kept_inputs: dict[UUID, bytes] = {}
        self.kept_changes: dict[UUID, Sequence[Change]] = {}
        self.entries: list[tuple[str, AuditEntry]] = []

    async def add(self, proposal: Proposal, inputs: bytes, changes: Sequence[Change]) -> bool:
        if any(p.name == proposal.name and p.state == "open" for p in await self.all(proposal.collection)):
            return False
        self.held[proposal.proposal_id] = proposal
        self.kept_inputs[proposal.proposal_id] = inputs
        self.kept_changes[proposal.proposal_id] = changes
        return True

    async def by_id(self, collection: str, proposal_id: UUID) -> Proposal | None:
        found = self.held.get(proposal_id)
        return found if found and found.collection == collection else None

    async def all(self, collection: str) -> list[Proposal]:
        return [proposal for proposal in self.held.values() if proposal.collection == collection]

    async def inputs(self, proposal_id: UUID) -> bytes:
        return self.kept_inputs[proposal_id]

    async def decide(self, decided: Proposal) -> None:
        self.held[decided.proposal_id] = decided

    async def changes(self, proposal_id: UUID, after: str, limit: int) -> list[Change]:
        return [change for change in self.kept_changes[proposal_id] if change.practice > after][:limit]

    async def record(self, collection: str, entry: AuditEntry) -> None:
        self.entries.append((collection, entry))

    async def audit(self, collection: str) -> list[AuditEntry]:
        return [entry for of, entry in self.entries if of == collection]


class InMemoryDeclarations:
    def __init__(self) -> None:
        self.heard: list[HeardDeclaration] = []

    async def record(self, heard: Sequence[HeardDeclaration]) -> None:
        self.heard += heard

    async def progress(self, collection: str, practices: Sequence[str]) -> dict[str, PracticeProgress]:
        heard = [one for one in self.heard if one.collection == collection and one.practice in practices]
        return {one.practice: PracticeProgress(one.standing) for one in heard}


class FakePayments(FakeUnitOfWork):
    """A unit of work of payments; `directory` knows the collection that the achievements belong to."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = InMemoryDirectory()
        self.achievements = InMemoryAchievements()
        self.national_figures = InMemoryNationalFigures()
        self.entitlements = InMemoryEntitlements()
        self.instructions = InMemoryInstructions()
        self.proposals = InMemoryProposals()
        self.declarations = InMemoryDeclarations()
        self.money = InMemoryMoneyFacts(known={f"A8100{number}" for number in range(1, 10)})
        self.outbox.kept_body = lambda kept_id: msgspec.json.encode(self.entitlements.held[kept_id])
        self.directory.collections["QOF-ENG-2012-13"] = CollectionRecord(
            collection="QOF-ENG-2012-13", nation="england", qof_year="2012-13", achievement_date=date(2013, 3, 31)
        )


@pytest.fixture
def uow() -> FakePayments:
    return FakePayments()
