"""Does a measure pass exactly where it should, and is a cause named only where it is known?"""

from fractions import Fraction

import pytest

from qof_local.verify.measures import AWARD, ROUNDED, UNKNOWN, Difference, Measure, cause_of, decimal_text, is_near
from qof_local.verify.report import percent


def differences(number: int, cause: str = UNKNOWN) -> list[Difference]:
    return [Difference("A", "AF01", "1", "2", cause)] * number


@pytest.mark.parametrize(("different", "passes"), [(0, True), (2, True), (3, False)])
def test_measure_passes_from_its_threshold_on(different: int, passes: bool) -> None:
    measure = Measure("scotland 2012-13", "points", 10_000, differences(different), Fraction(9998, 10_000))
    assert (measure.equal, measure.passes) == (10_000 - different, passes)


def test_nothing_checked_does_not_pass() -> None:
    assert not Measure("scotland 2012-13", "points", 0, (), Fraction(9998, 10_000)).passes


def test_awards_are_excused_only_where_the_measure_says_so() -> None:
    awards = differences(5, AWARD)
    assert not Measure("y", "m", 10, awards, Fraction(1)).passes
    assert Measure("y", "m", 10, awards, Fraction(1), is_award_excused=True).passes
    assert not Measure("y", "m", 10, [*awards, *differences(1)], Fraction(1), is_award_excused=True).passes
    assert Measure("y", "m", 10, awards, Fraction(1), is_award_excused=True).share == Fraction(1, 2)


def test_what_is_told_is_not_judged() -> None:
    assert Measure("y", "m", 10, differences(10)).passes


@pytest.mark.parametrize(("error", "passes"), [("0.01", True), ("0.0101", False)])
def test_error_passes_up_to_its_threshold(error: str, passes: bool) -> None:
    assert Measure("y", "payments", 9, (), Fraction(1, 100), figure=Fraction(error)).passes is passes


@pytest.mark.parametrize(
    ("practice", "published", "calculated", "cause"),
    [
        ("38205", "0", "20", AWARD),
        ("10002", "11.73", "11.7333333", ROUNDED),
        ("10002", "11.74", "11.7333333", UNKNOWN),
        ("10002", "25", "0", UNKNOWN),
    ],
)
def test_cause(practice: str, published: str, calculated: str, cause: str) -> None:
    assert cause_of(practice, Fraction(published), Fraction(calculated)) == cause


def test_near_is_up_to_the_distance_and_no_further() -> None:
    one, distance = Fraction(1, 3), Fraction(1, 10**6)
    assert is_near(one, one + distance, distance)
    assert is_near(one, one - distance, distance)
    assert not is_near(one, one + distance * 2, distance)


def test_share_below_everything_is_never_shown_as_everything() -> None:
    assert percent(Fraction(999_999_999, 10**9)) == "99.9999 %"
    assert percent(Fraction(1)) == "100 %"
    assert percent(Fraction(998, 1000)) == "99.8 %"


def test_number_for_people() -> None:
    assert [decimal_text(Fraction(text)) for text in ("11/3", "5", "0.5", "100")] == ["3.666666667", "5", "0.5", "100"]
