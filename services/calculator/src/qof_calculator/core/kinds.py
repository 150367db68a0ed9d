"""How does each kind of indicator turn counts into points?

A new kind is one function here and one row of `KINDS`. No year and no regulated number stands in this file:
points, thresholds and ranks are the rule set's data.

Points inside the calculator are a pair of integers, `(numerator, denominator)`, in the rule set's unit (the
smallest part of a point it uses, see `core.compiled`): exact, and far faster than a Fraction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import TYPE_CHECKING, TypeAlias

from qof_shared.counts import IndicatorCountLike
from qof_shared.vocabulary import Determines

if TYPE_CHECKING:
    from qof_calculator.core.compiled import Term

Points: TypeAlias = tuple[int, int]
"""numerator / denominator in the rule set's unit; not necessarily in lowest terms; the denominator is positive."""

ZERO: Points = (0, 1)


@dataclass(slots=True)
class Area:
    """What a practice earned in one group, and what was available to it, in the rule set's unit.

    Earned is `whole + numerator / denominator`.
    """

    domain: str
    whole: int = 0
    numerator: int = 0
    denominator: int = 1
    available: int = 0


def register_points(term: "Term", count: IndicatorCountLike | None, registers: Mapping[str, int]) -> Points | None:
    """All points where the register exists with at least one patient, else none (rules.md 2.1)."""
    patients = registers.get(term.register or "")
    if patients is None:
        return None
    return term.full if patients >= 1 else ZERO


def yes_no_points(term: "Term", count: IndicatorCountLike | None, registers: Mapping[str, int]) -> Points | None:
    """All points on Yes, none on No (rules.md 2.1)."""
    if count is None or count.achieved is None:
        return None
    return term.full if count.achieved else ZERO


def fraction_points(term: "Term", count: IndicatorCountLike | None, registers: Mapping[str, int]) -> Points | None:
    """Linear between the thresholds, on the unrounded percentage (rules.md 2.2).

    Nothing at or below the lower threshold, everything from the upper one on, nothing for an empty
    denominator (rules.md 12). The comparison is multiplied out, so nothing is ever divided.
    """
    if count is None or count.numerator is None or count.denominator is None:
        return None
    denominator = count.denominator
    if denominator == 0:
        return ZERO
    scaled = term.hundred * count.numerator
    if scaled >= term.upper * denominator:
        return term.full
    above = scaled - term.lower * denominator
    if above <= 0:
        return ZERO
    return (term.units * above, denominator * (term.upper - term.lower))


def stepped_points(term: "Term", count: IndicatorCountLike | None, registers: Mapping[str, int]) -> Points | None:
    """The step on reaching the lower threshold, the rest linear up to the upper one (rules.md 2.2)."""
    if count is None or count.numerator is None or count.denominator is None:
        return None
    denominator = count.denominator
    scaled = term.hundred * count.numerator
    if denominator == 0 or scaled < term.lower * denominator:
        return ZERO
    if scaled >= term.upper * denominator:
        return term.full
    width = denominator * (term.upper - term.lower)
    earned = term.step * width + (term.units - term.step) * (scaled - term.lower * denominator)
    return (earned, width) if earned else ZERO


def tiered_points(term: "Term", count: IndicatorCountLike | None, registers: Mapping[str, int]) -> Points | None:
    """The points of the highest tier whose percentage is reached (rules.md 2.6).

    Where the percentages are set locally and nobody has determined them, it is not reported.
    """
    if count is None or count.numerator is None or count.denominator is None or not term.tiers:
        return None
    reached = ZERO
    if count.denominator:
        for percentage, points in term.tiers:
            if term.hundred * count.numerator >= percentage * count.denominator:
                reached = points
    return reached


def protected_points(term: "Term", count: IndicatorCountLike | None, registers: Mapping[str, int]) -> Points | None:
    """The points of the reference year, whatever was counted; without them it is not reported (rules.md 2.5)."""
    return term.determined


