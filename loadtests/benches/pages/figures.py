"""What do the runs say? Medians over repetitions, and which targets hold. Pure."""

from collections.abc import Mapping, Sequence
from statistics import median

import msgspec

from loadtests.benches.client import Answered
from loadtests.benches.ingest.figures import percentile
from loadtests.benches.reporting import Target

BARE_PAGE, OWN, AGAIN = "bare page", "report, each its own", "report, read again"
BARE_INSERT, SIGN_PAGE, SIGN_API = "bare insert", "sign on the page", "sign by the API"


class Run(msgspec.Struct, frozen=True):
    """One subject, measured once. Times of processors are per request."""

    subject: str
    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    server_us: float
    postgres_us: float
    load_us: float
    kilobytes: float
    """Of an answer's body."""
    peak_mb: float
    """Resident memory of the server at its highest."""


def run_of(subject: str, answered: Answered, processor: Mapping[str, float], peak_bytes: int) -> Run:
    """`processor` is in seconds: server, postgres."""
    requests = sum(answered.statuses.values())
    latencies = sorted(answered.latencies)
    return Run(
        subject=subject,
        requests=requests,
        per_second=requests / answered.seconds,
        p50_ms=percentile(latencies, 50) * 1000,
        p99_ms=percentile(latencies, 99) * 1000,
        server_us=processor["server"] / requests * 1e6,
        postgres_us=processor["postgres"] / requests * 1e6,
        load_us=answered.processor_seconds / requests * 1e6,
        kilobytes=answered.body_bytes / requests / 1000,
        peak_mb=peak_bytes / 1e6,
    )


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
    """Which of the targets hold; ratios of one run's subjects, since absolute times are the machine's. A target of
    which a subject was not measured is left out."""
    aims = (
        (OWN, BARE_PAGE, 0.5, "of a bare page's requests/s, everybody reading their own report for the first time"),
        (AGAIN, BARE_PAGE, 0.5, "of a bare page's requests/s, the same reports read again"),
        (SIGN_PAGE, BARE_INSERT, 0.4, "of a bare insert's requests/s, signing on the page"),
        (SIGN_API, BARE_INSERT, 0.4, "of a bare insert's requests/s, signing by the API"),
    )
    found = [
        (f"{aim} {what}", of[ours].per_second / of[bare].per_second, aim)
        for ours, bare, aim, what in aims
        if ours in of and bare in of
    ]
    return [Target(sentence, ratio, ratio >= aim) for sentence, ratio, aim in found]
