"""How long until a practice's newest extract is through? From how many are before it, and how they came out lately.

Times are seconds in floats: nothing here is a point or a pound. An `Estimator` may take the place of `pace_of`; a
calibration compares what it said with what came true.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import sqrt
from statistics import fmean, pvariance
from typing import NamedTuple, TypeAlias

WINDOW = timedelta(minutes=5)
"""How far back the rate looks: long enough to have seen bursts, short enough to notice a new worker."""

SILENCE = timedelta(seconds=45)
"""Nothing came out for so long: before it is another run of work, and after it nobody can say when it goes on."""

SLICES = 20
"""Into so many parts a run is cut, to see how evenly it went."""

NINETY = 1.2816
"""The normal distribution's 90 % point, one-sided."""


class Half(StrEnum):
    """What arrived of an extract."""

    POINTS = "points"
    REPORT = "report"


class Arrival(NamedTuple):
    """So many extracts came out at this moment."""

    at: datetime
    extracts: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """When it will be through."""

    expected_at: datetime
    ready_by: datetime
    """Nine times of ten it is through by then."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast extracts came out in the present run of work, and how evenly."""

    seconds_each: float
    extracts: int
    """So many were seen."""
    batch: float
    """So many came out together, on average."""
    unevenness: float
    """Variance over mean of the number that comes in a time."""

    def forecast(self, to_go: int, now: datetime) -> Forecast | None:
        """When `to_go` extracts will have come; None where too few were seen to say.

        In a time in which m are expected, about m come, with a variance of D m because they come unevenly and of
        D m² / n because the pace itself was seen on n extracts only. The bound is the m of which `to_go` come even so,
        nine times of ten: the larger root of m - z sqrt(D m + D m²/n) = to go.
        """
        doubt = NINETY**2 * self.unevenness
        if self.extracts <= doubt:
            return None
        # They come by batches: half of one more than asked for, on average.
        to_come = to_go + (self.batch - 1) / 2
        square, half = 1 - doubt / self.extracts, to_come + doubt / 2
        bound = (half + sqrt(half**2 - square * to_come**2)) / square
        return Forecast(
            now + timedelta(seconds=to_come * self.seconds_each), now + timedelta(seconds=bound * self.seconds_each)
        )


Estimator: TypeAlias = Callable[[Sequence[Arrival], datetime], Pace | None]
"""What came out lately, by time, and now -> the pace; None where nobody can say."""


def pace_of(arrivals: Sequence[Arrival], now: datetime) -> Pace | None:
    """The pace of the present run of work; None where nothing came yet, or nothing comes any more."""
    run = _present_run(arrivals, now)
    if len(run) < 3:
        return None
    # The first arrival opens the run: what it brought was worked on before.
    begin, came = run[0].at, sum(arrival.extracts for arrival in run[1:])
    seconds = (now - begin).total_seconds()
    if seconds <= 0 or came <= 0:
        return None
    return Pace(seconds / came, came, came / (len(run) - 1), _unevenness(run, begin, seconds, came))


def _present_run(arrivals: Sequence[Arrival], now: datetime) -> Sequence[Arrival]:
    """What came out in the window since the last silence; nothing where it is silent now."""
    recent = [arrival for arrival in arrivals if now - WINDOW <= arrival.at <= now]
    later = now
    for position in range(len(recent) - 1, -1, -1):
        if later - recent[position].at > SILENCE:
            return recent[position + 1 :]
        later = recent[position].at
    return recent


def _unevenness(run: Sequence[Arrival], begin: datetime, seconds: float, came: int) -> float:
    """How much the number that comes varies: its variance over its mean, the worse of two ways to see it.

    One looks from batch to batch and knows their sizes and pauses; the other, slice by slice, sees an ebb and flow
    that is slower than batches.
    """
    pauses = [(later.at - earlier.at).total_seconds() for earlier, later in pairwise(run)]
    batches = run[1:]
    size = came / len(batches)
    by_batch = size * (_variation(pauses) + _variation([batch.extracts for batch in batches]))
    if len(batches) < 2 * SLICES:
        return max(by_batch, size)
    slices = [0] * SLICES
    for batch in batches:
        slices[min(int((batch.at - begin).total_seconds() / seconds * SLICES), SLICES - 1)] += batch.extracts
    return max(by_batch, came / SLICES * _variation(slices))


def _variation(values: Sequence[float]) -> float:
    """The square of the coefficient of variation."""
    mean = fmean(values)
    return pvariance(values, mean) / mean**2 if mean else 0.0


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

    def forecast(self, to_go: int, now: datetime) -> Forecast | None:
        """When so many will have come out."""
        return self.pace.forecast(to_go, now) if self.pace else None


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


def place_of(journey: Journey, queue: Queue, now: datetime) -> Place:
    """The stage of a practice, its place and when it will be through."""
    if journey.is_in_queue:
        before = bisect_right(queue.waiting, journey.received)
        # Its own row may have come after the queue was looked at.
        position = max(1, before)
        stage = Stage.RECALCULATING if journey.version else Stage.IN_QUEUE
        return Place(stage, journey, position, max(position, len(queue.waiting)), queue.forecast(position, now))
    if journey.points > journey.pounds:
        if not queue.is_frozen:
            return Place(Stage.AWAITING_NATIONAL_FIGURES, journey)
        # After a freeze pounds come by practice, not by number: everybody is told when all are through.
        waiting = max(1, len(queue.waiting))
        stage = Stage.RECALCULATING if journey.version else Stage.AWAITING_POUNDS
        return Place(stage, journey, None, waiting, queue.forecast(waiting, now))
    if journey.rejected > journey.points:
        return Place(Stage.REJECTED, journey)
    if journey.version:
        return Place(Stage.RECALCULATING if journey.is_recalculating else Stage.READY, journey)
    return Place(Stage.AWAITING_EXTRACT, journey)


SOONEST, LATEST = 2.0, 60.0
"""Seconds between two looks at the page."""


def poll_after(place: Place, now: datetime, chance: float) -> int:
    """After how many seconds to ask again: a tenth of what is to go, and never everybody at the same moment.

    `chance` is a random number from 0 to 1.
    """
    if place.forecast is not None:
        pause = max((place.forecast.expected_at - now).total_seconds() / 10, SOONEST)
    else:
        pause = LATEST if place.position is None and place.stage is not Stage.AWAITING_POUNDS else LATEST / 4
    return round(min(pause, LATEST) * (1 + chance / 2) + chance)