def improvement_points(term: "Term", count: IndicatorCountLike | None, registers: Mapping[str, int]) -> Points | None:
    """The better of two routes: the thresholds, and the rise above the practice's own baseline (rules.md 2.7)."""
    by_threshold = fraction_points(term, count, registers)
    if by_threshold is None or term.improvement is None or by_threshold is term.full:
        return by_threshold
    assert count is not None, "fraction_points has seen it"
    denominator = count.denominator or 0
    lower, upper = term.improvement
    scaled = term.hundred * (count.numerator or 0)
    if denominator == 0 or scaled <= lower * denominator:
        return by_threshold
    if scaled >= upper * denominator:
        return term.full
    by_improvement = (term.units * (scaled - lower * denominator), denominator * (upper - lower))
    return by_improvement if _lower_share(by_threshold, by_improvement) < 0 else by_threshold


def adjusted_points(term: "Term", count: IndicatorCountLike | None, registers: Mapping[str, int]) -> Points | None:
    """What a person has determined instead of what any kind would give (rules.md 2.8)."""
    return term.determined


def holistic_points(term: "Term", areas: Sequence[Area]) -> Points:
    """The share of points achieved in the rank-th lowest area of a domain (rules.md 1.1; unverified).

    Areas that are not available to the practice are not ranked; where fewer than `rank` are left, the best
    of them counts, and with none the points are 0.
    """
    parameters = term.indicator.parameters
    shares = [
        (area.whole * area.denominator + area.numerator, area.denominator * area.available)
        for area in areas
        if area.domain == parameters["domain"] and area.available
    ]
    if not shares:
        return ZERO
    shares.sort(key=cmp_to_key(_lower_share))
    numerator, denominator = shares[min(int(parameters["rank"]), len(shares)) - 1]
    if numerator == denominator:
        return term.full
    return (term.units * numerator, denominator) if numerator else ZERO


def _lower_share(one: Points, other: Points) -> int:
    """Negative where the first fraction is the smaller, compared without dividing."""
    return one[0] * other[1] - other[0] * one[1]


Counted: TypeAlias = Callable[["Term", IndicatorCountLike | None, Mapping[str, int]], Points | None]
"""Points from this indicator's own counts; None: not reported."""
Derived: TypeAlias = Callable[["Term", Sequence[Area]], Points]
"""Points from what was achieved elsewhere."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind is calculated, and what it needs of the rule set and of the extract."""

    counted: Counted | None = None
    derived: Derived | None = None
    counts: frozenset[str] = field(default_factory=frozenset)
    """The fields of IndicatorCount that must be there; any other count is a fault."""
    counts_optional: bool = False
    """True: whatever counts there are, are shown and not calculated with."""
    thresholds: bool = False
    register: bool = False
    """True: the indicator is its register, which must be named."""
    parameters: frozenset[str] = field(default_factory=frozenset)
    """What the rule set must say beside points and thresholds; `core.parameters` says in which form."""
    optional: frozenset[str] = field(default_factory=frozenset)
    """What it may say, or what is determined for one practice."""
    determines: frozenset[Determines] = field(default_factory=frozenset)
    """What may be determined for a practice, beside an adjustment of the points, which fits every kind."""


FRACTION = frozenset({"numerator", "denominator"})

KINDS: Mapping[str, Kind] = {
    "register": Kind(counted=register_points, register=True),
    "yes-no": Kind(counted=yes_no_points, counts=frozenset({"achieved"})),
    "fraction": Kind(
        counted=fraction_points,
        counts=FRACTION,
        thresholds=True,
        determines=frozenset({Determines.LOWER_THRESHOLD, Determines.UPPER_THRESHOLD}),
    ),
    "tiered": Kind(
        counted=tiered_points,
        counts=FRACTION,
        parameters=frozenset({"tiers"}),
        optional=frozenset({"tier_percentages"}),
        determines=frozenset({Determines.TIER_PERCENTAGES}),
    ),
    "stepped": Kind(
        counted=stepped_points, counts=FRACTION, thresholds=True, parameters=frozenset({"points_at_lower"})
    ),
    "protected": Kind(
        counted=protected_points,
        counts_optional=True,
        parameters=frozenset({"reference_year"}),
        optional=frozenset({"reference_indicator", "reference_points"}),
        determines=frozenset({Determines.REFERENCE_POINTS}),
    ),
    "improvement": Kind(
        counted=improvement_points,
        counts=FRACTION,
        thresholds=True,
        parameters=frozenset({"improvement_lower", "improvement_upper"}),
        optional=frozenset({"baseline_percentage"}),
        determines=frozenset({Determines.BASELINE_PERCENTAGE}),
    ),
    "holistic": Kind(derived=holistic_points, parameters=frozenset({"domain", "rank"})),
}
