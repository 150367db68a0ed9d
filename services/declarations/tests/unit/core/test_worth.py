"""Pounds of points in integers are those of exact fractions, rounded once."""

from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from qof_declarations.core.worth import NO_POUNDS, Worth, worth_of
from qof_shared.vocabulary import rational_text, round_half_up, round_ratio


def line(**factors: str | None) -> dict[str, Any]:
    return {
        "prevalence_register": "AF",
        "value_of_a_point": "133.76",
        "contractor_population_index": "5678/5891",
        "adjusted_practice_disease_factor": "16250000000000000000000000/22097740765262663989120839",
        **factors,
    }


def test_pounds_are_those_of_fractions_rounded_once() -> None:
    random = Random(7)
    for _ in range(2000):
        value, index, disease, points = (Fraction(random.randint(0, 10**6), random.randint(1, 10**5)) for _ in range(4))
        worth = worth_of(
            line(
                value_of_a_point=rational_text(value),
                contractor_population_index=rational_text(index),
                adjusted_practice_disease_factor=rational_text(disease),
                target_population_factor="3/2",
            )
        )
        assert worth is not None
        points -= 3
        assert worth.pounds(points) == round_half_up(points * value * index * disease * Fraction(3, 2), 2)


@pytest.mark.parametrize(("over", "under", "pounds"), [(1, 200, "0.01"), (-1, 200, "-0.01"), (4, 800, "0.01")])
def test_half_a_penny_is_rounded_away_from_nothing_in_any_terms(over: int, under: int, pounds: str) -> None:
    assert Worth(over, under).pounds(Fraction(1)) == Decimal(pounds) == round_ratio(over, under, 2)


def test_no_points_are_no_pounds() -> None:
    assert str(Worth(1, 3).pounds(Fraction(0))) == str(NO_POUNDS) == "0.00"


def test_a_register_without_its_factor_has_no_known_worth_and_a_service_needs_none() -> None:
    assert worth_of(line(adjusted_practice_disease_factor=None)) is None
    service = worth_of(line(prevalence_register=None, adjusted_practice_disease_factor=None))
    assert service is not None
    assert service.pounds(Fraction(5891)) == Decimal("759489.28")  # 5891 x 133.76 x 5678/5891
