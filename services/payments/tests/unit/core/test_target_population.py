"""The target population factor: applied where counts are known, never taken as 1 in silence."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.entitlement import entitlement
from qof_payments.core.national import NationalFigures
from qof_payments.core.parameters import Parameters
from qof_payments.core.statement import PointsLine
from qof_payments.core.terms import TargetPopulation, Terms, terms_of

MakeParameters = Callable[..., Parameters]

NOBODY = NationalFigures(registers={}, practices=0, left_out={})
CERVICAL = PointsLine("CS", "CS: additional service for women aged 25 to 64", None, (22, 1), "CS")
NATION = {"CS": TargetPopulation(13_000_000, 52_000_000)}


@pytest.fixture(scope="session")
def terms(make_parameters: MakeParameters) -> Terms:
    return terms_of(NOBODY, make_parameters(), NATION)


def test_factor_is_the_own_share_over_the_nations(terms: Terms) -> None:
    (line,) = entitlement([CERVICAL], 5891, {}, terms, {"CS": 2_000}).lines
    assert Fraction(line.target_population_factor or 0) == Fraction(2000, 5891) / Fraction(1, 4)
    # 22 × 133.76 × 1 × (2000/5891)/(1/4) = 3996.2247…
    assert line.pounds == Decimal("3996.22")
    assert line.formula.endswith(" × TPF 1.3580 (target 2,000 ÷ 5,891 = 33.9501 % ÷ national 25.0000 %) = £3,996.22")


def test_practice_without_a_count_is_paid_by_list_size_and_says_so(terms: Terms) -> None:
    result = entitlement([CERVICAL], 5891, {}, terms, {"MAT": 5})
    (line,) = result.lines
    assert (line.pounds, line.target_population_factor) == (Decimal("2942.72"), None)
    assert "(no target population known: factor not applied) = £2,942.72" in line.formula
    assert result.not_applied == {"CS": "no target population known: factor not applied"}


def test_nation_without_a_count_is_said_too(make_parameters: MakeParameters) -> None:
    result = entitlement([CERVICAL], 5891, {}, terms_of(NOBODY, make_parameters()), {"CS": 2_000})
    assert result.not_applied == {"CS": "no target population of the nation known: factor not applied"}
    assert result.total == Decimal("2942.72")


def test_nobody_in_the_target_population_is_paid_nothing(terms: Terms) -> None:
    assert entitlement([CERVICAL], 5891, {}, terms, {"CS": 0}).total == 0


@given(target=st.integers(0, 5000), first=st.integers(5000, 40_000), second=st.integers(5000, 40_000))
def test_list_size_cancels_like_in_true_prevalence(terms: Terms, target: int, first: int, second: int) -> None:
    one, other = (entitlement([CERVICAL], size, {}, terms, {"CS": target}) for size in (first, second))
    assert one.total == other.total


@given(shares=st.lists(st.integers(0, 1000), min_size=1, max_size=20).filter(any))
def test_mean_factor_of_equal_lists_is_1(make_parameters: MakeParameters, shares: list[int]) -> None:
    nation = {"CS": TargetPopulation(sum(shares), 1000 * len(shares))}
    terms = terms_of(NOBODY, make_parameters(), nation)
    factors = [
        Fraction(entitlement([CERVICAL], 1000, {}, terms, {"CS": one}).lines[0].target_population_factor or 0)
        for one in shares
    ]
    assert sum(factors) == len(shares)
