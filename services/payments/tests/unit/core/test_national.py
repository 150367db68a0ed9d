from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.factor import disease_factor
from qof_payments.core.national import NO_LIST_SIZE, NationalFiguresError, national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.terms import terms_of

MakeParameters = Callable[..., Parameters]

PRACTICES = st.lists(
    st.integers(1, 20_000).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size))), min_size=1, max_size=40
)


def test_mean_is_unweighted_over_practices(make_parameters: MakeParameters) -> None:
    figures = national_figures([("A", 1000, {"AF": 10}), ("B", 9000, {"AF": 270})], make_parameters())
    af = figures.registers["AF"]
    assert af.mean_prevalence == Decimal("0.02")  # (1 % + 3 %) / 2; the total register would give 2.8 %
    assert (af.practices, af.total_register, af.total_list) == (2, 280, 10_000)
    assert af.cut_off is None
    assert af.mean_adjusted_prevalence == af.mean_prevalence


def test_zero_register_counts_and_a_missing_one_does_not(make_parameters: MakeParameters) -> None:
    practices = [("A", 1000, {"AF": 10, "DM": 50}), ("B", 1000, {"AF": 0})]
    figures = national_figures(practices, make_parameters())
    assert figures.registers["AF"].mean_prevalence == Decimal("0.005")
    assert (figures.registers["DM"].practices, figures.registers["DM"].mean_prevalence) == (1, Decimal("0.05"))


def test_practices_without_list_or_excluded_by_name_are_left_out_with_their_reason(
    make_parameters: MakeParameters,
) -> None:
    practices = [("A", 1000, {"MH": 8}), ("B", 0, {"MH": 5}), ("C", 100, {"MH": 35})]
    figures = national_figures(practices, make_parameters(), exclusions={"C": "care home for dementia", "Z": "closed"})
    assert figures.practices == 1
    assert figures.left_out == {"B": NO_LIST_SIZE, "C": "care home for dementia"}
    assert figures.registers["MH"].mean_prevalence == Decimal("0.008")


def test_no_practices_give_no_figures(make_parameters: MakeParameters) -> None:
    assert national_figures([], make_parameters()).registers == {}


def test_practice_given_twice_is_refused(make_parameters: MakeParameters) -> None:
    with pytest.raises(NationalFiguresError, match="practice A was given twice"):
        national_figures([("A", 1000, {}), ("A", 1000, {})], make_parameters())


def test_negative_register_is_refused(make_parameters: MakeParameters) -> None:
    with pytest.raises(NationalFiguresError, match="-1 patients on AF"):
        national_figures([("A", 1000, {"AF": -1})], make_parameters())


def test_one_very_prevalent_practice_gives_many_the_same_factor(make_parameters: MakeParameters) -> None:
    # The care home of 2005-06: 35.4 % of its patients made 1.77 % the cut-off for everybody (rules.md 3.4).
    parameters = make_parameters(prevalence_regime="square-root", cut_off_share=Fraction(1, 20))
    practices = [("HOME", 500, {"MH": 177}), *((f"P{n}", 6000, {"MH": 20 + n}) for n in range(50))]
    figures = national_figures(practices, parameters)
    assert figures.registers["MH"].cut_off == Decimal("0.0177")
    terms = terms_of(figures, parameters)
    factors = {Fraction(*disease_factor("MH", size, counts, terms).apdf) for _, size, counts in practices[1:]}
    assert len(factors) == 1


def test_mean_on_the_edge_of_two_decimals_is_decided_exactly(make_parameters: MakeParameters) -> None:
    # 1/(3·10²⁴) + 2/(3·10²⁴) = 10⁻²⁴, so the mean of both is exactly half a unit, which dropped remainders hide.
    vast = 3 * 10**24
    figures = national_figures([("A", vast, {"AF": 1}), ("B", vast, {"AF": 2})], make_parameters())
    assert figures.registers["AF"].mean_prevalence == Decimal("1E-24")


@given(practices=PRACTICES)
def test_frozen_mean_is_the_exact_mean_rounded_once(
    make_parameters: MakeParameters, practices: list[tuple[int, int]]
) -> None:
    given_practices = [(str(n), size, {"AF": count}) for n, (size, count) in enumerate(practices)]
    frozen = national_figures(given_practices, make_parameters()).registers["AF"].mean_prevalence
    exact = sum((Fraction(count, size) for size, count in practices), Fraction()) / len(practices)
    assert abs(Fraction(frozen) - exact) <= Fraction(1, 2 * 10**24)


@pytest.mark.parametrize("regime", ["square-root", "cut-off", "true-prevalence"])
@given(practices=PRACTICES)
def test_mean_factor_is_one_within_the_frozen_precision(
    make_parameters: MakeParameters, regime: str, practices: list[tuple[int, int]]
) -> None:
    share = None if regime == "true-prevalence" else Fraction(1, 20)
    parameters = make_parameters(prevalence_regime=regime, cut_off_share=share)
    given_practices = [(str(n), size, {"AF": count}) for n, (size, count) in enumerate(practices)]
    figures = national_figures(given_practices, parameters)
    if not figures.registers["AF"].mean_adjusted_prevalence:
        return
    terms = terms_of(figures, parameters)
    factors = [Fraction(*disease_factor("AF", size, counts, terms).apdf) for _, size, counts in given_practices]
    mean = figures.registers["AF"].mean_adjusted_prevalence
    assert abs(sum(factors, Fraction()) / len(factors) - 1) <= Fraction(1, 10**24) / Fraction(mean)


@given(practices=PRACTICES)
def test_excluding_nobody_changes_nothing(make_parameters: MakeParameters, practices: list[tuple[int, int]]) -> None:
    given_practices = [(str(n), size, {"AF": count}) for n, (size, count) in enumerate(practices)]
    figures = national_figures(given_practices, make_parameters())
    for nobody in ({}, {"somebody who is not here": "closed"}):
        assert national_figures(given_practices, make_parameters(), exclusions=nobody) == figures


@given(practices=PRACTICES, excluded=st.sets(st.integers(0, 39)))
def test_figures_without_somebody_are_those_of_the_others(
    make_parameters: MakeParameters, practices: list[tuple[int, int]], excluded: set[int]
) -> None:
    given_practices = [(str(n), size, {"AF": count}) for n, (size, count) in enumerate(practices)]
    reasons = {str(n): "a care home" for n in excluded}
    figures = national_figures(given_practices, make_parameters(), exclusions=reasons)
    others = [one for one in given_practices if one[0] not in reasons]
    assert figures.registers == national_figures(others, make_parameters()).registers
    assert figures.practices == len(others)


@given(practices=PRACTICES)
def test_order_of_practices_does_not_matter(make_parameters: MakeParameters, practices: list[tuple[int, int]]) -> None:
    given_practices = [(str(n), size, {"AF": count}) for n, (size, count) in enumerate(practices)]
    parameters = make_parameters(prevalence_regime="square-root", cut_off_share=Fraction(1, 20))
    assert national_figures(given_practices, parameters) == national_figures(given_practices[::-1], parameters)
