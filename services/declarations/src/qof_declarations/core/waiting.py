"""Where is a practice's newest extract, and when is it through? From how many are before it, and at which pace."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qof_shared.pace import LATEST, SELDOM, Forecast, Pace, ask_again_after


class Half(StrEnum):
    """What arrived of an extract."""

    POINTS = "points"
    REPORT = "report"


class Stage(StrEnum):
    """Where a practice's newest extract is."""

    AWAITING_EXTRACT = "awaiting-extract"
    IN_QUEUE = "in-queue"
    REJECTED = "rejected"
    AWAITING_NATIONAL_FIGURES = "awaiting-national-figures"
    AWAITING_POUNDS = "awaiting-pounds"
    READY = "ready"
    RECALCULATING = "recalculating"


@dataclass(frozen=True, slots=True)
class Journey:
    """What of one practice has come how far: numbers of extracts, 0 for none yet."""

    received: int = 0
    """The newest that ingest accepted."""
    points: int = 0
    pounds: int = 0
    rejected: int = 0
    version: int = 0
    """The newest report's; 0 before the first."""
    is_recalculating: bool = False
    """The report waits for something newer (core.standing)."""
    received_at: datetime | None = None

    @property
    def is_in_queue(self) -> bool:
        return self.received > max(self.points, self.rejected)


@dataclass(frozen=True, slots=True)
class Queue:
    """A collection's queue as it was a moment ago. Numbers of extracts rise; only the newest of a practice counts."""

    is_frozen: bool
    """National figures are frozen, so points become pounds at once: what is waited for is the report."""
    waiting: Sequence[int]
    """Without what is waited for."""
    pace: Pace | None
    """At which what is waited for comes out; None where nobody can say."""
    at: datetime

    def forecast(self, to_go: int) -> Forecast | None:
        """When so many will have come out."""
        return self.pace.forecast(to_go, self.at) if self.pace else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a practice is, for people."""

    stage: Stage
    journey: Journey
    position: int | None = None
    """In the queue, from 1; None where it is in none, or its pounds come in no order."""
    waiting: int | None = None
    """How many practices wait, this one included."""
    forecast: Forecast | None = None

    @property
    def is_settled(self) -> bool:
        """Nothing moves until somebody does something."""
        return self.stage in (Stage.READY, Stage.REJECTED)


def place_of(journey: Journey, queue: Queue) -> Place:
    """The stage of a practice, its place and when it will be through."""
    if journey.is_in_queue:
        before = bisect_right(queue.waiting, journey.received)
        # Its own row may have come after the queue was looked at.
        position = max(1, before)
        stage = Stage.RECALCULATING if journey.version else Stage.IN_QUEUE
        return Place(stage, journey, position, max(position, len(queue.waiting)), queue.forecast(position))
    if journey.points > journey.pounds:
        if not queue.is_frozen:
            return Place(Stage.AWAITING_NATIONAL_FIGURES, journey)
        # After a freeze pounds come by practice, not by number: everybody is told when all are through.
        waiting = max(1, len(queue.waiting))
        stage = Stage.RECALCULATING if journey.version else Stage.AWAITING_POUNDS
        return Place(stage, journey, None, waiting, queue.forecast(waiting))
    if journey.rejected > journey.points:
        return Place(Stage.REJECTED, journey)
    if journey.version:
        return Place(Stage.RECALCULATING if journey.is_recalculating else Stage.READY, journey)
    return Place(Stage.AWAITING_EXTRACT, journey)


def poll_after(place: Place, now: datetime, chance: float) -> int:
    """After how many seconds to ask again. `chance` is a random number from 0 to 1."""
    moves = place.position is not None or place.stage is Stage.AWAITING_POUNDS
    return ask_again_after(place.forecast, now, chance, otherwise=SELDOM if moves else LATEST)
