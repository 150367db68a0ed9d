"""Aspiration: the year's sum by both methods, twelve months of it, and what happens when it becomes final."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.aspiration import MONTHS, monthly_sums, year_of_aspiration
from qof_payments.core.contract_terms import AspirationTerms, InvalidTermsError
from qof_payments.core.parameters import Parameters

MakeParameters = Callable[..., Parameters]

PENCE = st.integers(0, 100_000_000)


def by_last_year(pounds: str) -> AspirationTerms:
    return AspirationTerms("share-of-last-year", accepted_offer=True, last_year=Decimal(pounds))


def by_points(points: str | None = "1000", list_size: int | None = 5891) -> AspirationTerms:
    return AspirationTerms(
        "points",
        accepted_offer=True,
        agreed_points=None if points is None else Decimal(points),
        list_size=list_size,
    )


def test_share_of_last_year_is_uprated(make_parameters: MakeParameters) -> None:
    assert year_of_aspiration(by_last_year("1000"), make_parameters()) == 70_000
    assert year_of_aspiration(by_last_year("1000"), make_parameters(uprating_index=Fraction("1.1"))) == 77_000


def test_points_method_pays_a_share_of_the_agreed_points(make_parameters: MakeParameters) -> None:
    year = make_parameters(aspiration_points_share=Fraction(1, 3))
    # 1,000 points × £133.76 × CPI 2 ÷ 3 = £89,173.33
    assert year_of_aspiration(by_points(list_size=2 * 5891), year) == 8_917_333


@pytest.mark.parametrize("lacking", [by_points(points=None), by_points(list_size=None), by_points(list_size=0)])
def test_points_method_needs_points_and_a_list(make_parameters: MakeParameters, lacking: AspirationTerms) -> None:
    with pytest.raises(InvalidTermsError, match="needs agreed_points from 0 and a list_size above 0"):
        year_of_aspiration(lacking, make_parameters(aspiration_points_share=Fraction(1, 3)))


def test_points_method_of_a_year_without_one_is_refused(make_parameters: MakeParameters) -> None:
    with pytest.raises(InvalidTermsError, match=r"england-2012-13 knows no points method; give last year's payment"):
        year_of_aspiration(by_points(), make_parameters())


def test_share_of_last_year_needs_last_year(make_parameters: MakeParameters) -> None:
    with pytest.raises(InvalidTermsError, match="needs last_year: pounds from 0"):
        year_of_aspiration(AspirationTerms("share-of-last-year", accepted_offer=True), make_parameters())


@given(year=PENCE)
def test_twelve_payments_are_the_years_aspiration(year: int) -> None:
    sums = monthly_sums(year)
    assert sum(sums) == year
    assert len(set(sums[:-1])) == 1, "eleven are equal"
    assert all(one >= 0 for one in sums)
    assert abs(sums[-1] - sums[0]) <= 12


@given(provisional=PENCE, final=PENCE, paid_months=st.integers(0, MONTHS))
def test_final_sum_is_reached_by_the_months_that_are_left(provisional: int, final: int, paid_months: int) -> None:
    paid = dict(enumerate(monthly_sums(provisional)[:paid_months], start=1))
    sums = monthly_sums(final, paid)
    assert list(sums[:paid_months]) == list(paid.values()), "what was paid stays"
    if paid_months < MONTHS:
        assert sum(sums) == max(final, sum(paid.values())), "the excess comes back at the year's end"


def test_months_that_were_missed_are_paid_in_the_others() -> None:
    assert monthly_sums(1200, {3: 100}) == (100,) * 12
    assert monthly_sums(700, {1: 100, 2: 100}) == (100, 100, *[50] * 10)
