"""The places where `<` for `<=`, or one for nothing, would refuse or pay what it should not."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import uuid4

import pytest

from qof_payments.core.aspiration import year_of_aspiration
from qof_payments.core.contract_terms import AspirationTerms, InvalidTermsError
from qof_payments.core.deductions import aspiration_deduction, pms_deduction
from qof_payments.core.parameters import Parameters
from qof_payments.core.statement import line_of, points_by_line, with_adjustments
from qof_shared.contracts import AppliedDetermination, IndicatorAchievement

MakeParameters = Callable[..., Parameters]


@pytest.fixture
def year(make_parameters: MakeParameters) -> Parameters:
    return make_parameters(
        value_of_a_point=Fraction(100), average_list_size=Fraction(5), aspiration_points_share=Fraction(1, 2)
    )


def test_nothing_earned_last_year_is_nothing_this_year_and_no_error(year: Parameters) -> None:
    assert year_of_aspiration(AspirationTerms("share-of-last-year", True, last_year=Decimal(0)), year) == 0


def test_part_of_a_pound_last_year_counts(year: Parameters) -> None:
    assert year_of_aspiration(AspirationTerms("share-of-last-year", True, last_year=Decimal("0.50")), year) == 35


@pytest.mark.parametrize(
    ("points", "list_size", "pence"),
    [("0", 5, 0), ("0.5", 5, 2500), ("1", 1, 1000), ("1", 5, 5000)],
)
def test_few_points_and_few_patients_count(year: Parameters, points: str, list_size: int, pence: int) -> None:
    offer = AspirationTerms("points", True, agreed_points=Decimal(points), list_size=list_size)
    assert year_of_aspiration(offer, year) == pence


@pytest.mark.parametrize(
    ("offer", "says"),
    [
        (AspirationTerms("share-of-last-year", True), "^the share-of-last-year method needs last_year: pounds from 0$"),
        (AspirationTerms("share-of-last-year", True, last_year=Decimal("-0.01")), "pounds from 0$"),
        (AspirationTerms("points", True, list_size=1), "^the points method needs agreed_points from 0 and a list_size"),
        (AspirationTerms("points", True, agreed_points=Decimal("-0.5"), list_size=1), "above 0$"),
        (AspirationTerms("points", True, agreed_points=Decimal(1), list_size=0), "above 0$"),
        (AspirationTerms("points", True, agreed_points=Decimal(1), list_size=-1), "above 0$"),
        (AspirationTerms("points", True, agreed_points=Decimal(1)), "above 0$"),
    ],
)
def test_terms_without_what_their_method_needs_are_refused(year: Parameters, offer: AspirationTerms, says: str) -> None:
    with pytest.raises(InvalidTermsError, match=says):
        year_of_aspiration(offer, year)


def test_deductions_say_which_they_are(make_parameters: MakeParameters) -> None:
    taken = pms_deduction(5891, make_parameters(pms_deduction=Fraction(13050), pms_deduction_list=Fraction(5891)))
    assert taken is not None
    assert (taken.deduction, taken.pence) == ("pms", 1_305_000)
    assert taken.description == "PMS deduction: fixed pounds for each patient, whatever the average list"
    paid = aspiration_deduction({1: 100})
    assert paid is not None
    assert (paid.deduction, paid.description) == ("aspiration", "aspiration paid during the year, 1 months")


def achieved(code: str, group: str) -> IndicatorAchievement:
    return IndicatorAchievement(
        indicator=code, group=group, domain="Additional services", kind="fraction", status="achieved", points="1",
        points_available="1", lower_threshold=None, upper_threshold=None, prevalence_register=None,
    )  # fmt: skip


def test_an_adjustment_is_told_in_the_line_of_its_service() -> None:
    services = {"CS": "women", "MAT": "women"}
    indicators = [achieved("CS01", "CS"), achieved("MAT01", "MAT")]
    applied = AppliedDetermination(
        determination_id=uuid4(), indicator="MAT01", determines="adjusted-points", was=None, value="1",
        reason="counted by hand", person="c1", determined_at=datetime(2013, 4, 1, tzinfo=UTC),
    )  # fmt: skip
    place = dict(zip(("CS01", "MAT01"), line_of(indicators, services), strict=True))
    cervical, maternity = with_adjustments(points_by_line(indicators, services), place, [applied])
    assert (cervical.target_group, maternity.target_group) == ("CS", "MAT")
    assert "adjusted" not in cervical.description
    assert maternity.description.endswith("MAT01 adjusted from 0 to 1 points by c1: counted by hand")
