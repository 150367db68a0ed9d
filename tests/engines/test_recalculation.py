"""The lean recalculation gives the same points and pence as what explains itself: every rule set, kind and regime."""

from collections.abc import Sequence
from fractions import Fraction

import msgspec
import pytest

from qof_calculator.core.points import calculate
from qof_calculator.core.recalculation import Sums, recalculate, sums_of
from qof_payments.core.entitlement import entitlement
from qof_payments.core.factor import EntitlementError
from qof_payments.core.national import national_figures
from qof_payments.core.recalculation import pence_by_line, rates_of
from qof_payments.core.statement import PointsLine, points_by_line
from qof_payments.core.terms import TargetPopulation, terms_of
from tests.engines import documents
from tests.engines.compare import Extract, practice_of, rules_of
from tests.engines.compare_statements import told, year_of

PRACTICES = 40
RULESETS = sorted(documents.rulesets())


def extracts_of(ruleset: str) -> list[Extract]:
    return [msgspec.convert(practice_of(ruleset, f"recalculated {n}"), Extract) for n in range(PRACTICES)]


def lines_of(ruleset: str, extract: Extract, services: dict[str, str]) -> Sequence[PointsLine]:
    """The statement's lines as payments makes them of the calculator's answer."""
    achieved = calculate(rules_of(ruleset), extract, extract.determinations).indicators
    return points_by_line([told(one) for one in achieved], services)


def sums_by_line(ruleset: str, lines: Sequence[PointsLine], services: dict[str, str]) -> Sums:
    number = {line.line: place for place, line in enumerate(lines)}
    line_of = {
        one.code: number[one.prevalence_register or (one.group if one.group in services else one.domain)]
        for one in rules_of(ruleset).ruleset.indicators
    }
    return sums_of(rules_of(ruleset), line_of)


@pytest.mark.parametrize("ruleset", RULESETS)
def test_points_and_pence_are_those_of_the_statement(ruleset: str) -> None:
    extracts = extracts_of(ruleset)
    for variant in ("1", "2", "3"):
        parameters, _ = year_of(ruleset, variant)
        services = dict(parameters.target_population_groups)
        targets = {service: TargetPopulation(1234, 5678) for service in list(services)[1:]}
        of_practice = dict.fromkeys(list(services)[:-1], 321)
        figures = national_figures(
            ((str(n), one.list_size, one.registers) for n, one in enumerate(extracts)), parameters
        )
        terms = terms_of(figures, parameters, targets)
        layout = lines_of(ruleset, extracts[0], services)
        sums, rates = sums_by_line(ruleset, layout, services), rates_of(layout, terms)
        for extract in extracts:
            lines = lines_of(ruleset, extract, services)
            points = recalculate(sums, extract, extract.determinations)
            assert [Fraction(*one) for one in points] == [Fraction(*line.points) for line in lines]
            paid = entitlement(lines, extract.list_size, extract.registers, terms, of_practice)
            pence = pence_by_line(rates, points, extract.list_size, extract.registers, of_practice)
            assert pence == [line.pence for line in paid.lines]


@pytest.mark.parametrize("ruleset", RULESETS)
def test_points_of_one_line_are_the_practices(ruleset: str) -> None:
    rules = rules_of(ruleset)
    sums = sums_of(rules, dict.fromkeys(rules.by_code, 0))
    for extract in extracts_of(ruleset):
        (points,) = recalculate(sums, extract, extract.determinations)
        assert Fraction(*points) == calculate(rules, extract, extract.determinations).points


def test_what_cannot_be_paid_is_the_same_error() -> None:
    parameters, _ = year_of("scotland-2012-13", "1")
    terms = terms_of(national_figures([("A", 100, {"AF": 1, "LD": 0})], parameters), parameters)
    for register, registers in (("AF", {}), ("DM", {"DM": 1}), ("LD", {"LD": 1})):
        line = PointsLine(register, register, register, (1, 1))
        with pytest.raises(EntitlementError) as explained:
            entitlement([line], 100, registers, terms)
        with pytest.raises(type(explained.value), match=str(explained.value)):
            pence_by_line(rates_of([line], terms), [(1, 1)], 100, registers)
        assert pence_by_line(rates_of([line], terms), [(0, 1)], 100, registers) == [0]
