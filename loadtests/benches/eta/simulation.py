"""What would a run look like? Simulated traces, to compare estimators on more queues than a machine has time for.

Two workers take batches from one queue. Posting slows them; how fast they are drifts; one of them is lost in the second
wave. Nothing of it is measured: `make bench-eta` is.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, sqrt

from loadtests.benches.eta.trace import PRACTICE, Seen, Trace, Waited

WORKERS = 2
WAVES = 2
PAUSE = 2.0
"""Seconds between the first wave's end and the second's beginning."""
LOST_AFTER = 0.35


@dataclass(frozen=True, slots=True)
class Run:
    """What is drawn for a run."""

    extracts: int
    """In a wave."""
    posting: float
    """Seconds in which a wave is posted."""
    seconds_each: float
    """Of a worker for an extract, while nobody posts."""
    batch: int
    slowed: float
    """So many times as long it takes while somebody posts."""
    spread: float
    """Standard deviation of the logarithm of how long a batch takes."""
    drift: float
    """Standard deviation of the logarithm of how fast the machine is, as it comes and goes."""
    drift_seconds: float
    """In which the machine forgets how fast it was."""


def drawn(chance: random.Random) -> Run:
    """A run of ten seconds to some minutes."""
    return Run(
        extracts=chance.choice((2000, 5000, 10_000)),
        posting=chance.uniform(4, 20),
        seconds_each=1 / chance.choice((60, 120, 250)),
        batch=chance.choice((25, 50, 100)),
        slowed=chance.uniform(1.0, 1.5),
        spread=chance.uniform(0.2, 0.6),
        drift=chance.uniform(0.05, 0.25),
        drift_seconds=chance.uniform(5, 60),
    )


def simulated(run: Run, chance: random.Random) -> Trace:
    """One run, seen as a practice's queue."""
    speed = _Speed(run, chance)
    began, posted, lost_at, at = [], [], float("inf"), 0.0
    waited: list[Waited] = []
    arrivals: list[tuple[float, int]] = []
    for wave in range(WAVES):
        began.append(at)
        posted.append(at + run.posting)
        numbers = [
            (wave * run.extracts + number, at + run.posting * number / run.extracts) for number in range(run.extracts)
        ]
        for end, batch, lost in _worked(run, chance, speed, numbers, posted[-1], is_losing=wave == WAVES - 1):
            lost_at = min(lost_at, lost)
            arrivals.append((end, len(batch)))
            waited += [Waited(number, since, end) for number, since in batch]
            at = max(at, end)
        at += PAUSE
    return Trace(run.extracts, posted, began, lost_at, at, {PRACTICE: Seen(waited, sorted(arrivals))}, [])


def _worked(
    run: Run,
    chance: random.Random,
    speed: "_Speed",
    numbers: list[tuple[int, float]],
    posted: float,
    *,
    is_losing: bool,
) -> Iterator[tuple[float, list[tuple[int, float]], float]]:
    """Batches as they come out: when, what, and when a worker was lost."""
    free = [numbers[0][1]] * WORKERS
    heapq.heapify(free)
    next_one, lost = 0, float("inf")
    while next_one < len(numbers):
        at = max(heapq.heappop(free), numbers[next_one][1])
        if is_losing and lost == float("inf") and next_one >= LOST_AFTER * len(numbers):
            lost = at
            continue  # this worker takes nothing more
        batch = [one for one in numbers[next_one : next_one + run.batch] if one[1] <= at]
        next_one += len(batch)
        slowed = run.slowed if at < posted else 1.0
        took = len(batch) * run.seconds_each * slowed * speed.at(at) * chance.lognormvariate(0, run.spread)
        heapq.heappush(free, at + took)
        yield at + took, batch, lost


class _Speed:
    """How long everything takes at a moment, as a factor: it wanders about 1, and returns."""

    def __init__(self, run: Run, chance: random.Random) -> None:
        self._run = run
        self._chance = chance
        self._now = 0.0
        self._logarithm = chance.gauss(0, run.drift)

    def at(self, moment: float) -> float:
        passed = max(0.0, moment - self._now)
        kept = exp(-passed / self._run.drift_seconds)
        self._logarithm = self._logarithm * kept + self._chance.gauss(0, self._run.drift) * sqrt(1 - kept**2)
        self._now = max(moment, self._now)
        return exp(self._logarithm)
