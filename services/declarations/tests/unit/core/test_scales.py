"""Each kind of indicator at its limits, and between them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.scales import NEEDED, RULES, Area, Scale, holistic_points, percentage_for, points

TEN = Fraction(10)
PLAIN = Scale("fraction", TEN, Fraction(40), Fraction(90))
STEPPED = Scale("stepped", Fraction(18), Fraction(90), Fraction(95), {"points_at_lower": "3"})
TIERED = Scale("tiered", Fraction(5), parameters={"tiers": "1 2 3 4 5", "tier_percentages": "20 30 40 50 60"})
IMPROVED = Scale(
    "improvement",
    Fraction(18),
    Fraction(89),
    Fraction(96),
    {"improvement_lower": "5", "improvement_upper": "10", "baseline_percentage": "70"},
)


@pytest.mark.parametrize(
    ("numerator", "denominator", "earned"),
    [(40, 100, 0), (39, 100, 0), (41, 100, "0.2"), (90, 100, 10), (8999, 10_000, "9.998"), (95, 100, 10), (0, 0, 0)],
)
def test_a_fraction_slides_between_its_thresholds(numerator: int, denominator: int, earned: str) -> None:
    assert points(PLAIN, numerator, denominator) == Fraction(earned)


@pytest.mark.parametrize(("percent", "earned"), [("89.9", 0), ("90", 3), ("91", 6), ("92", 9), ("95", 18)])
def test_a_step_is_paid_for_reaching_the_lower_threshold(percent: str, earned: int) -> None:
    exact = Fraction(percent)
    assert points(STEPPED, exact.numerator, exact.denominator * 100) == earned


@pytest.mark.parametrize(("met", "earned"), [(19, 0), (20, 1), (39, 2), (59, 4), (60, 5), (100, 5)])
def test_a_tier_pays_once_it_is_reached(met: int, earned: int) -> None:
    assert points(TIERED, met, 100) == earned


def test_tiers_that_nobody_has_set_pay_nothing() -> None:
    assert points(Scale("tiered", Fraction(5), parameters={"tiers": "1 2 3 4 5"}), 100, 100) == 0


@pytest.mark.parametrize(
    ("met", "earned"), [(70, 0), (75, 0), (76, "3.6"), (80, 18), (96, 18)], ids=lambda value: str(value)
)
def test_improvement_counts_from_the_practices_own_baseline(met: int, earned: str) -> None:
    assert points(IMPROVED, met, 100) == Fraction(earned)


def test_without_a_baseline_only_the_thresholds_count() -> None:
    scale = Scale("improvement", TEN, Fraction(80), Fraction(90), {"improvement_lower": "5", "improvement_upper": "10"})
    assert points(scale, 85, 100) == 5


@pytest.mark.parametrize("scale", [PLAIN, STEPPED, TIERED, IMPROVED], ids=lambda scale: scale.kind)
@given(data=st.data())
def test_the_percentage_for_points_is_the_lowest_that_earns_them(scale: Scale, data: st.DataObject) -> None:
    wanted = scale.available * data.draw(st.fractions(Fraction(1, 100), 1, max_denominator=1000))
    percentage = percentage_for(scale, wanted)
    assert percentage is not None
    below = percentage - Fraction(1, 10**9)
    enough, too_few = (points(scale, of.numerator, of.denominator * 100) for of in (percentage, below))
    assert enough is not None
    assert too_few is not None
    assert too_few < wanted <= enough


def test_tiers_that_nobody_has_set_need_no_percentage() -> None:
    assert percentage_for(Scale("tiered", Fraction(5), parameters={"tiers": "1 2 3 4 5"}), Fraction(1)) is None


def test_without_a_baseline_the_thresholds_alone_are_needed() -> None:
    scale = Scale("improvement", TEN, Fraction(80), Fraction(90), {"improvement_lower": "5", "improvement_upper": "10"})
    assert percentage_for(scale, Fraction(5)) == 85


def test_every_kind_that_is_counted_is_known_both_ways() -> None:
    assert set(RULES) == set(NEEDED)


@pytest.mark.parametrize("kind", ["register", "yes-no", "protected", "holistic"])
def test_points_that_do_not_come_from_counts_are_not_guessed(kind: str) -> None:
    assert points(Scale(kind, TEN), 5, 10) is None


@pytest.mark.parametrize("scale", [PLAIN, STEPPED, TIERED, IMPROVED], ids=lambda scale: scale.kind)
@given(data=st.data())
def test_one_patient_more_never_costs_points(scale: Scale, data: st.DataObject) -> None:
    denominator = data.draw(st.integers(1, 10**6))
    numerator = data.draw(st.integers(0, denominator - 1))
    fewer, more = points(scale, numerator, denominator), points(scale, numerator + 1, denominator)
    assert fewer is not None
    assert more is not None
    assert 0 <= fewer <= more <= scale.available


def test_every_kind_that_counts_is_tried_here() -> None:
    assert {scale.kind for scale in (PLAIN, STEPPED, TIERED, IMPROVED)} == set(RULES)


def test_holistic_points_follow_the_third_lowest_area() -> None:
    areas = [Area(Fraction(earned), TEN) for earned in (9, 5, 7, 10)]
    assert holistic_points(Fraction(20), 3, areas) == 18
    assert holistic_points(Fraction(20), 3, areas[:2]) == 18
    assert holistic_points(Fraction(20), 3, []) == 0
