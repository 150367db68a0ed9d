"""Do the calculator and the slow engine give the same points? Indicator by indicator, of generated practices.

Both get the same practice; the calculator is called as its handler calls it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import msgspec

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.compiled import CompiledRuleset
from qof_calculator.core.points import Achievement, calculate
from qof_calculator.core.validation import faults
from tests.engines import documents, reference_points
from tests.engines.generator import generate
from tests.engines.reference_points import Indicator, Judged, Practice

KEPT = 3
"""Differences that are kept of each rule set; one is enough to find the fault."""


class Counts(msgspec.Struct, frozen=True):
    """One indicator's counts, as an extract has them."""

    indicator: str
    numerator: int | None = None
    denominator: int | None = None
    achieved: bool | None = None
    exclusions: dict[str, int] = {}
    pcas: dict[str, int] = {}


class Determination(msgspec.Struct, frozen=True):
    """What was determined for one indicator."""

    indicator: str
    determines: str
    value: str


class Extract(msgspec.Struct, frozen=True):
    """An extract's counts and what was determined beside them, without the names that no engine looks at."""

    list_size: int
    registers: dict[str, int]
    indicators: list[Counts]
    determinations: list[Determination]


class Difference(NamedTuple):
    """One thing that the engines do not agree on."""

    ruleset: str
    seed: str
    what: str
    """An indicator's code, a line's name, or what else."""
    fast: object
    slow: object


@dataclass
class Tally:
    """What was compared for one rule set."""

    ruleset: str
    extracts: int = 0
    results: int = 0
    results_different: int = 0
    lines: int = 0
    lines_different: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        return not self.differences

    def add(self, other: "Tally") -> None:
        for name in ("extracts", "results", "results_different", "lines", "lines_different"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.differences = (self.differences + other.differences)[:KEPT]


@cache
def indicators_of(ruleset: str) -> tuple[Indicator, ...]:
    return reference_points.indicators_of(documents.rulesets()[ruleset])


_catalogue = cache(load_rulesets)


def rules_of(ruleset: str) -> CompiledRuleset:
    return _catalogue().by_id(ruleset)


def practice_of(ruleset: str, seed: str) -> dict[str, Any]:
    """The practice that a rule set and a seed make."""
    return generate(documents.rulesets()[ruleset], indicators_of(ruleset), f"{ruleset} {seed}")


def compare_points(ruleset: str, seeds: Sequence[str]) -> Tally:
    """Points of one practice for each seed, indicator by indicator, and their sums."""
    tally = Tally(ruleset)
    for seed in seeds:
        practice = practice_of(ruleset, seed)
        tally.extracts += 1
        tally.results += len(indicators_of(ruleset))
        found = [Difference(ruleset, seed, *one) for one in point_differences(ruleset, practice)]
        tally.results_different += len(found)
        tally.differences = (tally.differences + found)[:KEPT]
    return tally


def fast_points(rules: CompiledRuleset, practice: Practice) -> Achievement:
    """The calculator's answer."""
    extract = msgspec.convert(practice, Extract)
    return calculate(rules, extract, extract.determinations)


def point_differences(ruleset: str, practice: Practice) -> Iterator[tuple[str, object, object]]:
    """Code, fast and slow answer wherever they differ; the sums and faults of the whole extract come last."""
    rules = rules_of(ruleset)
    fast = fast_points(rules, practice)
    slow = reference_points.judge(indicators_of(ruleset), practice)
    for result in fast.indicators:
        code = result.indicator.code
        said = Judged(result.status, result.points, result.points_available)
        # Nothing of nothing is neither achieved nor not.
        same = said == slow[code] if result.indicator.points else said[1:] == slow[code][1:]
        if not same:
            yield code, said, slow[code]
    sums = (
        sum((one.points for one in slow.values()), Fraction(0)),
        sum((one.available for one in slow.values()), Fraction(0)),
    )
    if (fast.points, fast.points_available) != sums:
        yield "the practice's points, and those available", (fast.points, fast.points_available), sums
    if (Fraction(fast.points_text), Fraction(fast.points_available_text)) != sums:
        yield "the same as text", (fast.points_text, fast.points_available_text), sums
    if not fast.is_sound:
        extract = msgspec.convert(practice, Extract)
        yield "the counts are sound", faults(rules, extract, extract.determinations), True
