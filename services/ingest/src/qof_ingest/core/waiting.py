"""Where in the queue is a supplier's extract, when is it through, and when are all of the supplier's?"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qof_shared.pace import Forecast, Pace


@dataclass(frozen=True, slots=True)
class Queue:
    """The extracts of a collection that wait, as they were a moment ago. Numbers rise with acceptance."""

    at: datetime
    waiting: Mapping[str, Sequence[int]]
    """Supplier -> the numbers of its extracts that wait, the lowest first."""
    pace: Pace | None
    """At which extracts come out; None where nobody can say."""

    @property
    def length(self) -> int:
        return sum(map(len, self.waiting.values()))

    def position(self, extract_number: int) -> int:
        """From 1, also where the extract came after the look."""
        return max(1, sum(bisect_right(numbers, extract_number) for numbers in self.waiting.values()))


@dataclass(frozen=True, slots=True)
class Place:
    """Where one extract is. It has no position once something has come out of it."""

    position: int | None = None
    """From 1, among all suppliers' extracts."""
    waiting: int | None = None
    """How many wait, this one included."""
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """How a supplier's extracts stand in the queue."""

    waiting: int
    """Extracts of the supplier that wait."""
    waiting_of_all: int
    """Extracts of all suppliers that wait."""
    last_position: int | None
    """Of the supplier's last extract, from 1."""
    extracts_per_minute: float | None
    """Of all suppliers, at the present pace; None where nobody can say."""
    forecast: Forecast | None
    """When the supplier's last extract is through."""


def place_of(extract_number: int, queue: Queue) -> Place:
    """The place of an extract that waits."""
    position = queue.position(extract_number)
    return Place(position, max(position, queue.length), _forecast(queue, position))


def share_of(supplier: str, queue: Queue) -> Share:
    """The supplier's part of the queue."""
    numbers = queue.waiting.get(supplier, ())
    last = queue.position(numbers[-1]) if numbers else None
    return Share(
        waiting=len(numbers),
        waiting_of_all=queue.length,
        last_position=last,
        extracts_per_minute=60 / queue.pace.seconds_each if queue.pace else None,
        forecast=_forecast(queue, last) if last else None,
    )


def _forecast(queue: Queue, to_go: int) -> Forecast | None:
    return queue.pace.forecast(to_go, queue.at) if queue.pace else None
