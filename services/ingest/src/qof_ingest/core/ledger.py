"""Is every accepted extract somewhere? The books of all suppliers, and two checks that can fail.

An extract is counted as its supplier knows it: one that was accepted again counts once, by whatever became of either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

STANDING_SECONDS = 15
"""The broker's numbers are up to five seconds old, and an extract moves between queues meanwhile: what seems to be
nowhere is believed to be after three such spans."""


@dataclass(frozen=True, slots=True)
class SupplierCounts:
    """One supplier's extracts in one collection. Each figure is counted by itself, none as a difference."""

    supplier: str
    name: str
    collection: str
    expected: int
    """Practices of the supplier, of the collection's nation, in the directory."""
    practices: int
    """Practices from which at least one extract was accepted."""
    accepted: int
    calculated: int
    reported: int
    rejected: int
    in_flight: int
    """Extracts without an outcome; those whose message is dead are among them."""
    oldest_in_flight: datetime | None


@dataclass(frozen=True, slots=True)
class Books:
    """What the database says, of one moment."""

    suppliers: Sequence[SupplierCounts]
    outbox_rows: int
    outbox_extracts: int
    """Rows of the outbox that are accepted extracts."""


@dataclass(frozen=True, slots=True)
class InQueues:
    """Messages on the way of an extract, as the broker says; a message holds up to so many events."""

    messages: int
    """Everywhere between acceptance and recorded outcome, retries and dead letters too."""
    dead: int
    """In the dead-letter queue of accepted extracts. Workers part a chunk before the broker gives it up, and
    dead-letter events singly: one message is one extract."""
    events_per_message: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """accepted = calculated + rejected + dead + in flight."""

    accepted: int
    calculated: int
    rejected: int
    dead: int
    in_flight: int
    unaccounted: int
    """Extracts without an outcome for which there is no room in all the outboxes and queues that we can see."""
    problem: str | None
    """Why the ledger does not balance, as sentences; None where it does."""

    @property
    def balances(self) -> bool:
        return self.problem is None


def oldest_in_flight(books: Books) -> datetime | None:
    """When the oldest extract without an outcome was accepted."""
    return min((one.oldest_in_flight for one in books.suppliers if one.oldest_in_flight), default=None)


def close_books(books: Books, queues: InQueues | None, *, standing_seconds: float) -> Ledger:
    """The ledger. `queues` is None where the broker does not say; then dead letters count as in flight.

    `standing_seconds`: for how long there have been unaccounted extracts in every look so far.
    """
    accepted = sum(one.accepted for one in books.suppliers)
    calculated = sum(one.calculated for one in books.suppliers)
    rejected = sum(one.rejected for one in books.suppliers)
    unsettled = sum(one.in_flight for one in books.suppliers)
    dead = min(queues.dead, unsettled) if queues else 0
    nowhere = unaccounted(books, queues)
    return Ledger(
        accepted=accepted,
        calculated=calculated,
        rejected=rejected,
        dead=dead,
        in_flight=unsettled - dead,
        unaccounted=nowhere,
        problem=" ".join(_problems(accepted, calculated + rejected + unsettled, nowhere, standing_seconds)) or None,
    )


def unaccounted(books: Books, queues: InQueues | None) -> int:
    """Extracts without an outcome that can be in no outbox and no queue; 0 where the broker does not say."""
    if queues is None:
        return 0
    unsettled = sum(one.in_flight for one in books.suppliers)
    return max(0, unsettled - books.outbox_extracts - queues.messages * queues.events_per_message)


def _problems(accepted: int, found: int, nowhere: int, standing_seconds: float) -> list[str]:
    problems = []
    if accepted != found:
        problems.append(f"{accepted} extracts were accepted, but {found} are calculated, rejected or without outcome.")
    if nowhere and standing_seconds >= STANDING_SECONDS:
        problems.append(
            f"{nowhere} extracts have no outcome and are in no queue and no outbox that ingest can see."
            " They may be in the calculator's outbox: is its relay running?"
        )
    return problems
