from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from qof_payments.core.parameters import InvalidParametersError, Parameters, round_pounds

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
        ({"aspiration_method": "hope"}, "aspiration_method is one of share-of-last-year, points"),
        ({"aspiration_method": "points"}, "the points method needs an aspiration_points_share"),
        ({"aspiration_points_share": Fraction(2)}, "aspiration_points_share is a share from 0 to 1"),
        ({"uprating_index": Fraction(0)}, "uprating_index is a factor above 0"),
        ({"rebase": "median"}, "rebase is one of mean-of-roots, root-of-mean"),
        ({"average_list_basis": "guess"}, "average_list_basis is one of census-constant, national-average"),
        ({"average_list_basis": "national-average"}, "a national average is of a day: give average_list_date"),
        ({"average_list_date": date(2013, 1, 1)}, "of no day of its own: leave out average_list_date"),
        ({"pms_deduction": Fraction(13050)}, "pms_deduction and pms_deduction_list go together"),
        ({"pms_deduction": Fraction(-1), "pms_deduction_list": Fraction(5891)}, "pms_deduction is pounds from 0"),
        ({"pms_deduction": Fraction(1), "pms_deduction_list": Fraction(0)}, "pms_deduction_list patients above 0"),
        ({"rounding_profile": "never"}, "rounding_profile is one of once-per-line"),
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
def test_pounds_are_rounded_half_up_to_the_penny(exact: str, rounded: str) -> None:
    assert round_pounds(Fraction(exact)) == Decimal(rounded)
