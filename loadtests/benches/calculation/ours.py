"""OpenQOF's two ways: sums alone, as a what-if needs them, and everything that a report says."""

from collections.abc import Mapping, Sequence

from loadtests.benches.calculation.nation import Nation
from qof_calculator.core.points import Achievement, calculate
from qof_calculator.core.recalculation import Sums, recalculate, sums_of
from qof_payments.core.entitlement import Entitlement, entitlement
from qof_payments.core.exact import Ratio
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.recalculation import pence_by_line, rates_of
from qof_payments.core.statement import PointsLine, points_by_line
from qof_payments.core.terms import terms_of
from qof_shared.contracts import IndicatorPoints

Pence = list[list[int]]
"""Practice by practice, line by line."""


def lines_of(nation: Nation) -> Sequence[PointsLine]:
    """The year's statement lines, without points."""
    return points_by_line(_told(calculate(nation.rules, nation.extracts[0])))


def sums(nation: Nation, lines: Sequence[PointsLine]) -> Sums:
    """Which indicator goes to which line: that of its register, or of its domain."""
    number = {line.line: place for place, line in enumerate(lines)}
    line_of: Mapping[str, int] = {
        one.code: number[one.prevalence_register or one.domain] for one in nation.rules.ruleset.indicators
    }
    return sums_of(nation.rules, line_of)


def points(nation: Nation, of: Sums) -> list[list[Ratio]]:
    return [recalculate(of, extract) for extract in nation.extracts]


def figures(nation: Nation) -> NationalFigures:
    return national_figures(
        ((str(number), extract.list_size, extract.registers) for number, extract in enumerate(nation.extracts)),
        nation.parameters,
    )


def statements(
    nation: Nation, lines: Sequence[PointsLine], earned: Sequence[Sequence[Ratio]], means: NationalFigures
) -> Pence:
    rates = rates_of(lines, terms_of(means, nation.parameters))
    return [
        pence_by_line(rates, of_practice, extract.list_size, extract.registers)
        for extract, of_practice in zip(nation.extracts, earned, strict=True)
    ]


def explained(nation: Nation) -> Pence:
    """Every result with its status and exact text, every line with its sentence; nothing is kept."""
    means = figures(nation)
    terms = terms_of(means, nation.parameters)
    found = []
    for extract in nation.extracts:
        achieved = _told(calculate(nation.rules, extract))
        paid: Entitlement = entitlement(points_by_line(achieved), extract.list_size, extract.registers, terms)
        found.append([line.pence for line in paid.lines])
    return found


def _told(achievement: Achievement) -> list[IndicatorPoints]:
    """As the message tells it: the facts that the two contracts have in common."""
    return [IndicatorPoints(*result.facts[:_FIELDS]) for result in achievement.indicators]  # type: ignore[arg-type]


_FIELDS = len(IndicatorPoints.__struct_fields__)
