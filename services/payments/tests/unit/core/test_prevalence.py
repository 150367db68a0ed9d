from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.parameters import PrevalenceRegime
from qof_payments.core.prevalence import UNIT, adjusted_prevalence, freeze, is_lifted, square_root_units

PREVALENCES = st.fractions(min_value=0, max_value=1, max_denominator=30_000)


def test_a_figure_is_frozen_at_24_places_half_up() -> None:
    assert freeze(Fraction(2, 3)) == Decimal("0.666666666666666666666667")
    assert freeze(Fraction(5, 10**25)) == Decimal("1E-24")


@given(PREVALENCES)
def test_root_is_the_nearest_of_24_decimals(prevalence: Fraction) -> None:
    units = square_root_units(prevalence.numerator, prevalence.denominator)
    # Nearest: half a unit to either side encloses the root, half a unit up rounded upwards.
    assert Fraction(2 * units + 1, 2 * UNIT) ** 2 > prevalence
    assert units == 0 or Fraction(2 * units - 1, 2 * UNIT) ** 2 <= prevalence


def adjusted(regime: PrevalenceRegime, prevalence: Fraction, cut_off: Fraction | None) -> Fraction:
    units = None if cut_off is None else int(cut_off * UNIT)
    return Fraction(*adjusted_prevalence(regime, *prevalence.as_integer_ratio(), units))


@given(PREVALENCES)
def test_true_prevalence_is_left_as_it_is(prevalence: Fraction) -> None:
    assert adjusted("true-prevalence", prevalence, None) == prevalence


@given(PREVALENCES)
def test_cut_off_lifts_the_lower_and_leaves_the_higher(prevalence: Fraction) -> None:
    cut_off = Fraction("0.017")
    assert adjusted("cut-off", prevalence, cut_off) == max(prevalence, cut_off)
    assert is_lifted(*prevalence.as_integer_ratio(), int(cut_off * UNIT)) is (prevalence < cut_off)


def test_root_is_taken_of_what_the_cut_off_gave() -> None:
    assert adjusted("square-root", Fraction(1, 1000), Fraction("0.0025")) == Fraction(1, 20)
