"""Words that are numbers: years, points and pounds, exactly."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_shared.vocabulary import (
    InvalidQofYearError,
    QofYear,
    parse_rational,
    pounds_text,
    ratio_text,
    rational_text,
    round_half_up,
    two_places,
)


def test_a_qof_year_runs_from_april_to_march() -> None:
    year = QofYear.parse("2012-13")
    assert (year.first_day, year.last_day, str(year)) == (date(2012, 4, 1), date(2013, 3, 31), "2012-13")


def test_the_century_turns() -> None:
    assert str(QofYear.parse("1999-00")) == "1999-00"


@pytest.mark.parametrize("text", ["2012", "2012-14", "2012/13", "12-13", ""])
def test_what_is_no_qof_year_is_refused(text: str) -> None:
    with pytest.raises(InvalidQofYearError, match="write it as 2012-13"):
        QofYear.parse(text)


@given(st.fractions())
def test_rational_text_is_read_back_exactly(value: Fraction) -> None:
    assert parse_rational(rational_text(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(38, 3), "38/3"),
        (Fraction(25, 2), "12.5"),
        (Fraction(7), "7"),
        (Fraction(-1, 4), "-0.25"),
        (Fraction(0), "0"),
        (Fraction(100), "100"),
    ],
)
def test_rational_text_reads_like_a_number_where_it_can(value: Fraction, text: str) -> None:
    assert rational_text(value) == text


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        (Fraction(5, 1000), 2, "0.01"),
        (Fraction(-5, 1000), 2, "-0.01"),
        (Fraction(4999, 1000000), 2, "0.00"),
        (Fraction(1, 3), 4, "0.3333"),
    ],
)
def test_rounding_is_half_away_from_zero(value: Fraction, places: int, rounded: str) -> None:
    assert round_half_up(value, places) == Decimal(rounded)


@given(st.fractions(), st.integers(0, 6))
def test_rounding_moves_by_half_a_unit_at_most(value: Fraction, places: int) -> None:
    assert abs(Fraction(round_half_up(value, places)) - value) <= Fraction(1, 2 * 10**places)


def test_points_are_shown_with_two_places() -> None:
    assert two_places(Fraction(38, 3)) == "12.67"


def test_pounds_have_whole_pence() -> None:
    assert pounds_text(Decimal("1.5")) == "1.50"
    with pytest.raises(ValueError, match="fraction of a penny"):
        pounds_text(Decimal("1.005"))


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_a_ratio_is_written_as_its_fraction_is(numerator: int, denominator: int) -> None:
    text = ratio_text(numerator, denominator)
    assert text == rational_text(Fraction(numerator, denominator))
    assert parse_rational(text) == Fraction(numerator, denominator)


@given(st.integers(0, 10**6), st.sampled_from([1, 2, 4, 5, 10, 20, 25, 50, 100]))
def test_a_ratio_of_hundredths_is_written_as_a_decimal(numerator: int, denominator: int) -> None:
    assert ratio_text(numerator, denominator) == rational_text(Fraction(numerator, denominator))
