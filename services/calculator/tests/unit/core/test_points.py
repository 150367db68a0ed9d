from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from qof_calculator.core.compiled import CompiledRuleset, compile_ruleset
from qof_calculator.core.counts import Counts, IndicatorCount
from qof_calculator.core.points import Achievement, Counted, IndicatorResult, calculate
from qof_calculator.core.ruleset import Indicator, Ruleset


def status(achievement: Achievement, code: str) -> tuple[str, str, str]:
    (result,) = (result for result in achievement.indicators if result.indicator.code == code)
    return result.status, result.points_text, result.points_available_text


def both(achievement: Achievement) -> tuple[Sequence[IndicatorResult], Sequence[Counted]]:
    return achievement.indicators, achievement.counted


def test_each_kind_is_calculated_and_summed_exactly(rules: CompiledRuleset) -> None:
    counts = Counts(
        5000,
        {"AF": 100, "LD": 20},
        [
            IndicatorCount("LD02", 7, 15),
            IndicatorCount("CS05", achieved=True),
            IndicatorCount("AF05", 90, 100),
            IndicatorCount("AF01"),
        ],
    )
    achievement = calculate(rules, counts)
    assert status(achievement, "AF01") == ("achieved", "5", "5")
    assert status(achievement, "AF05") == ("achieved", "10", "10")
    assert status(achievement, "CS05") == ("achieved", "0.5", "0.5")
    # 100 x 7 / 15 = 46 2/3 %; (46 2/3 - 40) / (90 - 40) x 10 = 4/3
    assert status(achievement, "LD02") == ("partly", "4/3", "10")
    assert achievement.points == Fraction(101, 6)
    assert achievement.points_text == "101/6"
    assert achievement.points_available_text == "25.5"
    behind = {result.indicator.code: counted for result, counted in zip(*both(achievement), strict=True)}
    assert behind["LD02"] == (7, 15, 20, 0, 0, {}, {})
    assert behind["AF01"] == (None, None, 100, 0, 0, {}, {})
    assert achievement.is_sound


def test_empty_register_takes_the_area_out_of_what_is_available(rules: CompiledRuleset) -> None:
    counts = Counts(5000, {"AF": 0, "LD": 20}, [IndicatorCount("AF01"), IndicatorCount("AF05", 0, 0)])
    achievement = calculate(rules, counts)
    assert status(achievement, "AF01") == ("not-available", "0", "0")
    assert status(achievement, "AF05") == ("not-available", "0", "0")
    assert achievement.points == 0
    assert achievement.points_available == Fraction("10.5")


def test_empty_register_keeps_the_points_available_where_the_group_says_so(
    indicator: Callable[..., Indicator], ruleset: Callable[..., Ruleset]
) -> None:
    palliative = ruleset(indicator("PC02", "yes-no", register="PC", prevalence_register=None))
    groups = tuple(replace(group, zero_register_reduces=False) for group in palliative.groups)
    rules = compile_ruleset(replace(palliative, groups=groups))
    achievement = calculate(rules, Counts(5000, {"PC": 0}, [IndicatorCount("PC02", achieved=True)]))
    assert status(achievement, "PC02") == ("achieved", "10", "10")


def test_indicator_missing_from_the_extract_is_not_reported_but_available(rules: CompiledRuleset) -> None:
    achievement = calculate(rules, Counts(5000, {}, []))
    assert {result.status for result in achievement.indicators} == {"not-reported"}
    assert achievement.points == 0
    assert achievement.points_available == Fraction("25.5")


def test_register_indicator_is_reported_by_its_register(rules: CompiledRuleset) -> None:
    achievement = calculate(rules, Counts(5000, {"AF": 1}, []))
    assert status(achievement, "AF01") == ("achieved", "5", "5")
    assert status(achievement, "AF05") == ("not-reported", "0", "10")


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (0, 0, ("not-achieved", "0", "10")),
        (39, 100, ("not-achieved", "0", "10")),
        (40, 100, ("not-achieved", "0", "10")),
        (41, 100, ("partly", "0.2", "10")),
        (8999, 10000, ("partly", "4999/500", "10")),
        (90, 100, ("achieved", "10", "10")),
        (100, 100, ("achieved", "10", "10")),
    ],
)
def test_thresholds_are_met_exactly(
    rules: CompiledRuleset, numerator: int, denominator: int, expected: tuple[str, str, str]
) -> None:
    counts = Counts(20000, {"AF": 10000, "LD": 1}, [IndicatorCount("AF05", numerator, denominator)])
    assert status(calculate(rules, counts), "AF05") == expected


def test_no_is_not_achieved(rules: CompiledRuleset) -> None:
    achievement = calculate(rules, Counts(5000, {}, [IndicatorCount("CS05", achieved=False)]))
    assert status(achievement, "CS05") == ("not-achieved", "0", "0.5")


def test_thresholds_with_decimals_stay_exact(
    indicator: Callable[..., Indicator], ruleset: Callable[..., Ruleset]
) -> None:
    fine = indicator("AF05", lower_threshold=Fraction("12.5"), upper_threshold=Fraction("37.25"))
    achievement = calculate(compile_ruleset(ruleset(fine)), Counts(500, {"AF": 9}, [IndicatorCount("AF05", 1, 4)]))
    assert achievement.points == (25 - Fraction("12.5")) / Fraction("24.75") * 10


@pytest.mark.parametrize(
    ("achieved", "registers", "points"),
    [
        # shares of the areas AA 1, BB 1/2, CC 1/4, DD 0: the third lowest is BB
        ((90, 65, 52, 40), {}, "5"),
        ((90, 90, 90, 40), {}, "10"),
        ((40, 40, 40, 90), {}, "0"),
        # CC is not available: of 1, 1/2 and 0 the third lowest is AA
        ((90, 65, 0, 40), {"CC": 0}, "10"),
        # one area left: it is the best there is
        ((65, 0, 0, 0), {"BB": 0, "CC": 0, "DD": 0}, "5"),
        ((0, 0, 0, 0), {"AA": 0, "BB": 0, "CC": 0, "DD": 0}, "0"),
    ],
)
def test_holistic_is_the_share_of_the_third_lowest_area(
    indicator: Callable[..., Indicator],
    ruleset: Callable[..., Ruleset],
    achieved: tuple[int, ...],
    registers: dict[str, int],
    points: str,
) -> None:
    names = ("AA", "BB", "CC", "DD")
    areas = [indicator(f"{name}01", register=name) for name in names]
    holistic = indicator(
        "HC01",
        "holistic",
        domain="Holistic care",
        register=None,
        prevalence_register=None,
        parameters={"domain": "Clinical", "rank": "3"},
    )
    rules = compile_ruleset(ruleset(holistic, *areas))
    counts = Counts(
        5000,
        {**dict.fromkeys(names, 100), **registers},
        [IndicatorCount(f"{name}01", count, 100) for name, count in zip(names, achieved, strict=True)],
    )
    assert status(calculate(rules, counts), "HC01")[1] == points
