"""Services that are paid by the item or by reaching a target."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.other_services import RefusedCountError, Tier, item_of_service, target_payment

TIERS = (Tier(Fraction("0.7"), Fraction(1, 3)), Tier(Fraction("0.9"), Fraction(1)))


@given(items=st.integers(0, 1000), register=st.integers(0, 1000))
def test_items_up_to_the_register_are_paid_and_more_are_refused_as_a_whole(items: int, register: int) -> None:
    if items <= register:
        assert item_of_service(items, Fraction(140), register=register) == 14_000 * items
    else:
        with pytest.raises(RefusedCountError, match="input exceeds register maximum"):
            item_of_service(items, Fraction(140), register=register)


def test_count_below_0_is_refused() -> None:
    with pytest.raises(RefusedCountError, match="-1 items: give a count from 0"):
        item_of_service(-1, Fraction(140))


@given(uptake=st.fractions(0, 1), more=st.fractions(0, 1))
def test_more_uptake_never_pays_less(uptake: Fraction, more: Fraction) -> None:
    low, high = sorted((uptake, more))
    assert target_payment(low, Fraction(8487), TIERS) <= target_payment(high, Fraction(8487), TIERS)


def test_uptake_is_not_rounded_before_it_is_compared() -> None:
    assert target_payment(Fraction(89_999, 100_000), Fraction(8487), TIERS) == 282_900
