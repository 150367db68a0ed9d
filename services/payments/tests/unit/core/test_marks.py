"""A sum says which unconfirmed values it stands on, and no others."""

from collections.abc import Callable

from qof_payments.core.marks import unverified
from qof_payments.core.parameters import Parameters

MakeParameters = Callable[..., Parameters]

MARKS = {"rounding_profile": "r", "pms_deduction": "p", "aspiration_rate": "a"}


def test_marks_of_deductions_count_only_where_they_were_taken(make_parameters: MakeParameters) -> None:
    year = make_parameters(unverified=MARKS)
    assert unverified(year, []) == {"rounding_profile": "r"}
    assert unverified(year, ["pms"]) == {"rounding_profile": "r", "pms_deduction": "p"}
    assert unverified(year, ["pms", "aspiration"]) == MARKS
