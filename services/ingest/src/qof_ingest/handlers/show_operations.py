"""What is the system doing? The books, closed, beside what the broker says of its queues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qof_ingest.core.ledger import Books, InQueues, Ledger, close_books, oldest_in_flight, unaccounted
from qof_shared.queues import Broker, BrokerAwayError, DeadReasons, QueueFacts

EXTRACTS_QUEUE = "calculator.extracts"
ON_THE_WAY = (EXTRACTS_QUEUE, "ingest.outcomes")
"""Where an extract, or what became of it, is between two databases."""


class Accounts(Protocol):
    """Where the books are kept."""

    async def books(self, collection: str | None) -> Books:
        """All of one moment, of a collection or of all; some seconds old at most. Raises UnavailableError."""


class StandingShortfall(Protocol):
    """Remembers since when extracts have been unaccounted for."""

    def seconds(self, collection: str | None, unaccounted: int) -> float:
        """For how long this look and every one before it found some; 0 where this one finds none."""


@dataclass(frozen=True, slots=True)
class Operations:
    """The running of the system at a moment."""

    at: datetime
    ledger: Ledger
    books: Books
    oldest_in_flight_seconds: float | None
    queues: Sequence[QueueFacts] | None
    """None where the broker does not say; `queues_problem` says why."""
    queues_problem: str | None
    dead_letters: Sequence[DeadReasons]


async def show_operations(
    collection: str | None,
    *,
    accounts: Accounts,
    broker: Broker,
    shortfall: StandingShortfall,
    events_per_message: int,
    now: datetime,
) -> Operations:
    """Ask the broker first: what it had passed on by then, the books that are read afterwards know."""
    queues: Sequence[QueueFacts] | None = None
    reasons: Sequence[DeadReasons] = ()
    problem = None
    try:
        queues = await broker.queues()
        reasons = await broker.dead_reasons()
    except BrokerAwayError as error:
        problem = str(error)
    books = await accounts.books(collection)
    moving = _on_the_way(queues, events_per_message) if queues is not None else None
    standing = shortfall.seconds(collection, unaccounted(books, moving))
    oldest = oldest_in_flight(books)
    return Operations(
        at=now,
        ledger=close_books(books, moving, standing_seconds=standing),
        books=books,
        oldest_in_flight_seconds=max(0.0, (now - oldest).total_seconds()) if oldest else None,
        queues=queues,
        queues_problem=problem,
        dead_letters=reasons,
    )


def _on_the_way(queues: Sequence[QueueFacts], events_per_message: int) -> InQueues:
    passed = [queue for queue in queues if queue.name in ON_THE_WAY]
    return InQueues(
        messages=sum(queue.waiting + queue.dead for queue in passed),
        dead=sum(queue.dead for queue in passed if queue.name == EXTRACTS_QUEUE),
        events_per_message=events_per_message,
    )
