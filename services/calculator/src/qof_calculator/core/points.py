"""How many points does a practice have? Exact from counts to the total; nothing is rounded here (rules.md 12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from qof_calculator.core.compiled import CompiledRuleset
from qof_calculator.core.kinds import ZERO, Area
from qof_calculator.core.results import NOT_AVAILABLE, PARTLY, IndicatorResult, exact_text, indicator_result
from qof_shared.counts import CountsLike, IndicatorCountLike

__all__ = ["Achievement", "IndicatorResult", "calculate"]


@dataclass(frozen=True, slots=True)
class Achievement:
    """A practice's points: the exact sum of the indicators' unrounded points, and what was available to it."""

    points: Fraction
    points_available: Fraction
    indicators: Sequence[IndicatorResult]
    """One for every indicator of the year, in the order of `CompiledRuleset.terms`."""
    reported: Mapping[str, IndicatorCountLike]
    """Indicator code -> its counts, for the indicators that the extract listed. Results do not carry them,
    so that all but the partly achieved ones can be made once and shared."""

    @property
    def points_text(self) -> str:
        return exact_text(self.points.numerator, self.points.denominator)

    @property
    def points_available_text(self) -> str:
        return exact_text(self.points_available.numerator, self.points_available.denominator)


def calculate(rules: CompiledRuleset, counts: CountsLike) -> Achievement:
    """The points of one practice's counts under one rule set.

    The counts must be free of faults (`core.validation`). An indicator that was not reported has no points
    but stays available; one whose register is empty is not available, and the maximum shrinks
    (rules.md 2.4). A register indicator is reported by its register.
    """
    reported = {count.indicator: count for count in counts.indicators}
    registers = counts.registers
    empty = {register for register in rules.gates if registers.get(register) == 0}
    scale, available = rules.scale, rules.units
    results: list[IndicatorResult] = []
    # The sum is kept as one pair of integers and brought to lowest terms once: adding a hundred Fractions
    # would find the greatest common divisor a hundred times.
    whole, numerator, denominator = 0, 0, 1
    for term in rules.terms:
        if empty and not empty.isdisjoint(term.gates):
            available -= term.units
            results.append(term.not_available)
            continue
        if term.counted is not None:
            points = term.counted(term, reported.get(term.code), registers)
        else:
            points = term.derived(term, _areas(results)) if term.derived is not None else None
        if points is term.full:
            whole += term.units
            results.append(term.achieved)
        elif points is None:
            results.append(term.not_reported)
        elif points is ZERO:
            results.append(term.not_achieved)
        else:
            above, below = points
            numerator = numerator * below + above * denominator
            denominator *= below
            text = exact_text(above, below * scale)
            results.append(indicator_result(term.indicator, PARTLY, points, term.units, text, term.full_text))
    return Achievement(
        points=Fraction(numerator + whole * denominator, denominator * scale),
        points_available=Fraction(available, scale),
        indicators=results,
        reported=reported,
    )


def _areas(results: Sequence[IndicatorResult]) -> Sequence[Area]:
    """What was earned and available so far, by group; indicators that are not available are left out."""
    areas: dict[str, Area] = {}
    for result in results:
        if result.status == NOT_AVAILABLE:
            continue
        group = result.indicator.group
        area = areas.get(group)
        if area is None:
            area = areas[group] = Area(result.indicator.domain)
        area.available += result.units_available
        earned, below = result.units
        if below == 1:
            area.whole += earned
        else:
            area.numerator = area.numerator * below + earned * area.denominator
            area.denominator *= below
    return tuple(areas.values())
