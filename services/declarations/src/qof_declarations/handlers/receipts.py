"""Giving receipts, showing them, and keeping the public log that they stand in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from qof_declarations.core.declaration import Change
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.merkle import Span, consistency_spans, grow, inclusion_spans, leaf_hash, perfect, prove
from qof_declarations.core.permissions import scope_of
from qof_declarations.core.receipt import (
    LogEntry,
    LogHead,
    NewReceipt,
    Receipt,
    document_of,
    receipt_document,
)
from qof_declarations.core.standing import Standing
from qof_declarations.handlers.errors import ImpossibleSizesError
from qof_declarations.handlers.ports import Standings, UnitOfWork
from qof_declarations.handlers.reading import find_standing
from qof_declarations.handlers.receipt_ports import NewHead, NewLeaf, ReceiptLog
from qof_shared.contracts import DeclarationSigned, Event
from qof_shared.people import Person


class _WorkedOutWith(msgspec.Struct, frozen=True):
    """What of a report document a receipt repeats: the rules and figures behind it, by digest."""

    worked_out_with: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a leaf is in the log of `size` entries."""

    leaf: int
    size: int
    hashes: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the log of `first` entries is the beginning of that of `second`."""

    first: int
    second: int
    hashes: Sequence[bytes]


async def give_receipts(
    made: Sequence[tuple[Change, Standing]], collection: str, *, standings: Standings, uow: UnitOfWork
) -> None:
    """Seal and keep the receipts of signatures, one of a practice, within their transaction."""
    versions = {change.declaration.practice: change.declaration.version for change, _ in made}
    reports = await standings.documents(collection, versions)
    await uow.receipts.issue(
        [_new_receipt(change, standing, reports[change.declaration.practice]) for change, standing in made]
    )


def _new_receipt(change: Change, standing: Standing, report: bytes) -> NewReceipt:
    declaration = change.declaration
    document = receipt_document(
        change,
        practice_name=standing.practice_name,
        worked_out_with=msgspec.json.decode(report, type=_WorkedOutWith).worked_out_with,
    )
    return NewReceipt(
        declaration_id=declaration.declaration_id,
        signed_at=declaration.signed_at,
        collection=declaration.collection,
        practice=declaration.practice,
        document=document,
    )


async def show_receipt(
    collection: str, practice: str, declaration_id: UUID, *, person: Person, uow: UnitOfWork
) -> Receipt:
    """The receipt of the declaration's newest signature, proved up to the log's newest head; raises NotFoundError."""
    scope = scope_of(person)
    await find_standing(uow.standings(scope), collection, practice, person=person)
    kept = await uow.shown_receipts(scope).find(collection, practice, declaration_id)
    if kept is None:
        raise NotFoundError(f"Practice {practice} has no receipt of a declaration {declaration_id} in {collection}.")
    entry = None
    if kept.leaf is not None:
        head = await newest_head(uow=uow)
        entry = LogEntry(kept.leaf, await _prove(uow.log, inclusion_spans(kept.leaf, head.size)), head)
    return Receipt(kept.seal, document_of(kept.seal), entry)


async def enter_receipts(events: Sequence[Event], *, uow: UnitOfWork, now: datetime) -> None:
    """Append the receipts of these signatures to the log, those that it does not have yet, and seal its new head.

    Not in the transaction of the signature: the log has one order, and signatures would queue for it.
    """
    declarations = {event.content(DeclarationSigned).declaration_id for event in events}
    await uow.log.lock()
    waiting = await uow.log.waiting(declarations)
    if not waiting:
        return
    head = await uow.log.newest_head()
    size = head.size if head else 0
    peaks = perfect((0, size))
    hashes = await uow.log.hashes(peaks)
    grown = grow(size, [hashes[node] for node in peaks], [leaf_hash(one.seal.encode()) for one in waiting])
    leaves = [
        NewLeaf(leaf, one.key, completed)
        for leaf, (one, completed) in enumerate(zip(waiting, grown.completed, strict=True), start=size)
    ]
    # Clocks may disagree; heads say a later time the longer the log is.
    at = max(now, head.at) if head else now
    await uow.log.append(leaves, NewHead(size + len(leaves), grown.root, at))


async def newest_head(*, uow: UnitOfWork) -> LogHead:
    """The log's newest head; raises NotFoundError while the log is empty."""
    head = await uow.log.newest_head()
    if head is None:
        raise NotFoundError("The log is empty: nobody has signed yet.")
    return head


async def list_heads(*, after: int, limit: int, uow: UnitOfWork) -> tuple[Sequence[LogHead], int | None]:
    """Heads of more than `after` entries, smallest first, and where the next page starts; None on the last."""
    found = await uow.log.heads(after=after, limit=limit + 1)
    return found[:limit], found[limit - 1].size if len(found) > limit else None


async def prove_inclusion(leaf: bytes, *, size: int | None, uow: UnitOfWork) -> Inclusion:
    """That the leaf of this hash is in the log of `size` entries, the newest unless told.

    Raises NotFoundError where it is not.
    """
    size = await _known_size(uow, size)
    number = await uow.log.leaf_of(leaf)
    if number is None or number >= size:
        raise NotFoundError(f"The log's first {size} entries do not hold {leaf.hex()}.")
    return Inclusion(number, size, await _prove(uow.log, inclusion_spans(number, size)))


async def prove_consistency(first: int, *, second: int | None, uow: UnitOfWork) -> Consistency:
    """That the log only grew from `first` entries to `second`, the newest unless told.

    Raises NotFoundError beyond the log's end, and ImpossibleSizesError.
    """
    second = await _known_size(uow, second)
    if not 0 < first <= second:
        raise ImpossibleSizesError(first, second)
    return Consistency(first, second, await _prove(uow.log, consistency_spans(first, second)))


async def _known_size(uow: UnitOfWork, size: int | None) -> int:
    newest = (await newest_head(uow=uow)).size
    if size is not None and size > newest:
        raise NotFoundError(f"The log has {newest} entries, not {size} yet.")
    return newest if size is None else size


async def _prove(log: ReceiptLog, spans: Sequence[Span]) -> list[bytes]:
    return prove(spans, await log.hashes({node for span in spans for node in perfect(span)}))
