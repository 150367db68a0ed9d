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
"""How far back the pace looks."""

SILENCE = timedelta(seconds=45)
"""Nothing came out for so long: before it is another run of work, and after it nobody can say when it goes on."""

PAUSES = 20
SHORTEST_SILENCE = timedelta(seconds=5)
"""So many usual pauses, at least so long, without anything: the work stands, and nobody can say when it goes on."""

SLICES = 20
"""Into so many parts a run is cut, to see how evenly it went."""

RECENT = tuple(timedelta(seconds=seconds) for seconds in (4, 8, 16, 32, 64))
"""Has the pace changed since so long ago? Asked of the shortest first, so that a lost worker is noticed in seconds."""

CHANGED = 3.0
"""So many standard deviations from what was to be expected is a change of pace: by chance it is one time of 400."""

DRIFT = 0.15
"""A pace does not stay what it is: workers come and go, others use the machine. Its standard deviation from what it
was, as a share of it, beside what the run itself shows; `make bench-eta` says whether it is enough or too much."""

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
    """As likely sooner as later."""
    ready_by: datetime
    """Nine times of ten it is through by then."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast extracts came out since the pace last changed, and how evenly."""

    seconds_each: float
    extracts: int
    """So many were seen."""
    unevenness: float
    """Variance over mean of the number that comes in a time."""
    drift: float = DRIFT

    def forecast(self, to_go: int, now: datetime) -> Forecast | None:
        """When `to_go` extracts will have come; None where too few were seen to say.

        In a time in which m are expected, about m come. They come unevenly: a variance of D m. The pace was seen on n
        extracts only: D m² / n. And it drifts: (d m)². The bound is the m of which `to_go` come even so, nine times of
        ten: the larger root of m - z sqrt(D m + (D/n + d²) m²) = to go.
        """
        doubt = NINETY**2 * self.unevenness
        square = 1 - doubt / self.extracts - (NINETY * self.drift) ** 2
        if square <= 0:
            return None
        half = to_go + doubt / 2
        bound = (half + sqrt(half**2 - square * to_go**2)) / square
        return Forecast(
            now + timedelta(seconds=to_go * self.seconds_each), now + timedelta(seconds=bound * self.seconds_each)
        )


Estimator: TypeAlias = Callable[[Sequence[Arrival], datetime], Pace | None]
"""What came out lately, by time, and now -> the pace; None where nobody can say."""


def pace_of(arrivals: Sequence[Arrival], now: datetime) -> Pace | None:
    """The pace since it last changed; None where nothing came yet, or nothing comes any more."""
    run = present_run(arrivals, now)
    if not run or _stands(run, now):
        return None
    return measured(_as_far_as_it_helps(_since_change(run, now), now), now)


def present_run(arrivals: Sequence[Arrival], now: datetime) -> Sequence[Arrival]:
    """What came out in the window since the last silence; nothing where it is silent now."""
    recent = [arrival for arrival in arrivals if now - WINDOW <= arrival.at <= now]
    later = now
    for position in range(len(recent) - 1, -1, -1):
        if later - recent[position].at > SILENCE:
            return recent[position + 1 :]
        later = recent[position].at
    return recent


def _stands(run: Sequence[Arrival], now: datetime) -> bool:
    """Whether nothing has come for so long that at this run's usual pauses the work must stand."""
    usual = (run[-1].at - run[0].at) / max(1, len(run) - 1)
    return now - run[-1].at > max(SHORTEST_SILENCE, PAUSES * usual)


def _since_change(run: Sequence[Arrival], now: datetime) -> Sequence[Arrival]:
    """The part of the run since its pace changed, or all of it.

    What came since is held against what the pace before let expect, with the doubt about both.
    """
    for ago in RECENT:
        since = now - ago
        before = [arrival for arrival in run if arrival.at <= since]
        pace = measured(before, since)
        if pace is None:
            return run
        expected = ago.total_seconds() / pace.seconds_each
        came = sum(arrival.extracts for arrival in run[len(before) :])
        spread = sqrt(pace.unevenness * (expected + expected**2 / pace.extracts))
        if abs(came - expected) > CHANGED * spread and len(run) - len(before) >= 3:
            return run[len(before) :]
    return run


def _as_far_as_it_helps(run: Sequence[Arrival], now: datetime) -> Sequence[Arrival]:
    """The end of the run: from where on D/n is as small as d², more of the past says less about what comes."""
    pace = measured(run, now)
    if pace is None:
        return run
    enough, came = pace.unevenness / DRIFT**2, 0
    for position in range(len(run) - 1, 0, -1):
        came += run[position].extracts
        if came >= enough and len(run) - position >= SLICES:
            return run[position - 1 :]
    return run


def measured(run: Sequence[Arrival], now: datetime) -> Pace | None:
    """The pace of a run until now; None where too little came in it."""
    if len(run) < 3:
        return None
    # The first arrival opens the run: what it brought was worked on before.
    begin, came = run[0].at, sum(arrival.extracts for arrival in run[1:])
    seconds = (now - begin).total_seconds()
    if seconds <= 0 or came <= 0:
        return None
    return Pace(seconds / came, came, _unevenness(run, begin, seconds, came))


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
        return max(by_batch, size / 2)
    slices = [0] * SLICES
    for batch in batches:
        slices[min(int((batch.at - begin).total_seconds() / seconds * SLICES), SLICES - 1)] += batch.extracts
    return came / SLICES * _variation(slices)


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
