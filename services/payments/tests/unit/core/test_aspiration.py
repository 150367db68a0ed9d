from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.aspiration import aspiration, reconcile
from qof_payments.core.parameters import Parameters

MakeParameters = Callable[..., Parameters]

POUNDS = st.decimals(min_value=0, max_value=1_000_000, places=2)


@given(last_year=POUNDS)
def test_twelve_payments_are_the_years_aspiration(make_parameters: MakeParameters, last_year: Decimal) -> None:
    paid = aspiration(last_year, make_parameters())
    assert 11 * paid.monthly + paid.last_month == paid.year
    assert abs(paid.last_month - paid.monthly) < Decimal("0.12")


def test_uprating_raises_the_year(make_parameters: MakeParameters) -> None:
    assert aspiration(Decimal(1000), make_parameters(), uprating_index=Fraction("1.1")).year == Decimal("770.00")


@given(achievement=POUNDS, paid=st.lists(POUNDS, max_size=12))
def test_paid_and_due_less_recoverable_are_the_achievement(achievement: Decimal, paid: list[Decimal]) -> None:
    end = reconcile(achievement, paid)
    assert sum(paid) + end.due - end.recoverable == achievement
    assert min(end.due, end.recoverable) == 0
