"""What became worse between two runs, or better? `python -m loadtests.compare BEFORE AFTER`; fails on worse."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.scorecard import read_scorecard

TOLERANCE = 0.2
"""By which part a value may grow before it is called worse: runs on one machine differ by so much."""
LEAST_SECONDS = 0.010
LEAST_BYTES = 16 * 1024 * 1024
"""Smaller changes are nobody's matter, whatever part of the value they are."""
LEAST_TIMES = 20
"""Of fewer durations the p99 is one unlucky moment."""
TOLD = ("p50", "p99")
WORSE, BETTER, SAME, GONE, NEW = "WORSE", "better", "same", "gone", "new"


@dataclass(frozen=True, slots=True)
class Change:
    """One number in both runs; None where a run has not measured it."""

    metric: str
    before: float | None
    after: float | None
    verdict: str

    @property
    def change(self) -> str:
        if self.before is None or self.after is None:
            return ""
        return f"{self.after / self.before - 1:+.0%}" if self.before else f"{self.after - self.before:+.3g}"


@dataclass(frozen=True, slots=True)
class _Metric:
    """A number that is better when small; less than `least` of a change is none. Counts of faults tolerate nothing."""

    value: float
    least: float = 0.0
    tolerance: float | None = None


def compare(before: Mapping[str, Any], after: Mapping[str, Any], *, tolerance: float = TOLERANCE) -> list[Change]:
    """Every number of two scorecards of the same shape and size, side by side. Raises ValueError where they are not."""
    for name in ("shape", "asked"):
        if before[name] != after[name]:
            raise ValueError(f"these runs cannot be compared: {name} was {before[name]}, then {after[name]}.")
    first, second = dict(_metrics(before)), dict(_metrics(after))
    changes = [_change(name, first.get(name), second.get(name), tolerance) for name in first | second]
    return [*changes, *_verdicts(before, after)]


def _change(name: str, before: _Metric | None, after: _Metric | None, tolerance: float) -> Change:
    if before is None or after is None:
        first, second = (None if one is None else one.value for one in (before, after))
        return Change(name, first, second, GONE if after is None else NEW)
    allowed = tolerance if before.tolerance is None else before.tolerance
    margin = max(before.least, allowed * before.value)
    moved = after.value - before.value
    return Change(name, before.value, after.value, WORSE if moved > margin else BETTER if -moved > margin else SAME)


def _verdicts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Targets and promises that held before and do not now, and the other way round; 1 holds, 0 does not."""
    first, second = _held(before), _held(after)
    for name in first:
        now = second.get(name, False)
        verdict = WORSE if first[name] and not now else BETTER if now and not first[name] else SAME
        yield Change(name, float(first[name]), float(now), verdict)


def _held(card: Mapping[str, Any]) -> dict[str, bool]:
    targets = {f"target holds: {one['name']}": bool(one["has_passed"]) for one in card["targets"]}
    return targets | {f"promise holds: {one['promise']}": not one["violations"] for one in card["ledger"]}


def _metrics(card: Mapping[str, Any]) -> Iterator[tuple[str, _Metric]]:
    for phase in card["phases"]:
        for name, times in phase["times"].items():
            if times["count"] >= LEAST_TIMES:
                for share in TOLD:
                    yield f"{phase['name']}: {name} {share}, s", _Metric(times[share], LEAST_SECONDS)
        for name in ("not done", "cut off", "faults", "dropped sessions"):
            yield f"{phase['name']}: {name}", _Metric(phase["counts"].get(name, 0), tolerance=0.0)
    depths = [one["queue_depth"] for one in card["samples"] if one["queue_depth"] is not None]
    if depths:
        yield "highest queue depth", _Metric(max(depths), least=100)
    memory = [sum(one["memory"].values()) for one in card["samples"] if one["memory"]]
    if memory:
        yield "highest memory, bytes", _Metric(max(memory), LEAST_BYTES)


def table(changes: Sequence[Change]) -> str:
    """For a terminal: what moved, and how many stayed."""
    lines = [f"{'metric':<56}{'before':>14}{'after':>14}{'change':>9}  verdict"]
    for one in changes:
        if one.verdict != SAME:
            lines.append(
                f"{one.metric:<56}{_number(one.before):>14}{_number(one.after):>14}{one.change:>9}  {one.verdict}"
            )
    lines.append(f"{sum(one.verdict == SAME for one in changes)} of {len(changes)} stayed as they were")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.3f}" if value < 1_000 else f"{value:,.0f}"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtests.compare", description=__doc__)
    parser.add_argument("before", type=Path, help="results of a run, or its scorecard.json")
    parser.add_argument("after", type=Path)
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="default: %(default)s")
    options = parser.parse_args(arguments)
    try:
        changes = compare(read_scorecard(options.before), read_scorecard(options.after), tolerance=options.tolerance)
    except (OSError, ValueError, KeyError) as error:
        print(f"compare-scorecards: {error}", file=sys.stderr)
        return 2
    print(table(changes))
    return 1 if any(one.verdict == WORSE for one in changes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
