from collections.abc import Callable
from fractions import Fraction

from qof_calculator.core.results import PARTLY, indicator_result
from qof_calculator.core.ruleset import Indicator


def test_result_gives_its_points_as_numbers(indicator: Callable[..., Indicator]) -> None:
    result = indicator_result(indicator("AF05"), PARTLY, (38, 3), 19, "38/3", "19")
    assert (result.points, result.points_available) == (Fraction(38, 3), Fraction(19))
