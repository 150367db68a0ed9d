"""The places where one more or one less, `and` for `or`, or `<` for `<=` would pay other points."""

from collections.abc import Callable
from fractions import Fraction

import pytest

from qof_calculator.core.compiled import CompiledRuleset, compile_ruleset
from qof_calculator.core.counts import Counts, Determination, IndicatorCount
from qof_calculator.core.points import calculate
from qof_calculator.core.ruleset import Indicator, Ruleset

Make = Callable[..., CompiledRuleset]


@pytest.fixture
def one(indicator: Callable[..., Indicator], ruleset: Callable[..., Ruleset]) -> Make:
    """A rule set of one indicator, AF05, worth 10 points."""

    def make(kind: str, **changes: object) -> CompiledRuleset:
        return compile_ruleset(ruleset(indicator("AF05", kind, **changes)))

    return make


def points(rules: CompiledRuleset, count: IndicatorCount, *made: Determination) -> Fraction:
    return calculate(rules, Counts(10**6, {"AF": 10**6}, [count]), made).points


def improvement(one: Make) -> CompiledRuleset:
    """40 to 90 %, or 5 to 10 percentage points above the baseline."""
    return one(
        "improvement",
        lower_threshold=Fraction(40),
        upper_threshold=Fraction(90),
        parameters={"improvement_lower": "5", "improvement_upper": "10"},
    )


def test_the_least_that_can_lie_above_a_threshold_pays(one: Make) -> None:
    # A third of a per cent: 1 of 299 is 100/299, above it by the least that the multiplied-out comparison knows.
    rules = one("fraction", lower_threshold=Fraction(1, 3), upper_threshold=Fraction(50))
    width = Fraction(50) - Fraction(1, 3)
    assert points(rules, IndicatorCount("AF05", 1, 299)) == 10 * (Fraction(100, 299) - Fraction(1, 3)) / width
    assert points(rules, IndicatorCount("AF05", 1, 300)) == 0


@pytest.mark.parametrize(
    ("met", "of", "expected"),
    [
        (0, 0, 0),  # nobody left to count
        (0, 1, 0),
        (1, 1, 10),  # of a single patient, too
        (25, 100, 0),  # 20 + 5: at the lower end nothing
        (26, 100, 2),  # a fifth of the way
        (30, 100, 10),  # 20 + 10: everything
        (29, 100, 8),
        (42, 100, 10),  # the better of the two ways
    ],
)
def test_improvement_is_counted_from_the_baseline(one: Make, met: int, of: int, expected: int) -> None:
    baseline = Determination("AF05", "baseline-percentage", "20")
    assert points(improvement(one), IndicatorCount("AF05", met, of), baseline) == expected


def test_the_thresholds_pay_where_they_are_the_better_way(one: Make) -> None:
    baseline = Determination("AF05", "baseline-percentage", "70")
    # 76 %: 10 × 36/50 by the thresholds, 10 × 1/5 by improvement
    assert points(improvement(one), IndicatorCount("AF05", 76, 100), baseline) == Fraction(36, 5)
    # 100 % of a baseline that leaves no room: the thresholds pay everything
    full = Determination("AF05", "baseline-percentage", "100")
    assert points(improvement(one), IndicatorCount("AF05", 1, 1), full) == 10


@pytest.mark.parametrize("kind", ["fraction", "stepped", "tiered", "improvement"])
@pytest.mark.parametrize("count", [IndicatorCount("AF05", 5), IndicatorCount("AF05", None, 5)])
def test_half_a_fraction_is_unsound_and_pays_nothing(one: Make, kind: str, count: IndicatorCount) -> None:
    parameters = {
        "fraction": {},
        "stepped": {"points_at_lower": "3"},
        "tiered": {"tiers": "5 10", "tier_percentages": "40 60"},
        "improvement": {"improvement_lower": "5", "improvement_upper": "10"},
    }[kind]
    thresholds = (None, None) if kind == "tiered" else (Fraction(40), Fraction(90))
    rules = one(kind, lower_threshold=thresholds[0], upper_threshold=thresholds[1], parameters=parameters)
    achievement = calculate(rules, Counts(100, {"AF": 100}, [count]))
    assert (achievement.points, achievement.is_sound) == (0, False)
    assert [result.status for result in achievement.indicators] == ["not-reported"]


def test_a_whole_area_at_nothing_gives_no_holistic_points(
    indicator: Callable[..., Indicator], ruleset: Callable[..., Ruleset]
) -> None:
    holistic = indicator(
        "HC01", "holistic", domain="Holistic", register=None, prevalence_register=None,
        parameters={"domain": "Clinical", "rank": "1"},
    )  # fmt: skip
    rules = compile_ruleset(ruleset(indicator("AF05"), holistic))
    achievement = calculate(rules, Counts(100, {"AF": 10}, [IndicatorCount("AF05", 0, 10)]))
    assert {one.indicator.code: (one.status, one.points) for one in achievement.indicators} == {
        "AF05": ("not-achieved", 0),
        "HC01": ("not-achieved", 0),
    }
