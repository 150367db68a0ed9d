"""What do all acts upon a collection's money have in common? It is known, and its practices are calculated again."""

from collections.abc import Sequence
from datetime import datetime

from qof_payments.handlers.ports import UnitOfWork
from qof_shared.contracts import CollectionRecord, EntitlementsDue, new_event

PRACTICES_PER_MESSAGE = 100
"""How many practices one message makes due: enough to calculate in one transaction, few enough to share out."""


class MoneyError(Exception):
    """An act upon a collection's money was refused; the message says why and what to do."""


class UnknownCollectionError(MoneyError):
    """Payments knows no such collection."""


async def known_collection(collection: str, uow: UnitOfWork) -> CollectionRecord:
    """The collection's record; raises UnknownCollectionError."""
    record = await uow.directory.collection(collection)
    if record is None:
        raise UnknownCollectionError(
            f"no collection {collection} here; check its code, or load it into ingest and wait until it has arrived"
        )
    return record


async def make_due(collection: str, practices: Sequence[str], *, uow: UnitOfWork, now: datetime) -> None:
    """Have these practices' entitlements calculated again on the newest national figures, if there are any."""
    snapshot = await uow.national_figures.newest(collection)
    if snapshot is None:
        return
    for start in range(0, len(practices), PRACTICES_PER_MESSAGE):
        due = EntitlementsDue(
            snapshot_id=snapshot.snapshot_id,
            collection=collection,
            practices=list(practices[start : start + PRACTICES_PER_MESSAGE]),
        )
        uow.outbox.add(new_event(due, occurred_at=now, correlation_id=str(snapshot.snapshot_id)))
