"""Do payments and the slow engine give the same pounds? Figures, lines and the year's end of generated nations.

Payments is called as its handlers call it, on what the calculator would tell it. Beside the year's own parameters a
nation may be paid by another rounding profile or rebase that the code knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any, get_args

from qof_calculator.core.points import IndicatorResult
from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.aspiration import monthly_sums, year_of_aspiration
from qof_payments.core.contract_terms import AspirationTerms
from qof_payments.core.deductions import pms_deduction
from qof_payments.core.entitlement import entitlement
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.parameters import Parameters, Rebase
from qof_payments.core.rounding import ROUNDING_PROFILES
from qof_payments.core.statement import points_by_line
from qof_payments.core.terms import TargetPopulation, Terms, terms_of
from qof_shared.contracts import IndicatorPoints
from tests.engines import documents, reference_points, reference_pounds, reference_year_end
from tests.engines.compare import KEPT, Difference, Tally, fast_points, indicators_of, practice_of, rules_of
from tests.engines.reference_points import Practice
from tests.engines.reference_pounds import Figure, Line, Money

NATION = 25
"""Practices of one generated nation: what its national figures are made from."""

Found = Iterator[tuple[str, object, object]]
"""What differs, and both answers."""


def compare_statements(ruleset: str, seeds: Sequence[str]) -> Tally:
    """Figures and statements of one nation, whose practices are one for each seed."""
    parameters, money = year_of(ruleset, seeds[0])
    nation = {seed: _with_targets(practice_of(ruleset, seed), money, seed) for seed in seeds}
    practices = list(nation.values())
    fast_figures = national_figures(
        ((seed, practice["list_size"], practice["registers"]) for seed, practice in nation.items()), parameters
    )
    slow_figures = reference_pounds.national_figures(practices, money)
    terms = terms_of(fast_figures, parameters, _targets(practices, money))
    tally = Tally(ruleset)
    found = [Difference(ruleset, seeds[0], *one) for one in _figure_differences(fast_figures, slow_figures)]
    for seed, practice in nation.items():
        judged = reference_points.judge(indicators_of(ruleset), practice)
        slow = reference_pounds.statement(indicators_of(ruleset), judged, practice, practices, slow_figures, money)
        fast = _fast_lines(ruleset, practice, terms)
        tally.lines += len(slow)
        for name in {**slow, **fast}:
            if fast.get(name) != slow.get(name):
                found.append(Difference(ruleset, seed, f"line {name}", fast.get(name), slow.get(name)))
        found += [Difference(ruleset, seed, *one) for one in _year_end_differences(parameters, money, practice, seed)]
    tally.lines_different = len(found)
    tally.differences = found[:KEPT]
    return tally


def year_of(ruleset: str, seed: str) -> tuple[Parameters, Money]:
    """The year's parameters for both engines; now and then with another rounding profile or rebase."""
    random = Random(f"parameters {seed}")
    parameters = load_parameters(*nation_and_year(ruleset))
    money = _money(ruleset)
    if random.random() < 0.4:
        rounding = random.choice(sorted(ROUNDING_PROFILES))
        rebase = random.choice(get_args(Rebase))
        parameters = replace(parameters, rounding_profile=rounding, rebase=rebase)
        money = money._replace(rounding=rounding, rebase=rebase)
    return parameters, money


@cache
def _money(ruleset: str) -> Money:
    return reference_pounds.money_of(documents.parameter_sets()[ruleset])


def nation_and_year(ruleset: str) -> tuple[str, str]:
    """Whose parameters belong to a rule set; northern-ireland-2012-13 has both, too."""
    nation, first, last = ruleset.rsplit("-", 2)
    return nation, f"{first}-{last}"


def _with_targets(practice: Mapping[str, Any], money: Money, seed: str) -> Practice:
    """The practice with the patients of its additional services, some of them not known."""
    random = Random(f"targets {seed}")
    known = [service for service in sorted(money.services) if random.random() < 0.9]
    return {**practice, "targets": {service: random.randint(0, practice["list_size"]) for service in known}}


def _targets(practices: Sequence[Practice], money: Money) -> Mapping[str, TargetPopulation]:
    nation = {service: reference_pounds.national_target(service, practices) for service in money.services}
    return {service: TargetPopulation(*known) for service, known in nation.items() if known[0]}


def _fast_lines(ruleset: str, practice: Practice, terms: Terms) -> Mapping[str, Line]:
    """Payments' lines, their exact texts read."""
    achieved = fast_points(rules_of(ruleset), practice).indicators
    lines = points_by_line([told(one) for one in achieved], terms.parameters.target_population_groups)
    paid = entitlement(lines, practice["list_size"], practice["registers"], terms, practice["targets"])
    return {
        line.line: Line(
            Fraction(line.points),
            _read(line.adjusted_practice_disease_factor),
            _read(line.target_population_factor),
            line.pence,
        )
        for line in paid.lines
    }


def told(result: IndicatorResult) -> IndicatorPoints:
    """As payments hears of it."""
    indicator = result.indicator
    return IndicatorPoints(
        indicator=indicator.code,
        group=indicator.group,
        domain=indicator.domain,
        kind=indicator.kind,
        status=result.status,
        points=result.points_text,
        points_available=result.points_available_text,
        lower_threshold=indicator.lower_text,
        upper_threshold=indicator.upper_text,
        prevalence_register=indicator.prevalence_register,
    )


def _read(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _figure_differences(fast: NationalFigures, slow: Mapping[str, Figure]) -> Found:
    said = {
        register: Figure(
            Fraction(figure.mean_prevalence),
            None if figure.cut_off is None else Fraction(figure.cut_off),
            Fraction(figure.mean_adjusted_prevalence),
        )
        for register, figure in fast.registers.items()
    }
    for register in {**said, **slow}:
        if said.get(register) != slow.get(register):
            yield f"national figures of {register}", said.get(register), slow.get(register)


def _year_end_differences(parameters: Parameters, money: Money, practice: Practice, seed: str) -> Found:
    """Aspiration by both methods, with some months already paid, and the PMS deduction."""
    random = Random(f"year end {seed}")
    last_year = Decimal(random.choice((0, 1, 7, 10**9, random.randint(0, 10**8)))) / 100
    offer = AspirationTerms("share-of-last-year", accepted_offer=True, last_year=last_year)
    year = year_of_aspiration(offer, parameters)
    yield from _unless_same(
        "aspiration of last year", year, reference_year_end.aspiration_of_last_year(Fraction(last_year), money)
    )
    if money.points_share is not None:
        points = Decimal(random.randint(0, 105_000)) / 100
        offer = AspirationTerms("points", True, agreed_points=points, list_size=practice["list_size"])
        slow = reference_year_end.aspiration_of_points(Fraction(points), practice["list_size"], money)
        yield from _unless_same("aspiration of points", year_of_aspiration(offer, parameters), slow)
    paid = {month: random.randint(0, year // 6) for month in range(1, random.randint(1, 13))}
    yield from _unless_same("months", list(monthly_sums(year, paid)), reference_year_end.months(year, paid))
    pms = pms_deduction(practice["list_size"], parameters)
    yield from _unless_same(
        "PMS deduction", pms.pence if pms else 0, reference_year_end.pms_deduction(practice["list_size"], money)
    )


def _unless_same(what: str, fast: object, slow: object) -> Found:
    if fast != slow:
        yield what, fast, slow
