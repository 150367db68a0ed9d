"""How long until so many extracts are through? From how they came out lately: no QOF, only a queue.

Times are seconds in floats: nothing here is a point or a pound. An `Estimator` may take the place of `pace_of`; a
calibration compares what it said with what came true.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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


SOONEST, SELDOM, LATEST = 2.0, 15.0, 60.0
"""Seconds between two questions: at least, where nobody can say, and at most."""


def ask_again_after(forecast: Forecast | None, now: datetime, chance: float, otherwise: float = SELDOM) -> int:
    """After how many seconds to ask again: a tenth of what is to go, and never everybody at the same moment.

    `chance` is a random number from 0 to 1; `otherwise` the pause where there is no forecast.
    """
    to_go = (forecast.expected_at - now).total_seconds() / 10 if forecast else otherwise
    return round(min(max(to_go, SOONEST), LATEST) * (1 + chance / 2) + chance)
