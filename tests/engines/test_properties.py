"""What must hold for every practice of every rule set, from counts to pounds, whatever the engine is."""

from collections.abc import Sequence
from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.entitlement import Entitlement, entitlement
from qof_payments.core.factor import disease_factor
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.statement import points_by_line
from qof_payments.core.terms import terms_of
from tests.engines import documents
from tests.engines.compare import fast_points, practice_of, rules_of
from tests.engines.compare_statements import nation_and_year, told
from tests.engines.reference_points import Practice

RULESETS = sorted(documents.rulesets())
SEEDS = st.integers(0, 2**32).map(str)
"""A whole practice is drawn from a seed: drawing a hundred indicators one by one takes Hypothesis seconds."""
drawn = settings(max_examples=8)


def paid(ruleset: str, practice: Practice, figures: NationalFigures, parameters: Parameters) -> Entitlement:
    lines = points_by_line([told(one) for one in fast_points(rules_of(ruleset), practice).indicators])
    return entitlement(lines, practice["list_size"], practice["registers"], terms_of(figures, parameters))


def figures_of(practices: Sequence[Practice], parameters: Parameters) -> NationalFigures:
    given = ((str(number), one["list_size"], one["registers"]) for number, one in enumerate(practices))
    return national_figures(given, parameters)


@pytest.mark.parametrize("ruleset", RULESETS)
@drawn
@given(seed=SEEDS)
def test_points_keep_within_bounds_and_parts_sum_to_totals(ruleset: str, seed: str) -> None:
    practice = practice_of(ruleset, seed)
    parameters = load_parameters(*nation_and_year(ruleset))
    achievement = fast_points(rules_of(ruleset), practice)
    for one in achievement.indicators:
        assert 0 <= one.points <= one.points_available <= one.indicator.points
    assert achievement.points == sum(one.points for one in achievement.indicators)
    assert achievement.points_available == sum(one.points_available for one in achievement.indicators)
    statement = paid(ruleset, practice, figures_of([practice], parameters), parameters)
    assert sum(Fraction(line.points) for line in statement.lines) == achievement.points
    assert sum(line.pence for line in statement.lines) == statement.pence
    assert all(line.pence == 0 for line in statement.lines if line.points == "0")


@pytest.mark.parametrize("ruleset", RULESETS)
@drawn
@given(seed=SEEDS, data=st.data())
def test_one_more_patient_who_is_met_never_costs_points(ruleset: str, seed: str, data: st.DataObject) -> None:
    practice = practice_of(ruleset, seed)
    short = [n for n, one in enumerate(practice["indicators"]) if one.get("numerator", 0) < one.get("denominator", 0)]
    if not short:
        return
    better: Any = deepcopy(practice)
    better["indicators"][data.draw(st.sampled_from(short))]["numerator"] += 1
    assert fast_points(rules_of(ruleset), practice).points <= fast_points(rules_of(ruleset), better).points


@pytest.mark.parametrize(
    "ruleset", [one for one in RULESETS if load_parameters(*nation_and_year(one)).cut_off_share is None]
)
@drawn
@given(seed=SEEDS, times=st.integers(2, 50))
def test_the_list_cancels_in_clinical_pay_under_true_prevalence(ruleset: str, seed: str, times: int) -> None:
    practice = practice_of(ruleset, seed)
    parameters = load_parameters(*nation_and_year(ruleset))
    figures = figures_of([practice, practice_of(ruleset, f"{seed} and another")], parameters)
    larger = {**practice, "list_size": practice["list_size"] * times}
    for before, after in zip(
        paid(ruleset, practice, figures, parameters).lines,
        paid(ruleset, larger, figures, parameters).lines,
        strict=True,
    ):
        if before.prevalence_register is not None:
            assert before.pence == after.pence
        else:  # rounded once each: half a penny, and half a penny as often as the list is larger
            assert abs(after.pence - times * before.pence) <= (times + 1) / 2


@pytest.mark.parametrize("ruleset", RULESETS)
@drawn
@given(seed=SEEDS)
def test_the_mean_factor_of_a_nation_is_one(ruleset: str, seed: str) -> None:
    nation = [practice_of(ruleset, f"{seed} {number}") for number in range(5)]
    parameters = load_parameters(*nation_and_year(ruleset))
    figures = figures_of(nation, parameters)
    terms = terms_of(figures, parameters)
    for register, figure in figures.registers.items():
        reporting = [one for one in nation if register in one["registers"]]
        if not figure.mean_adjusted_prevalence:
            continue
        factors = [
            Fraction(*disease_factor(register, one["list_size"], one["registers"], terms).apdf) for one in reporting
        ]
        # Exact but for the one rounding of the mean at its 24th decimal.
        allowed = Fraction(1, 10**24) / Fraction(figure.mean_adjusted_prevalence)
        assert abs(sum(factors, Fraction()) / len(factors) - 1) <= allowed
