from collections.abc import Callable
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from qof_calculator.core.results import PARTLY, exact_text, indicator_result
from qof_calculator.core.ruleset import Indicator
from qof_shared.vocabulary import parse_rational, rational_text


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_exact_text_writes_what_the_vocabulary_writes(numerator: int, denominator: int) -> None:
    text = exact_text(numerator, denominator)
    assert text == rational_text(Fraction(numerator, denominator))
    assert parse_rational(text) == Fraction(numerator, denominator)


@given(st.integers(0, 10**6), st.sampled_from([1, 2, 4, 5, 10, 20, 25, 50, 100]))
def test_exact_text_writes_hundredths_as_decimals(numerator: int, denominator: int) -> None:
    assert exact_text(numerator, denominator) == rational_text(Fraction(numerator, denominator))


def test_result_gives_its_points_as_numbers(indicator: Callable[..., Indicator]) -> None:
    result = indicator_result(indicator("AF05"), PARTLY, (38, 3), 19, "38/3", "19")
    assert (result.points, result.points_available) == (Fraction(38, 3), Fraction(19))
