from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from qof_payments.core.parameters import InvalidParametersError, Parameters

MakeParameters = Callable[..., Parameters]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"value_of_a_point": Fraction(0)}, "value_of_a_point"),
        ({"average_list_size": Fraction(-1)}, "average_list_size"),
        ({"prevalence_regime": "cubic"}, "prevalence_regime is one of square-root, cut-off, true-prevalence"),
        ({"prevalence_regime": "square-root"}, "the square-root regime needs a cut_off_share"),
        ({"cut_off_share": Fraction(1, 20)}, "leave out cut_off_share"),
        ({"prevalence_regime": "cut-off", "cut_off_share": Fraction(1)}, "from 0 to below 1"),
        ({"aspiration_rate": Fraction(70)}, "aspiration_rate is a share from 0 to 1"),
        ({"aspiration_method": "points"}, "aspiration_method"),
        ({"rounding_profile": "never"}, "rounding_profile"),
    ],
)
def test_contradicting_parameters_are_refused(
    make_parameters: MakeParameters, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidParametersError, match=said):
        make_parameters(**changed)


def test_every_fault_is_told_at_once(make_parameters: MakeParameters) -> None:
    with pytest.raises(InvalidParametersError, match=r"value_of_a_point.*rounding_profile"):
        make_parameters(value_of_a_point=Fraction(0), rounding_profile="never")


@pytest.mark.parametrize(("exact", "rounded"), [("0.005", "0.01"), ("0.00499", "0.00"), ("1447.195", "1447.20")])
def test_pounds_are_rounded_half_up_to_the_penny(make_parameters: MakeParameters, exact: str, rounded: str) -> None:
    assert make_parameters().round_pounds(Fraction(exact)) == Decimal(rounded)
