"""What happened in a run, phase by phase? Counts, and how long everything took. Pure: moments come in."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import ceil
from statistics import median

PAGE = "page "
"""How the names of pages' requests begin."""


class Times:
    """Durations of one kind, in seconds, each with the moment at which it ended."""

    def __init__(self) -> None:
        self.moments = array("d")
        self.seconds = array("d")

    def add(self, moment: float, seconds: float) -> None:
        self.moments.append(moment)
        self.seconds.append(seconds)

    def since(self, moment: float) -> list[float]:
        """Those that ended from this moment on; moments are added in their order."""
        return list(self.seconds[bisect_left(self.moments, moment) :])


@dataclass
class PhaseRecord:
    """One phase; moments are seconds since the run began."""

    name: str
    arrivals: int
    began: float = 0.0
    arrivals_ended: float = 0.0
    """When the last was due."""
    ended: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    times: dict[str, Times] = field(default_factory=dict)

    def add(self, name: str, moment: float, seconds: float) -> None:
        self.times.setdefault(name, Times()).add(moment, seconds)

    def of(self, name: str) -> list[float]:
        """All durations of this name; with a name that ends in a space, of all whose names begin so."""
        if not name.endswith(" "):
            found = self.times.get(name)
            return list(found.seconds) if found else []
        return [one for key, times in self.times.items() if key.startswith(name) for one in times.seconds]

    def share(self, name: str, q: float) -> float | None:
        """The duration that a share `q` of them did not exceed, in seconds."""
        return quantile(self.of(name), q)

    def done_by(self, name: str, moment: float) -> int:
        """How many of this name had ended by then."""
        found = self.times.get(name)
        return bisect_left(found.moments, moment) if found else 0


@dataclass(frozen=True, slots=True)
class Sample:
    """How it stood at one moment, in seconds since the run began; None where nobody could tell."""

    moment: float
    arrivals: int
    signed_in: int
    signed: int
    waiting: int
    """People in front of a page that looks again by itself."""
    queue_depth: int | None = None
    oldest_seconds: float | None = None
    """Age of the oldest extract in flight."""
    p50: float | None = None
    p99: float | None = None
    """Of the pages answered since the sample before; of all requests where no page is asked for."""
    memory: Mapping[str, int] = field(default_factory=dict)
    """Process -> resident bytes."""
    table_bytes: int | None = None
    table_rows: int | None = None
    """Of all tables of all services, where PostgreSQL may be asked."""
    locust_share: float = 0.0
    """Of one core, since the sample before."""


@dataclass
class Record:
    """A whole run."""

    phases: dict[str, PhaseRecord] = field(default_factory=dict)
    """By name, in their order."""
    samples: list[Sample] = field(default_factory=list)

    def total(self, name: str) -> int:
        """A count over all phases."""
        return sum(phase.counts[name] for phase in self.phases.values())


def quantile(values: Iterable[float], q: float) -> float | None:
    """The smallest value that at least a share `q` of all does not exceed; None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, ceil(q * len(ordered)) - 1)] if ordered else None


WARM_UP = 0.1
"""Share of a run in which things still fill; drift is measured after it."""


MOST_POINTS = 200
"""Of a drift's line, evenly over the run: each is held against each."""


def drift(points: Sequence[tuple[float, float]]) -> float | None:
    """By which part of itself a value moved over the run, after the warm-up; None with fewer than three points there.

    Along the line of Theil and Sen, the median of all slopes between two points: a minute in which the machine had
    other things to do bends a line of least squares, and is no drift.
    """
    if not points:
        return None
    first, last = points[0][0], points[-1][0]
    kept = [(at, value) for at, value in points if at >= first + WARM_UP * (last - first)]
    kept = kept[:: max(1, ceil(len(kept) / MOST_POINTS))]
    if len(kept) < 3:
        return None
    pairs = combinations(kept, 2)
    slopes = [(after - before) / (late - early) for (early, before), (late, after) in pairs if late > early]
    slope = median(slopes)
    began, ended = kept[0][0], kept[-1][0]
    level = median(value - slope * (at - began) for at, value in kept)
    return slope * (ended - began) / level if level > 0 else None
