"""What is taken off, and what is left of an achievement payment."""

from collections.abc import Callable
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.aspiration import monthly_sums
from qof_payments.core.deductions import aspiration_deduction, due, pms_deduction
from qof_payments.core.parameters import Parameters

MakeParameters = Callable[..., Parameters]

PENCE = st.integers(0, 100_000_000)
PMS = {"pms_deduction": Fraction(13_050), "pms_deduction_list": Fraction(5891)}


def test_pms_deduction_is_by_list_size_on_its_own_base(make_parameters: MakeParameters) -> None:
    year = make_parameters(average_list_size=Fraction(6911), **PMS)
    taken = pms_deduction(6200, year)
    assert taken is not None
    # 13,050 × 6,200 ÷ 5,891 = 13,734.51; on the year's average list of 6,911 it would be 11,707.42.
    assert taken.pence == 1_373_451
    assert taken.formula == "£13,050.00 × list 6,200 ÷ 5,891 = £13,734.51"


def test_year_without_a_deduction_takes_nothing(make_parameters: MakeParameters) -> None:
    assert pms_deduction(6200, make_parameters()) is None


@given(list_size=st.integers(1, 50_000), average=st.integers(1000, 20_000))
def test_pms_deduction_does_not_move_with_the_average_list(
    make_parameters: MakeParameters, list_size: int, average: int
) -> None:
    moved = make_parameters(average_list_size=Fraction(average), **PMS)
    assert pms_deduction(list_size, moved) == pms_deduction(list_size, make_parameters(**PMS))


def test_aspiration_is_taken_off_as_it_was_paid() -> None:
    taken = aspiration_deduction(dict(enumerate(monthly_sums(10_842_244), start=1)))
    assert taken is not None
    assert taken.formula == "11 × £9,035.20 + 1 × £9,035.24 = £108,422.44"
    assert taken.description == "aspiration paid during the year, 12 months"


def test_nothing_paid_is_no_line() -> None:
    assert aspiration_deduction({}) is None


def test_more_paid_than_earned_is_recovered() -> None:
    taken = aspiration_deduction({1: 7_080_000})
    assert taken is not None
    assert due(6_000_000, [taken]) == -1_080_000


@given(achievement=PENCE, paid=st.dictionaries(st.integers(1, 12), PENCE), list_size=st.integers(1, 50_000))
def test_paid_and_due_are_the_achievement_less_pms(
    make_parameters: MakeParameters, achievement: int, paid: dict[int, int], list_size: int
) -> None:
    pms = pms_deduction(list_size, make_parameters(**PMS))
    assert pms is not None
    taken = [one for one in (pms, aspiration_deduction(paid)) if one is not None]
    assert sum(paid.values()) + due(achievement, taken) == achievement - pms.pence
