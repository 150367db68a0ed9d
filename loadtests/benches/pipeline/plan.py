"""Which runs make a bench, in which order, and how long will those take that are still to come?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from loadtests.benches.pipeline.catalogue import Variant, variant_named
from loadtests.benches.pipeline.results import Result

SECONDS_AROUND = 6.0
"""What a run takes whatever its backlog: databases, processes, queues."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run to be done. `repetition` counts from 0."""

    variant: str
    backlog: int
    repetition: int


def plan(variants: Sequence[str], backlogs: Iterable[int], repetitions: int) -> list[Run]:
    """All runs: small backlogs first, and within a repetition every variant, so that a machine's good and bad moments
    fall on all. Each repetition begins with another variant."""
    return [
        Run(variants[(position + repetition) % len(variants)], backlog, repetition)
        for backlog in sorted(backlogs)
        for repetition in range(repetitions)
        for position in range(len(variants))
    ]


def still_wanted(run: Run, largest: int, done: Iterable[Result], slow_once: float | None) -> bool:
    """Not where it is done already, nor where at the largest backlog one run of a variant slower than `slow_once`
    (jobs/s) is enough."""
    for result in done:
        if (result.variant, result.backlog) != (run.variant, run.backlog):
            continue
        if result.repetition == run.repetition:
            return False
        if slow_once is not None and run.backlog == largest and result.jobs_per_second < slow_once:
            return False
    return True


def expected_seconds(run: Run, done: Sequence[Result]) -> float:
    """From the runs of the same variant so far, else from the catalogue's guess."""
    times = [
        (result.wall_seconds - SECONDS_AROUND) / result.backlog for result in done if result.variant == run.variant
    ]
    each = max(median(times), 0.0) if times else _guess(variant_named(run.variant))
    return SECONDS_AROUND + run.backlog * each


def _guess(variant: Variant) -> float:
    """Enqueuing takes about as long as working."""
    return 2 / variant.guess
