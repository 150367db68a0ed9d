"""ingest told who exists: keep what payments needs of it."""

from collections.abc import Sequence

from qof_payments.handlers.ports import UnitOfWork
from qof_shared.contracts import CollectionOpened, DirectoryRecorded, Event


async def record_directory(events: Sequence[Event], *, uow: UnitOfWork) -> None:
    """Keep practices; a record with a higher revision replaces the older one, in whatever order they come."""
    for event in events:
        await uow.directory.record(event.content(DirectoryRecorded))


async def record_collections(events: Sequence[Event], *, uow: UnitOfWork) -> None:
    """Keep collections."""
    for event in events:
        await uow.directory.open_collection(event.content(CollectionOpened).collection)
