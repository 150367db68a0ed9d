"""The others without libraries: a bare loop of integers, and rational arithmetic. Same practices, same answers."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from loadtests.benches.calculation.nation import Nation
from loadtests.benches.calculation.ours import Pence
from qof_calculator.core.compiled import Term
from qof_payments.core.statement import PointsLine

Hundredths = list[list[int]]
"""Practice by practice, indicator by indicator, in the order of the counts."""


def bare_integers(nation: Nation) -> Hundredths:
    """The best loop by hand: each indicator's points to the hundredth, half up. No sums, no figures, no pounds."""
    scales = {code: _scale(term, nation.rules.scale) for code, term in nation.rules.by_code.items()}
    found = []
    for extract in nation.extracts:
        of_practice = []
        registers = extract.registers
        for count in extract.indicators:
            full, hundred, lower, upper, width, register = scales[count.indicator]
            met = count.numerator
            if met is None:
                achieved = count.achieved if register is None else registers[register]
                of_practice.append(full if achieved else 0)
                continue
            eligible = count.denominator or 0
            met *= hundred
            if met >= upper * eligible:
                of_practice.append(full if eligible else 0)
            elif met > lower * eligible:
                below = eligible * width
                of_practice.append((2 * full * (met - lower * eligible) + below) // (2 * below))
            else:
                of_practice.append(0)
        found.append(of_practice)
    return found


def _scale(term: Term, unit: int) -> tuple[int, int, int, int, int, str | None]:
    """Hundredths of all points, the thresholds as in `Term`, and the register of an indicator that is one."""
    register = term.register if term.indicator.kind == "register" else None
    return 100 * term.units // unit, term.hundred, term.lower, term.upper, term.upper - term.lower, register


def rational(nation: Nation, lines: Sequence[PointsLine]) -> Pence:
    """The rules as a textbook writes them, with Fraction at every step."""
    rules, parameters = nation.rules.ruleset, nation.parameters
    means: dict[str, Fraction] = {}
    for register in rules.registers:
        prevalences = [Fraction(extract.registers[register], extract.list_size) for extract in nation.extracts]
        mean = sum(prevalences, Fraction(0)) / len(prevalences)
        means[register] = Fraction(floor(mean * 10**24 + Fraction(1, 2)), 10**24)
    found = []
    for extract in nation.extracts:
        counts = {count.indicator: count for count in extract.indicators}
        points = dict.fromkeys((line.line for line in lines), Fraction(0))
        for one in rules.indicators:
            count = counts[one.code]
            earned = Fraction(0)
            if one.kind == "register":
                earned = one.points if extract.registers[one.register or ""] else Fraction(0)
            elif one.kind == "yes-no":
                earned = one.points if count.achieved else Fraction(0)
            elif count.denominator:
                assert one.lower_threshold is not None
                assert one.upper_threshold is not None
                percentage = 100 * Fraction(count.numerator or 0, count.denominator)
                width = one.upper_threshold - one.lower_threshold
                share = (min(percentage, one.upper_threshold) - one.lower_threshold) / width
                earned = max(share, Fraction(0)) * one.points
            points[one.prevalence_register or one.domain] += earned
        index = extract.list_size / parameters.average_list_size
        pence = []
        for line in lines:
            pounds = points[line.line] * parameters.value_of_a_point * index
            if line.prevalence_register is not None:
                prevalence = Fraction(extract.registers[line.prevalence_register], extract.list_size)
                pounds *= prevalence / means[line.prevalence_register]
            pence.append(floor(100 * pounds + Fraction(1, 2)))
        found.append(pence)
    return found
