"""What came of a run, in one file? Targets, ledger, times and curves, as `scorecard.json`; README.md has its fields."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from loadtests.check import PROMISES, Violation
from loadtests.record import PhaseRecord, Record, quantile
from loadtests.shapes.shape import Asked, Shape

FORMAT = 1
FILE = "scorecard.json"
BUSY = 0.7
"""Above this share of a core Locust measures itself."""
MOST_TOLD = 10
QUIET = 0.2
"""Share of the machine, above which something else is at work on it."""
HEADER = f"  {'seconds':<34}{'count':>8}{'p50':>9}{'p90':>9}{'p99':>9}{'max':>9}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target and what was measured; `value` is None where nothing could be measured, which is no pass."""

    name: str
    words: str
    limit: float
    is_at_least: bool
    value: float | None
    has_passed: bool

    def __str__(self) -> str:
        value = "not measured" if self.value is None else f"{self.value:.4g}"
        sense = "at least" if self.is_at_least else "at most"
        return f"{'ok  ' if self.has_passed else 'FAIL'}  {self.name}: {value} ({sense} {self.limit:g}; {self.words})"


@dataclass(frozen=True, slots=True)
class Line:
    """A promise of the ledger, and what broke it."""

    promise: str
    words: str
    violations: Sequence[str]

    @property
    def has_passed(self) -> bool:
        return not self.violations


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A run's result; `document` is what is written."""

    verdicts: Sequence[Verdict]
    ledger: Sequence[Line]
    document: Mapping[str, Any]

    @property
    def has_passed(self) -> bool:
        return all(one.has_passed for one in self.verdicts) and all(one.has_passed for one in self.ledger)


def make_scorecard(
    shape: Shape,
    record: Record,
    found: Sequence[Violation],
    *,
    collection: str,
    asked: Asked,
    began_at: datetime,
    locust_share: float,
    busy_before: float = 0.0,
) -> Scorecard:
    """Judge a run. `found` are the violations of the ledger, `locust_share` what Locust took of one core, `busy_before`
    what everything took of the whole machine in the second before the run."""
    verdicts = []
    for target in shape.targets:
        value = target.measure(record)
        has_passed = value is not None and target.holds(value)
        verdicts.append(Verdict(target.name, target.words, target.limit, target.is_at_least, value, has_passed))
    ledger = [
        Line(promise, words, [one.where for one in found if one.promise == promise])
        for promise, words in PROMISES.items()
    ]
    card = Scorecard(verdicts, ledger, {})
    document = {
        "format": FORMAT,
        "shape": shape.name,
        "rehearses": shape.rehearses,
        "compressed": shape.compressed,
        "collection": collection,
        "asked": {"practices": asked.practices, "seconds": asked.seconds, "rate": asked.rate},
        "began_at": began_at.isoformat(timespec="seconds"),
        "machine": {"processors": os.cpu_count(), "system": platform.system(), "python": platform.python_version()},
        "busy_before": busy_before,
        "locust": {"share_of_a_core": locust_share, "measures_itself": locust_share > BUSY},
        "has_passed": card.has_passed,
        "targets": [asdict(one) for one in verdicts],
        "ledger": [
            {
                "promise": one.promise,
                "words": one.words,
                "has_passed": one.has_passed,
                "violations": list(one.violations),
            }
            for one in ledger
        ],
        "phases": [_phase(one) for one in record.phases.values()],
        "samples": [asdict(one) for one in record.samples],
    }
    return replace(card, document=document)


def _phase(phase: PhaseRecord) -> dict[str, Any]:
    return {
        "name": phase.name,
        "began": phase.began,
        "arrivals_ended": phase.arrivals_ended,
        "ended": phase.ended,
        "arrivals": phase.arrivals,
        "counts": dict(sorted(phase.counts.items())),
        "times": {name: _times(list(found.seconds)) for name, found in sorted(phase.times.items())},
    }


def _times(seconds: Sequence[float]) -> dict[str, float | int]:
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    told: dict[str, float | int] = {"count": len(seconds)}
    for name, q in shares.items():
        told[name] = quantile(seconds, q) or 0.0
    told["max"] = max(seconds)
    return told


def write_scorecard(results: Path, card: Scorecard) -> None:
    (results / FILE).write_text(json.dumps(card.document, indent=1), encoding="utf-8")


def read_scorecard(where: Path) -> dict[str, Any]:
    """A scorecard from its file or from the folder it is in. Raises OSError, ValueError."""
    document: dict[str, Any] = json.loads((where / FILE if where.is_dir() else where).read_text(encoding="utf-8"))
    if document.get("format") != FORMAT:
        raise ValueError(f"{where} is no scorecard of format {FORMAT}; run the shape again.")
    return document


def words_of(card: Scorecard, results: Path) -> str:
    """The result for somebody at a terminal: times, targets, ledger, and in words what failed."""
    lines = []
    for phase in card.document["phases"]:
        counts = "  ".join(f"{count:,} {name}" for name, count in phase["counts"].items())
        lines += [
            f"{phase['name']}: {counts}",
            f"  {'seconds':<34}{'count':>8}{'p50':>9}{'p90':>9}{'p99':>9}{'max':>9}",
        ]
        for name, of in phase["times"].items():
            figures = "".join(f"{of[key]:>9.3f}" for key in ("p50", "p90", "p99", "max"))
            lines.append(f"  {name:<34}{of['count']:>8,}{figures}")
    locust = card.document["locust"]
    busy = (
        ": the times measure Locust; give it a machine of its own or fewer arrivals"
        if locust["measures_itself"]
        else ""
    )
    lines += ["", f"Locust took {locust['share_of_a_core']:.0%} of one core{busy}"]
    before = card.document["busy_before"]
    lines += [
        f"before the run, {before:.0%} of the machine was at work{': not a quiet one' if before > QUIET else ''}",
        "",
    ]
    lines += [str(one) for one in card.verdicts]
    for one in card.ledger:
        lines.append(f"{'ok  ' if one.has_passed else 'FAIL'}  {one.words}")
        lines += [f"        {one.promise}: {where}" for where in one.violations[:MOST_TOLD]]
        if len(one.violations) > MOST_TOLD:
            lines.append(f"        and {len(one.violations) - MOST_TOLD:,} more")
    lines += ["", f"{'passed' if card.has_passed else 'FAILED'}; results: {results}"]
    return "\n".join(lines)
