"""What each kind of indicator gives, beside the plain ones of `test_points`."""

from collections.abc import Callable
from fractions import Fraction

import pytest

from qof_calculator.core.compiled import CompiledRuleset, compile_ruleset
from qof_calculator.core.counts import Counts, Determination, IndicatorCount
from qof_calculator.core.points import calculate
from qof_calculator.core.ruleset import Indicator, Ruleset
from qof_calculator.core.validation import faults

Make = Callable[..., Indicator]
MakeRuleset = Callable[..., Ruleset]
Outcome = tuple[str, str]


def outcome(rules: CompiledRuleset, *counts: IndicatorCount, determined: tuple[Determination, ...] = ()) -> Outcome:
    """Status and points of the only indicator."""
    practice = Counts(50_000, {"AF": 20_000}, counts)
    achievement = calculate(rules, practice, determined)
    assert achievement.is_sound
    assert faults(rules, practice, determined) == []
    (result,) = achievement.indicators
    return result.status, result.points_text


def counted(numerator: int, denominator: int) -> IndicatorCount:
    return IndicatorCount("AF05", numerator, denominator)


@pytest.fixture
def stepped(indicator: Make, ruleset: MakeRuleset) -> CompiledRuleset:
    """18 points between 90 and 95 %, 3 of them at 90 %."""
    thresholds = {"lower_threshold": Fraction(90), "upper_threshold": Fraction(95)}
    parameters = {"points_at_lower": "3"}
    return compile_ruleset(
        ruleset(indicator("AF05", "stepped", points=Fraction(18), parameters=parameters, **thresholds))
    )


@pytest.fixture
def tiered(indicator: Make, ruleset: MakeRuleset) -> CompiledRuleset:
    """Tiers of 1, 2.5 and 10 points, which begin where somebody determines."""
    return compile_ruleset(ruleset(indicator("AF05", "tiered", parameters={"tiers": "1 2.5 10"})))


@pytest.fixture
def protected(indicator: Make, ruleset: MakeRuleset) -> CompiledRuleset:
    return compile_ruleset(ruleset(indicator("AF05", "protected", parameters={"reference_year": "2011-12"})))


@pytest.fixture
def improvement(indicator: Make, ruleset: MakeRuleset) -> CompiledRuleset:
    """10 points between 40 and 90 %, or between 5 and 15 percentage points more than the baseline."""
    parameters = {"improvement_lower": "5", "improvement_upper": "15"}
    return compile_ruleset(ruleset(indicator("AF05", "improvement", parameters=parameters)))


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (0, 0, ("not-achieved", "0")),
        (899, 1000, ("not-achieved", "0")),
        (90, 100, ("partly", "3")),
        (91, 100, ("partly", "6")),
        (9499, 10000, ("partly", "17.97")),
        (95, 100, ("achieved", "18")),
    ],
)
def test_stepped_begins_with_its_step(
    stepped: CompiledRuleset, numerator: int, denominator: int, expected: Outcome
) -> None:
    assert outcome(stepped, counted(numerator, denominator)) == expected


def test_step_of_nothing_is_not_achieved(indicator: Make, ruleset: MakeRuleset) -> None:
    rules = compile_ruleset(ruleset(indicator("AF05", "stepped", parameters={"points_at_lower": "0"})))
    assert outcome(rules, counted(40, 100)) == ("not-achieved", "0")
    assert outcome(rules, counted(65, 100)) == ("partly", "5")


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (0, 0, ("not-achieved", "0")),
        (199, 1000, ("not-achieved", "0")),
        (20, 100, ("partly", "1")),
        (40, 100, ("partly", "2.5")),
        (674, 1000, ("partly", "2.5")),
        (675, 1000, ("achieved", "10")),
        (100, 100, ("achieved", "10")),
    ],
)
def test_tier_is_the_highest_reached(
    tiered: CompiledRuleset, numerator: int, denominator: int, expected: Outcome
) -> None:
    local = (Determination("AF05", "tier-percentages", "20 40 67.5"),)
    assert outcome(tiered, counted(numerator, denominator), determined=local) == expected


def test_tiers_without_percentages_are_not_reported(tiered: CompiledRuleset) -> None:
    assert outcome(tiered, counted(90, 100)) == ("not-reported", "0")


def test_tiers_of_the_rule_set_need_nobody(indicator: Make, ruleset: MakeRuleset) -> None:
    parameters = {"tiers": "5 10", "tier_percentages": "30 60"}
    rules = compile_ruleset(ruleset(indicator("AF05", "tiered", parameters=parameters)))
    assert outcome(rules, counted(59, 100)) == ("partly", "5")


@pytest.mark.parametrize(
    ("points", "expected"),
    [("4", ("partly", "4")), ("10/3", ("partly", "10/3")), ("10", ("achieved", "10")), ("0", ("not-achieved", "0"))],
)
def test_protected_pays_the_reference_year_whatever_was_counted(
    protected: CompiledRuleset, points: str, expected: Outcome
) -> None:
    reference = (Determination("AF05", "reference-points", points),)
    for counts in ((), (counted(0, 100),), (counted(100, 100),), (IndicatorCount("AF05", achieved=False),)):
        assert outcome(protected, *counts, determined=reference) == expected


def test_protected_without_reference_points_is_not_reported(protected: CompiledRuleset) -> None:
    assert outcome(protected, counted(100, 100)) == ("not-reported", "0")


@pytest.mark.parametrize(
    ("numerator", "baseline", "expected"),
    [
        (30, "20", ("partly", "5")),  # 10 above the baseline, half way from 5 to 15; below the lower threshold
        (25, "20", ("not-achieved", "0")),
        (35, "20", ("achieved", "10")),
        (65, "58", ("partly", "5")),  # by thresholds 5, by improvement 2
        (65, "52", ("partly", "8")),  # by improvement 8, by thresholds 5
        (65, "65", ("partly", "5")),
        (90, "90", ("achieved", "10")),
        (99, "98", ("achieved", "10")),
    ],
)
def test_improvement_pays_the_better_route(
    improvement: CompiledRuleset, numerator: int, baseline: str, expected: Outcome
) -> None:
    earlier = (Determination("AF05", "baseline-percentage", baseline),)
    assert outcome(improvement, counted(numerator, 100), determined=earlier) == expected


def test_improvement_without_baseline_pays_by_thresholds(improvement: CompiledRuleset) -> None:
    assert outcome(improvement, counted(65, 100)) == ("partly", "5")
    assert outcome(improvement, counted(30, 100)) == ("not-achieved", "0")


def test_improvement_of_nobody_is_nothing(improvement: CompiledRuleset) -> None:
    earlier = (Determination("AF05", "baseline-percentage", "0"),)
    assert outcome(improvement, counted(0, 0), determined=earlier) == ("not-achieved", "0")
    assert outcome(improvement, determined=earlier) == ("not-reported", "0")
