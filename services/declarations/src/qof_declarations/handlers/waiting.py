"""Who waits for what? Recording what is on the way, and telling a practice its place."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from qof_declarations.core.permissions import scope_of
from qof_declarations.core.waiting import Half, Place, Queue, place_of
from qof_declarations.handlers.ports import PracticeKey, UnitOfWork
from qof_declarations.handlers.reading import find_standing
from qof_declarations.handlers.waiting_ports import Received
from qof_shared.contracts import Event, ExtractsReceived
from qof_shared.people import Person


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """Where a practice's newest extract is, and whose it is."""

    practice_name: str
    place: Place


async def record_received(events: Sequence[Event], *, uow: UnitOfWork) -> None:
    """Keep the newest extract that ingest accepted of each practice."""
    newest: dict[PracticeKey, Received] = {}
    for event in events:
        for one in event.content(ExtractsReceived).extracts:
            known = newest.get((one.collection, one.practice))
            if known is None or known.extract_number < one.extract_number:
                newest[one.collection, one.practice] = Received(
                    one.collection, one.practice, one.extract_number, one.received_at
                )
    await uow.waiting.record_received(list(newest.values()))


async def record_arrivals(half: Half, practices: Iterable[PracticeKey], *, uow: UnitOfWork, now: datetime) -> None:
    """Remember how many came out just now: the rate is made of it."""
    extracts = Counter(collection for collection, _ in practices)
    if extracts:
        await uow.waiting.record_arrivals(half, extracts, now)


async def show_waiting(
    collection: str,
    practice: str,
    *,
    person: Person,
    uow: UnitOfWork,
    queue: Queue,
) -> ShownPlace:
    """Where the practice's newest extract is in this `queue`, and when it will be through. Raises NotFoundError.

    The queue is looked at before the unit of work is opened: many who hold a connection while they wait for one look
    leave none for it.
    """
    scope = scope_of(person)
    standing = await find_standing(uow.standings(scope), collection, practice, person=person)
    journey = await uow.journeys(scope).find(collection, practice)
    return ShownPlace(standing.practice_name, place_of(journey, queue))
