"""What do the runs say? Percentiles, medians over repetitions, and which targets hold. Pure."""

from collections.abc import Mapping, Sequence
from statistics import median

import msgspec

from loadtests.benches.client import Answered
from loadtests.benches.reporting import Target

OURS, RELAYED, ONE_BY_ONE, BULK = "ingest", "ingest and relay", "ingest, one by one", "ingest, in bulk"
BARE, NAIVE = "bare route", "usual handler"


class Run(msgspec.Struct, frozen=True):
    """One subject, measured once. Times are per extract."""

    subject: str
    extracts: int
    per_second: float
    p50_ms: float
    p99_ms: float
    server_us: float
    postgres_us: float
    broker_us: float
    load_us: float
    peak_mb: float
    """Resident memory of the server at its highest, shared pages included: never less than its fair share."""


def run_of(subject: str, posted: Answered, processor: Mapping[str, float], peak_bytes: int) -> Run:
    """`processor` is in seconds: server, postgres, broker."""
    extracts = sum(posted.statuses.values())
    latencies = sorted(posted.latencies)

    def each(seconds: float) -> float:
        return seconds / extracts * 1e6

    return Run(
        subject=subject,
        extracts=extracts,
        per_second=extracts / posted.seconds,
        p50_ms=percentile(latencies, 50) * 1000,
        p99_ms=percentile(latencies, 99) * 1000,
        server_us=each(processor["server"]),
        postgres_us=each(processor["postgres"]),
        broker_us=each(processor["broker"]),
        load_us=each(posted.processor_seconds),
        peak_mb=peak_bytes / 1e6,
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that so many per cent of all are not above."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank), 1) - 1]


def medians(runs: Sequence[Run]) -> dict[str, Run]:
    """Subject -> each figure's median over its runs."""
    return {
        subject: Run(subject, *(median(column) for column in zip(*map(_figures, of_subject), strict=True)))
        for subject in dict.fromkeys(run.subject for run in runs)
        for of_subject in [[run for run in runs if run.subject == subject]]
    }


def _figures(run: Run) -> tuple[float, ...]:
    return tuple(value for value in msgspec.structs.astuple(run) if not isinstance(value, str))


def targets(of: Mapping[str, Run]) -> list[Target]:
    """Which of the targets hold; ratios, since absolute times are the machine's."""
    ours, bulk = of[OURS], of[BULK]
    to_naive, to_bare = ours.per_second / of[NAIVE].per_second, ours.per_second / of[BARE].per_second
    to_single, slowest = bulk.per_second / ours.per_second, ours.p99_ms / of[NAIVE].p99_ms
    to_one_by_one = bulk.per_second / of[ONE_BY_ONE].per_second
    return [
        Target("3 times the usual handler's extracts/s", to_naive, to_naive >= 3),
        Target("0.35 of a bare route's requests/s", to_bare, to_bare >= 0.35),
        Target("p99 no longer than the usual handler's", slowest, slowest <= 1),
        Target("in bulk 3 times the extracts/s of single posts over all connections", to_single, to_single >= 3),
        Target("in bulk 3 times the extracts/s of posts one after another", to_one_by_one, to_one_by_one >= 3),
        Target("in bulk at most 300 MB", bulk.peak_mb, bulk.peak_mb <= 300),
    ]
