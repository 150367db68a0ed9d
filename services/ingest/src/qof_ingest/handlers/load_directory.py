"""Who exists from now on? Records suppliers, commissioners, practices and collections, and tells everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qof_ingest.core.directory import Collection, Commissioner, Directory, Practice, Recorded, faults_of_directory
from qof_ingest.core.faults import Fault, as_lines
from qof_ingest.handlers.ports import DirectoryUnitOfWork
from qof_shared.contracts import (
    CollectionOpened,
    CollectionRecord,
    CommissionerRecord,
    DirectoryRecorded,
    PracticeRecord,
    new_event,
)

RECORDS_PER_EVENT = 500
"""Keeps a message small: five hundred practices are some 50 KB."""


class InvalidDirectoryError(Exception):
    """The file cannot be recorded: every fault with its place and how to mend it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"nothing was recorded; mend this first:\n{as_lines(faults)}")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class LoadedDirectory:
    """What a load changed."""

    changed: Directory
    revision: int | None
    """None where everything was recorded before, exactly as it is in the file."""


async def load_directory(new: Directory, *, uow: DirectoryUnitOfWork, now: datetime) -> LoadedDirectory:
    """Record what is new or changed, and tell it; the same file again changes and tells nothing.

    A record replaces the one with the same code; what the file does not list stays. Raises InvalidDirectoryError.
    """
    recorded = await uow.directory.recorded()
    faults = faults_of_directory(new, recorded)
    if faults:
        raise InvalidDirectoryError(faults)
    changed = _changed(new, recorded)
    if changed == Directory():
        return LoadedDirectory(changed, None)
    revision = await uow.directory.record(changed, now=now)
    for records in _directory_events(changed.commissioners, changed.practices, revision):
        uow.outbox.add(new_event(records, occurred_at=now, correlation_id=f"directory-{revision}"))
    for collection in changed.collections:
        if collection.collection not in recorded.collections:
            opened = CollectionOpened(collection=_collection_record(collection))
            uow.outbox.add(new_event(opened, occurred_at=now, correlation_id=collection.collection))
    return LoadedDirectory(changed, revision)


def _changed(new: Directory, recorded: Recorded) -> Directory:
    return Directory(
        suppliers=tuple(
            supplier
            for supplier in new.suppliers
            if not ((known := recorded.suppliers.get(supplier.supplier)) and known.is_as(supplier))
        ),
        commissioners=tuple(one for one in new.commissioners if recorded.commissioners.get(one.commissioner) != one),
        practices=tuple(one for one in new.practices if recorded.practices.get(one.practice) != one),
        collections=tuple(one for one in new.collections if recorded.collections.get(one.collection) != one),
    )


def _directory_events(
    commissioners: Sequence[Commissioner], practices: Sequence[Practice], revision: int
) -> list[DirectoryRecorded]:
    return [
        DirectoryRecorded(
            revision=revision,
            commissioners=[
                CommissionerRecord(commissioner=one.commissioner, name=one.name)
                for one in commissioners[start : start + RECORDS_PER_EVENT]
            ],
            practices=[
                PracticeRecord(
                    practice=one.practice,
                    name=one.name,
                    nation=one.nation,
                    commissioner=one.commissioner,
                    supplier=one.supplier,
                )
                for one in practices[start : start + RECORDS_PER_EVENT]
            ],
        )
        for start in range(0, max(len(commissioners), len(practices)), RECORDS_PER_EVENT)
    ]


def _collection_record(collection: Collection) -> CollectionRecord:
    return CollectionRecord(
        collection=collection.collection,
        nation=collection.nation,
        qof_year=collection.qof_year,
        achievement_date=collection.achievement_date,
        sign_by=collection.sign_by,
    )
