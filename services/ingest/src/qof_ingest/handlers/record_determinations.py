"""What was determined for which practice? Kept, and the practice's newest extract accepted again with it.

So everything downstream works as for any newer extract, and every later extract of the practice carries it too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from qof_ingest.handlers.numbers import received
from qof_ingest.handlers.ports import Amendment, DeterminationsUnitOfWork, PracticeKey
from qof_shared.contracts import Determination, DeterminationMade, DeterminationWithdrawn, Event

NAMED = 5
"""How many determinations a supplier is told by name."""


async def record_made(events: Sequence[Event], *, uow: DeterminationsUnitOfWork, now: datetime) -> None:
    """Keep what was determined; raises PermanentError for an event that does not fit its contract."""
    made = [event.content(DeterminationMade) for event in events]
    causes = {
        (one.collection, one.practice): (event.message_id, f"determined {one.determination.determination_id}")
        for one, event in zip(made, events, strict=True)
    }
    await uow.determinations.lock({collection for collection, _ in causes})
    before = await uow.determinations.standing(causes)
    await uow.determinations.record_made(made)
    await _accept_again(before, causes, uow=uow, now=now)


async def record_withdrawn(events: Sequence[Event], *, uow: DeterminationsUnitOfWork, now: datetime) -> None:
    """Keep what was withdrawn; it may come before what it withdraws. Raises PermanentError as above."""
    withdrawn = [event.content(DeterminationWithdrawn) for event in events]
    causes = {
        (one.collection, one.practice): (event.message_id, f"withdrawn {one.determination_id}")
        for one, event in zip(withdrawn, events, strict=True)
    }
    await uow.determinations.lock({collection for collection, _ in causes})
    before = await uow.determinations.standing(causes)
    await uow.determinations.record_withdrawn(withdrawn)
    await _accept_again(before, causes, uow=uow, now=now)


async def _accept_again(
    before: Mapping[PracticeKey, Sequence[Determination]],
    causes: Mapping[PracticeKey, tuple[UUID, str]],
    *,
    uow: DeterminationsUnitOfWork,
    now: datetime,
) -> None:
    """Accept the newest extract of every practice for which something else stands than `before`.

    `causes` are the message and the idempotency key of each. The key holds a blank, which no supplier can send.
    """
    after = await uow.determinations.standing(causes)
    amendments = [
        Amendment(uuid4(), *practice, key, _because(before.get(practice, ()), after.get(practice, ())))
        for practice, (_, key) in causes.items()
        if before.get(practice, ()) != after.get(practice, ())
    ]
    if not amendments:
        return
    again = await uow.determinations.accept_again(amendments, now=now)
    for extract in again:
        message_id, _ = causes[extract.key]
        event = extract.accepted(after.get(extract.key, ()), causation_id=message_id)
        uow.outbox.add(event, kept_id=extract.extract_id)
    if again:
        uow.outbox.add(received([(extract, extract.extract_number) for extract in again]))


def _because(before: Sequence[Determination], after: Sequence[Determination]) -> str:
    """Why an extract is accepted again, for its supplier."""
    made = [_name(one) for one in after if one not in before]
    gone = sorted({_name(one) for one in before} - {_name(one) for one in after})
    reasons = [
        *([f"of what was determined: {_listed(made)}"] if made else []),
        *([f"of what was withdrawn: {_listed(gone)}"] if gone else []),
    ]
    return f"Accepted again because {' and '.join(reasons)}."


def _name(determination: Determination) -> str:
    return f"{determination.determines} of {determination.indicator}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
