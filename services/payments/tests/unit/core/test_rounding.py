"""A profile rounds what it says and nothing else."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest

from qof_payments.core.entitlement import entitlement
from qof_payments.core.national import national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.rounding import ROUNDING_PROFILES, pence
from qof_payments.core.statement import PointsLine
from qof_payments.core.terms import terms_of

MakeParameters = Callable[..., Parameters]


@pytest.mark.parametrize(
    ("pounds", "whole"), [(Fraction("0.005"), 1), (Fraction("0.00499"), 0), (Fraction("1447.195"), 144_720)]
)
def test_half_a_penny_goes_up(pounds: Fraction, whole: int) -> None:
    assert pence(*pounds.as_integer_ratio()) == whole


@pytest.mark.parametrize(
    ("profile", "pounds"),
    [
        ("once-per-line-half-up-to-the-penny", "3558.03"),  # 10 × 133.76 × 16000/5891 × 95/97 = 3558.0257…
        ("cpi2_apdf2", "3565.51"),  # 10 × 133.76 × 2.72 × 0.98 = 3565.50656
        ("point2", "3557.99"),  # 10 × 363.29 × 95/97 = 3557.9948…: 133.76 × 16000/5891 = 363.2932…
    ],
)
def test_profile_rounds_its_factors(make_parameters: MakeParameters, profile: str, pounds: str) -> None:
    parameters = make_parameters(rounding_profile=profile)
    figures = national_figures([("A", 10_000, {"AF": 97})], parameters)
    result = entitlement([PointsLine("AF", "AF", "AF", (10, 1))], 16_000, {"AF": 152}, terms_of(figures, parameters))
    assert result.total == Decimal(pounds)


def test_rounded_factors_are_shown_as_they_were_used(make_parameters: MakeParameters) -> None:
    parameters = make_parameters(rounding_profile="cpi2_apdf2")
    figures = national_figures([("A", 10_000, {"AF": 97})], parameters)
    (line,) = entitlement(
        [PointsLine("AF", "AF", "AF", (10, 1))], 16_000, {"AF": 152}, terms_of(figures, parameters)
    ).lines
    assert (line.contractor_population_index, line.adjusted_practice_disease_factor) == ("2.72", "0.98")
    assert "CPI 2.7200" in line.formula
    assert "APDF 0.9800" in line.formula


def test_default_profile_rounds_nothing_but_the_pounds() -> None:
    exact = ROUNDING_PROFILES["once-per-line-half-up-to-the-penny"]
    assert (exact.index((1, 3)), exact.factor((1, 3)), exact.point((1, 3))) == ((1, 3), (1, 3), (1, 3))
