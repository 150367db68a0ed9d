"""Recording who exists: practices, commissioners and collections, as ingest tells."""

from collections.abc import Sequence

from qof_declarations.handlers.ports import UnitOfWork
from qof_shared.contracts import (
    CollectionOpened,
    CommissionerRecord,
    DirectoryRecorded,
    Event,
    PracticeRecord,
)


async def record_directory(events: Sequence[Event], *, uow: UnitOfWork) -> None:
    """Keep the newest record of every commissioner and practice."""
    commissioners: dict[str, tuple[int, CommissionerRecord]] = {}
    practices: dict[str, tuple[int, PracticeRecord]] = {}
    for content in sorted((event.content(DirectoryRecorded) for event in events), key=lambda told: told.revision):
        commissioners |= {record.commissioner: (content.revision, record) for record in content.commissioners}
        practices |= {record.practice: (content.revision, record) for record in content.practices}
    await uow.directory.record_commissioners(list(commissioners.values()))
    await uow.directory.record_practices(list(practices.values()))


async def record_collections(events: Sequence[Event], *, uow: UnitOfWork) -> None:
    """Keep every collection that was opened."""
    records = {(record := event.content(CollectionOpened).collection).collection: record for event in events}
    await uow.directory.record_collections(list(records.values()))
