"""The handlers' ports, played in memory."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from qof_ingest.core.directory import Collection, Directory, Practice, Recorded, RecordedSupplier
from qof_ingest.core.journey import Progress
from qof_ingest.core.waiting import Queue
from qof_ingest.handlers.ports import (
    AcceptedAgain,
    Amendment,
    JourneyEntry,
    PracticeKey,
    Receipt,
    Submission,
    TrackedExtract,
    WaitingExtract,
)
from qof_shared.contracts import Determination, DeterminationMade, DeterminationWithdrawn
from qof_shared.people import token_digest
from qof_shared.testing.fakes import NOON, FakeUnitOfWork


class FakeDirectory:
    """A directory that never changes."""

    def __init__(self, directory: Directory) -> None:
        self._tokens = {one.token: one.supplier for one in directory.suppliers}
        self._practices = {one.practice: one for one in directory.practices}
        self._collections = {one.collection: one for one in directory.collections}

    async def supplier_with_token(self, token: str) -> str | None:
        return self._tokens.get(token)

    async def practice(self, code: str) -> Practice | None:
        return self._practices.get(code)

    async def collection(self, code: str) -> Collection | None:
        return self._collections.get(code)


class FakeIntake:
    """Keeps extracts in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Submission] = {}
        self.failure: Exception | None = None

    def submit(self, submission: Submission) -> "asyncio.Future[Receipt]":
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        if self.failure is not None:
            answer.set_exception(self.failure)
        else:
            key = submission.supplier, submission.idempotency_key
            is_replay = key in self.kept
            self.kept.setdefault(key, submission)
            answer.set_result(self._receipt(key, is_replay=is_replay))
        return answer

    async def find(self, supplier: str, idempotency_key: str) -> Receipt | None:
        key = supplier, idempotency_key
        return self._receipt(key, is_replay=True) if key in self.kept else None

    def _receipt(self, key: tuple[str, str], *, is_replay: bool) -> Receipt:
        kept = self.kept[key]
        number = list(self.kept).index(key) + 1
        return Receipt(
            kept.extract_id,
            number,
            kept.collection,
            kept.practice,
            kept.digest,
            kept.received_at,
            is_replay,
        )


class FakeExtracts:
    """Extracts by id and supplier, and one answer for progress."""

    def __init__(self) -> None:
        self.extracts: dict[tuple[UUID, str], TrackedExtract] = {}
        self.counts = Progress(0, 0, 0, 0, 0)

    async def tracked(self, extract_id: UUID, supplier: str) -> TrackedExtract | None:
        return self.extracts.get((extract_id, supplier))

    async def progress(self, collection: str, supplier: str) -> Progress:
        return self.counts


class FakeJourneys:
    def __init__(self) -> None:
        self.extracts: set[UUID] = set()
        self.entries: list[JourneyEntry] = []

    async def known(self, extract_ids: Iterable[UUID]) -> set[UUID]:
        return self.extracts & set(extract_ids)

    async def append(self, entries: Sequence[JourneyEntry]) -> None:
        self.entries += entries


class FakeWaiting:
    def __init__(self) -> None:
        self.gone: dict[UUID, datetime] = {}
        self.forgotten_before: list[datetime] = []

    async def come_out(self, extract_ids: Iterable[UUID], at: datetime) -> None:
        for extract_id in extract_ids:
            self.gone.setdefault(extract_id, at)

    async def forget_arrivals(self, before: datetime) -> None:
        self.forgotten_before.append(before)


class FakeQueues:
    """A queue of one collection, and whose extracts are in it."""

    def __init__(self) -> None:
        self.extracts: dict[tuple[UUID, str], WaitingExtract] = {}
        self.queue = Queue(NOON, {}, None)

    async def look(self, collection: str) -> Queue:
        return self.queue

    async def find(self, extract_id: UUID, supplier: str) -> WaitingExtract | None:
        return self.extracts.get((extract_id, supplier))


class FakeDeterminations:
    """What was determined, and the newest extract of each practice."""

    def __init__(self) -> None:
        self.made: list[DeterminationMade] = []
        self.withdrawn: list[DeterminationWithdrawn] = []
        self.locked: list[str] = []
        self.amendments: list[Amendment] = []
        self.newest: dict[PracticeKey, AcceptedAgain] = {}

    async def lock(self, collections: Iterable[str]) -> None:
        self.locked += collections

    async def standing(self, practices: Iterable[PracticeKey]) -> dict[PracticeKey, list[Determination]]:
        gone = {one.determination_id for one in self.withdrawn}
        found: dict[PracticeKey, list[Determination]] = {}
        for practice in practices:
            told = [one.determination for one in self.made if (one.collection, one.practice) == practice]
            newest = {(one.indicator, one.determines): one for one in sorted(told, key=lambda one: one.determined_at)}
            standing = [one for _, one in sorted(newest.items()) if one.determination_id not in gone]
            if standing:
                found[practice] = standing
        return found

    async def record_made(self, made: Sequence[DeterminationMade]) -> None:
        self.made += made

    async def record_withdrawn(self, withdrawn: Sequence[DeterminationWithdrawn]) -> None:
        self.withdrawn += withdrawn

    async def accept_again(self, amendments: Sequence[Amendment], *, now: datetime) -> list[AcceptedAgain]:
        self.amendments += amendments
        accepted = []
        for amendment in amendments:
            practice = amendment.collection, amendment.practice
            if practice in self.newest:
                newest = self.newest[practice]
                self.newest[practice] = replace(
                    newest,
                    extract_id=amendment.extract_id,
                    extract_number=newest.extract_number + 1,
                    received_at=now,
                )
                accepted.append(self.newest[practice])
        return accepted


class FakeDirectoryRecords:
    def __init__(self) -> None:
        self.revision = 0
        self._recorded = Recorded()

    async def recorded(self) -> Recorded:
        return self._recorded

    async def record(self, changed: Directory, *, now: datetime) -> int:
        self.revision += 1
        before = self._recorded
        self._recorded = Recorded(
            suppliers={
                **before.suppliers,
                **{
                    one.supplier: RecordedSupplier(
                        one.supplier,
                        one.name,
                        token_digest(one.token) if one.token else before.suppliers[one.supplier].token_digest,
                    )
                    for one in changed.suppliers
                },
            },
            commissioners={**before.commissioners, **{one.commissioner: one for one in changed.commissioners}},
            practices={**before.practices, **{one.practice: one for one in changed.practices}},
            collections={**before.collections, **{one.collection: one for one in changed.collections}},
        )
        return self.revision


class FakeIngestUnitOfWork(FakeUnitOfWork):
    def __init__(self) -> None:
        super().__init__()
        self.journeys = FakeJourneys()
        self.waiting = FakeWaiting()
        self.directory = FakeDirectoryRecords()
        self.determinations = FakeDeterminations()


@pytest.fixture
def known_directory(directory: Directory) -> FakeDirectory:
    return FakeDirectory(directory)


@pytest.fixture
def intake() -> FakeIntake:
    return FakeIntake()


@pytest.fixture
def extracts() -> FakeExtracts:
    return FakeExtracts()


@pytest.fixture
def queues() -> FakeQueues:
    return FakeQueues()


@pytest.fixture
def uow() -> FakeIngestUnitOfWork:
    return FakeIngestUnitOfWork()
