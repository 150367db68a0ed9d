"""How many points does a practice have? Exact from counts to the total; nothing is rounded here (rules.md 12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from qof_calculator.core.compiled import CompiledRuleset
from qof_calculator.core.determinations import before, determined_terms, registers_lacking
from qof_calculator.core.kinds import ZERO, Area, Points
from qof_calculator.core.results import NOT_AVAILABLE, PARTLY, IndicatorResult, indicator_result
from qof_shared.counts import CountsLike, DeterminationLike
from qof_shared.vocabulary import Determines, ratio_text

__all__ = ["Achievement", "Counted", "IndicatorResult", "calculate", "without_determinations"]


Counted: TypeAlias = tuple[int | None, int | None, int | None, int, int, Mapping[str, int], Mapping[str, int]]
"""What stands behind one indicator's points: numerator, denominator, register, exclusions and PCAs (patients), and
the latter two by reason."""
NOBODY: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Achievement:
    """A practice's points: the exact sum of the indicators' unrounded points, and what was available to it."""

    points: Fraction
    points_available: Fraction
    indicators: Sequence[IndicatorResult]
    """One for every indicator of the year, in the order of `CompiledRuleset.terms`. Results do not carry the counts,
    so that all but the partly achieved ones can be made once and shared."""
    counted: Sequence[Counted]
    """The counts behind them, in the same order."""
    sums: Sequence[Points]
    """Points by `CompiledRuleset.belongings`, in the rule set's unit and not in lowest terms."""
    is_sound: bool
    """False where the counts have a fault (`core.validation` says which), and the points therefore mean nothing."""

    @property
    def points_text(self) -> str:
        return ratio_text(self.points.numerator, self.points.denominator)

    @property
    def points_available_text(self) -> str:
        return ratio_text(self.points_available.numerator, self.points_available.denominator)


def calculate(
    rules: CompiledRuleset, counts: CountsLike, determinations: Sequence[DeterminationLike] = ()
) -> Achievement:
    """The points of one practice's counts under one rule set, with what was determined, and whether all is sound.

    An indicator that was not reported has no points but stays available; one whose register is empty is not
    available, and the maximum shrinks (rules.md 2.4). A register indicator is reported by its register.
    """
    terms, is_sound = rules.terms, True
    if determinations:
        terms, is_sound = determined_terms(rules, determinations)
        is_sound = is_sound and not registers_lacking(rules, counts.registers, determinations)
    # One look at each count does for checking it, calculating it and telling it: looking is what costs.
    reported = {count.indicator: count for count in counts.indicators}
    registers = counts.registers
    empty = {register for register in rules.gates if registers.get(register) == 0}
    missing = rules.registers_needed - registers.keys()
    is_sound = is_sound and _are_registers_sound(rules, counts) and len(reported) == len(counts.indicators)
    scale, available, known = rules.scale, rules.units, 0
    wholes = [0] * len(rules.belongings)
    parts: list[tuple[int, int, int]] = []
    results: list[IndicatorResult] = []
    counted: list[Counted] = []
    # The sum is kept as one pair of integers and brought to lowest terms once: adding a hundred Fractions
    # would find the greatest common divisor a hundred times.
    numerator, denominator = 0, 1
    for term, place in zip(terms, rules.sums_of_terms, strict=True):
        patients = registers.get(term.register) if term.register is not None else None
        count = reported.get(term.code)
        if count is None:
            counted.append((None, None, patients, 0, 0, NOBODY, NOBODY))
        else:
            known += 1
            met, eligible, exclusions, pcas = count.numerator, count.denominator, 0, 0
            if count.exclusions:
                for excluded in count.exclusions.values():
                    exclusions += excluded
                    if excluded < 0:
                        is_sound = False
            if count.pcas:
                for adjusted in count.pcas.values():
                    pcas += adjusted
                    if adjusted < 0:
                        is_sound = False
            if met is not None and eligible is not None and term.is_fraction:
                limit = eligible if patients is None or term.bound is None else patients
                if not 0 <= met <= eligible <= limit or count.achieved is not None:
                    is_sound = False
            elif (met is not None, eligible is not None, count.achieved is not None) not in term.counts:
                is_sound = False
            if missing and not missing.isdisjoint(term.registers_needed):
                is_sound = False
            counted.append((met, eligible, patients, exclusions, pcas, count.exclusions, count.pcas))
        if empty and not empty.isdisjoint(term.gates):
            available -= term.units
            results.append(term.not_available)
            continue
        if term.counted is not None:
            points = term.counted(term, count, registers)
        else:
            points = term.derived(term, _areas(results)) if term.derived is not None else None
        if points is term.full:
            wholes[place] += term.units
            results.append(term.achieved)
        elif points is None:
            results.append(term.not_reported)
        elif points is ZERO:
            results.append(term.not_achieved)
        else:
            above, below = points
            numerator = numerator * below + above * denominator
            denominator *= below
            parts.append((place, above, below))
            text = ratio_text(above, below * scale)
            results.append(indicator_result(term.indicator, PARTLY, points, term.units, text, term.full_text))
    return Achievement(
        points=Fraction(numerator + sum(wholes) * denominator, denominator * scale),
        points_available=Fraction(available, scale),
        indicators=results,
        counted=counted,
        sums=_sums(wholes, parts),
        is_sound=is_sound and known == len(reported),
    )


def _sums(wholes: Sequence[int], parts: Sequence[tuple[int, int, int]]) -> Sequence[Points]:
    """Whole units by place, with the fractions of a unit (place, numerator, denominator) added to them."""
    sums: list[Points] = [(units, 1) for units in wholes]
    for place, above, below in parts:
        numerator, denominator = sums[place]
        sums[place] = numerator * below + above * denominator, denominator * below
    return sums


def without_determinations(
    rules: CompiledRuleset, counts: CountsLike, determinations: Sequence[DeterminationLike]
) -> Sequence[str | None]:
    """What would have counted in the place of each determination; None: nothing.

    In place of adjusted points these are the calculated ones, with all that was determined beside adjustments.
    """
    others = [one for one in determinations if one.determines != Determines.ADJUSTED_POINTS]
    if len(others) == len(determinations):
        return [before(rules.by_code[one.indicator], one.determines) for one in determinations]
    calculated = {one.indicator.code: one.points_text for one in calculate(rules, counts, others).indicators}
    return [
        calculated[one.indicator]
        if one.determines == Determines.ADJUSTED_POINTS
        else before(rules.by_code[one.indicator], one.determines)
        for one in determinations
    ]


def _are_registers_sound(rules: CompiledRuleset, counts: CountsLike) -> bool:
    """Every register known, none negative, none above the list."""
    if counts.list_size <= 0 or not rules.registers >= counts.registers.keys():
        return False
    patients = counts.registers.values()
    return not patients or 0 <= min(patients) <= max(patients) <= counts.list_size


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
