"""What do the runs say together? Medians, ratios, and whether the targets are met."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from loadtests.benches.pipeline.catalogue import CELERY, NAMES, OPENQOF, RAW_BATCHED, variant_named
from loadtests.benches.pipeline.results import Cost, Result

TIMES_BEST_FRAMEWORK, TIMES_CELERY, SHARE_OF_RAW_BATCHED = 2.5, 6.0, 0.6
FLAT_WITHIN = 0.15
MOST_PSS = 150_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One variant at one backlog, over all its runs."""

    variant: str
    backlog: int
    runs: int
    rate: float
    """Jobs/s, median."""
    slowest: float
    fastest: float
    cost: Cost
    """Median of each part."""
    peak_pss: int
    enqueued_per_second: float
    lost: int
    doubled: int
    left: int
    others: float
    """Of the machine, at most."""
    points_agree: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a target is met; None where it was not measured."""

    target: str
    measured: str
    is_met: bool | None


def summarise(results: Iterable[Result]) -> list[Line]:
    """A line per backlog and variant, in that order; variants as in the catalogue."""
    groups: dict[tuple[int, int], list[Result]] = {}
    for result in results:
        groups.setdefault((result.backlog, NAMES.index(result.variant)), []).append(result)
    return [_line(group) for _, group in sorted(groups.items())]


def _line(runs: Sequence[Result]) -> Line:
    rates = [run.jobs_per_second for run in runs]
    return Line(
        variant=runs[0].variant,
        backlog=runs[0].backlog,
        runs=len(runs),
        rate=median(rates),
        slowest=min(rates),
        fastest=max(rates),
        cost=Cost(
            workers=median(run.cost.workers for run in runs),
            broker=median(run.cost.broker for run in runs),
            postgres=median(run.cost.postgres for run in runs),
        ),
        peak_pss=max(run.peak_pss for run in runs),
        enqueued_per_second=median(run.enqueued_per_second for run in runs),
        lost=sum(run.lost for run in runs),
        doubled=sum(run.doubled for run in runs),
        left=sum(sum(run.left.values()) for run in runs),
        others=max(run.others for run in runs),
        points_agree=all(run.points_agree for run in runs),
    )


def rates_at(lines: Iterable[Line], backlog: int) -> dict[str, float]:
    """Variant -> jobs/s at this backlog; only those that got anywhere."""
    return {line.variant: line.rate for line in lines if line.backlog == backlog and line.rate > 0}


def best_framework(rates: dict[str, float]) -> str | None:
    """The fastest of the frameworks, ours and the raw ones left out."""
    frameworks = [name for name in rates if variant_named(name).kind == "framework"]
    return max(frameworks, key=lambda name: rates[name], default=None)


def ratio(rates: dict[str, float], one: str, other: str | None) -> float | None:
    """How many times as fast; None where either was not measured."""
    if other is None or one not in rates or other not in rates:
        return None
    return rates[one] / rates[other]


def verdicts(lines: Sequence[Line]) -> list[Verdict]:
    """Every target, judged at its worst backlog."""
    backlogs = sorted({line.backlog for line in lines})
    by_backlog = {backlog: rates_at(lines, backlog) for backlog in backlogs}
    return [
        _at_least(
            TIMES_BEST_FRAMEWORK,
            "times the best framework",
            {backlog: ratio(rates, OPENQOF, best_framework(rates)) for backlog, rates in by_backlog.items()},
        ),
        _at_least(
            TIMES_CELERY,
            "times Celery",
            {backlog: ratio(rates, OPENQOF, CELERY) for backlog, rates in by_backlog.items()},
        ),
        _at_least(
            SHARE_OF_RAW_BATCHED,
            "times raw, batched",
            {backlog: ratio(rates, OPENQOF, RAW_BATCHED) for backlog, rates in by_backlog.items()},
        ),
        _flat([line for line in lines if line.variant == OPENQOF]),
        _small([line for line in lines if line.variant == OPENQOF]),
        _nothing_lost(lines),
    ]


def _at_least(target: float, of_what: str, found: dict[int, float | None]) -> Verdict:
    measured = {backlog: times for backlog, times in found.items() if times is not None}
    if not measured:
        return Verdict(f"at least {target:g} {of_what}", "not measured", None)
    text = ", ".join(f"{times:.2f} at {backlog:,}" for backlog, times in measured.items())
    return Verdict(f"at least {target:g} {of_what}", text, min(measured.values()) >= target)


def _flat(ours: Sequence[Line]) -> Verdict:
    """Against the smallest backlog."""
    target = f"a job costs the same at every backlog, within {FLAT_WITHIN:.0%}"
    if len(ours) < 2:
        return Verdict(target, "not measured", None)
    text = ", ".join(f"{line.cost.total:.2f} ms at {line.backlog:,}" for line in ours)
    changes = [abs(line.cost.total / ours[0].cost.total - 1) for line in ours[1:]]
    return Verdict(target, text, max(changes) <= FLAT_WITHIN)


def _small(ours: Sequence[Line]) -> Verdict:
    target = f"a worker takes at most {MOST_PSS / 1e6:.0f} MB"
    if not ours:
        return Verdict(target, "not measured", None)
    peak = max(line.peak_pss for line in ours)
    return Verdict(target, f"{peak / 1e6:.0f} MB", peak <= MOST_PSS)


def _nothing_lost(lines: Sequence[Line]) -> Verdict:
    lost, doubled, left = (sum(getattr(line, name) for line in lines) for name in ("lost", "doubled", "left"))
    differing = sum(not line.points_agree for line in lines)
    text = f"{lost} lost, {doubled} doubled, {left} left in a queue, {differing} with other points"
    return Verdict(
        "nothing lost, doubled or miscalculated by anybody", text, not (lost or doubled or left or differing)
    )
