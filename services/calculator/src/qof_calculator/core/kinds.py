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
    thresholds: bool = False
    register: bool = False
    """True: the indicator is its register, which must be named."""
    parameters: frozenset[str] = field(default_factory=frozenset)


KINDS: Mapping[str, Kind] = {
    "register": Kind(counted=register_points, register=True),
    "yes-no": Kind(counted=yes_no_points, counts=frozenset({"achieved"})),
    "fraction": Kind(counted=fraction_points, counts=frozenset({"numerator", "denominator"}), thresholds=True),
    "holistic": Kind(derived=holistic_points, parameters=frozenset({"domain", "rank"})),
}
