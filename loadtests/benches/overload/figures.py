"""What do the runs say? Goodput, who was answered, and which targets hold. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from loadtests.benches.ingest.figures import percentile
from loadtests.benches.overload.open_load import Outcome
from loadtests.benches.overload.plan import GOOD, MIX, Kind
from loadtests.benches.reporting import Target

WITH, WITHOUT = "with the door", "without"
WELL_MS = 2000.0
"""An answer that came later is no good: people have pressed again."""
SHED = 503
LEAST_GOODPUT = 0.95
SHED_P99_MS = 2000.0
"""The waiting page is a page, too; most have waited for a place inside before they are shown it."""


class OfKind(msgspec.Struct, frozen=True):
    """What became of the requests of a kind."""

    offered: int
    well: int
    """Answered as asked, within `WELL_MS`."""
    late: int
    shed: int
    lost: int
    """Answered by nobody while they waited, or wrongly."""
    p50_ms: float
    p99_ms: float
    """Of those answered as asked, late or not."""

    @property
    def share(self) -> float:
        return self.well / self.offered if self.offered else 0.0


@dataclass(frozen=True, slots=True)
class Round:
    """What became of one round of a load."""

    outcomes: Sequence[Outcome]
    signed: Mapping[str, int]
    """Practice -> signatures in the database."""
    cores: Mapping[str, float]
    """Processor time of server, PostgreSQL and load, in cores."""


class Run(msgspec.Struct, frozen=True):
    """One load on one subject, all rounds together."""

    subject: str
    factor: float
    """Of the capacity."""
    seconds: float
    kinds: dict[Kind, OfKind]
    goodput: float
    """Good answers a second, each counted by the processor time that an answer of its kind takes the server when there
    is nothing else to do, over that of an average request of the mix."""
    goodputs: list[float]
    """Round by round."""
    answers_per_second: float
    shed_p50_ms: float
    shed_p99_ms: float
    retry_after: tuple[int, int] | None
    """Least and most that anybody was told."""
    signatures_lost: int
    """Answered as done, but not in the database once."""
    server_cores: float
    postgres_cores: float
    load_cores: float
    load_late_p99_ms: float
    """How late the load itself was."""


def of_kind(outcomes: Sequence[Outcome], good: int) -> OfKind:
    answered = sorted(one.latency_ms for one in outcomes if one.status == good)
    well = sum(latency <= WELL_MS for latency in answered)
    shed = sum(one.status == SHED for one in outcomes)
    return OfKind(
        offered=len(outcomes),
        well=well,
        late=len(answered) - well,
        shed=shed,
        lost=len(outcomes) - len(answered) - shed,
        p50_ms=percentile(answered, 50) if answered else 0.0,
        p99_ms=percentile(answered, 99) if answered else 0.0,
    )


def run_of(subject: str, factor: float, seconds: float, rounds: Sequence[Round], costs: Mapping[Kind, float]) -> Run:
    """`costs` are seconds of an answer of each kind; each of the rounds was `seconds` long."""
    outcomes = [one for part in rounds for one in part.outcomes]
    kinds = _kinds(outcomes)
    shed = sorted(one.latency_ms for one in outcomes if one.status == SHED)
    told = [one.retry_after for one in outcomes if one.status == SHED and one.retry_after is not None]
    cores = {name: sum(part.cores[name] for part in rounds) / len(rounds) for name in rounds[0].cores}
    return Run(
        subject=subject,
        factor=factor,
        seconds=seconds * len(rounds),
        kinds=kinds,
        goodput=_goodput(kinds, costs) / seconds / len(rounds),
        goodputs=[_goodput(_kinds(part.outcomes), costs) / seconds for part in rounds],
        answers_per_second=sum(found.well for found in kinds.values()) / seconds / len(rounds),
        shed_p50_ms=percentile(shed, 50) if shed else 0.0,
        shed_p99_ms=percentile(shed, 99) if shed else 0.0,
        retry_after=(min(told), max(told)) if told else None,
        signatures_lost=sum(map(_signatures_lost, rounds)),
        server_cores=cores["server"],
        postgres_cores=cores["postgres"],
        load_cores=cores["load"],
        load_late_p99_ms=percentile(sorted(one.late_ms for one in outcomes), 99),
    )


def _kinds(outcomes: Sequence[Outcome]) -> dict[Kind, OfKind]:
    return {kind: of_kind([one for one in outcomes if one.kind == kind], GOOD[kind]) for kind in Kind}


def _goodput(kinds: Mapping[Kind, OfKind], costs: Mapping[Kind, float]) -> float:
    """Good answers, in average requests of the mix."""
    average = sum(costs[kind] * share for kind, share in MIX.items())
    return sum(found.well * costs[kind] for kind, found in kinds.items()) / average


def _signatures_lost(part: Round) -> int:
    done = [one.practice for one in part.outcomes if one.kind == Kind.SIGN and one.status == GOOD[Kind.SIGN]]
    return sum(part.signed.get(practice, 0) != 1 for practice in done)


def targets(runs: Sequence[Run]) -> list[Target]:
    """Which hold, of the runs with the door."""
    ours = {run.factor: run for run in runs if run.subject == WITH}
    base = ours[1].goodput
    found = []
    for factor, run in ours.items():
        if factor > 1:
            ratio = run.goodput / base
            found.append(Target(f"{LEAST_GOODPUT} of the goodput at 1x, at {factor:g}x", ratio, ratio >= LEAST_GOODPUT))
        shares = [run.kinds[kind].share for kind in Kind]
        least = min((first - second for first, second in pairwise(shares)), default=0.0)
        found.append(Target(f"shares answered in order of worth, at {factor:g}x (least step)", least, least >= -0.01))
        found.append(Target(f"no signature lost, at {factor:g}x", run.signatures_lost, run.signatures_lost == 0))
        if run.retry_after:
            aim = f"at most {SHED_P99_MS:,.0f} ms until somebody knows that they have to wait, p99, at {factor:g}x"
            found.append(Target(aim, run.shed_p99_ms, run.shed_p99_ms <= SHED_P99_MS))
    return found
