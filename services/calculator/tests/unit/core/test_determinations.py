"""What a determination changes, and which are refused."""

from collections.abc import Callable, Mapping

import pytest

from qof_calculator.core.compiled import CompiledRuleset, compile_ruleset
from qof_calculator.core.counts import Counts, Determination, IndicatorCount
from qof_calculator.core.points import Achievement, calculate, without_determinations
from qof_calculator.core.ruleset import Indicator, Ruleset
from qof_calculator.core.validation import faults

PRACTICE = Counts(
    5000,
    {"AF": 100, "LD": 20},
    (
        IndicatorCount("AF05", 65, 100),
        IndicatorCount("CS05", achieved=False),
        IndicatorCount("LD02", 10, 10),
    ),
)


def results(achievement: Achievement) -> Mapping[str, tuple[str, str, str]]:
    assert achievement.is_sound
    return {
        result.indicator.code: (result.status, result.points_text, result.points_available_text)
        for result in achievement.indicators
    }


def test_local_thresholds_replace_those_of_the_rule_set(rules: CompiledRuleset) -> None:
    local = [Determination("AF05", "lower-threshold", "60"), Determination("AF05", "upper-threshold", "70")]
    achievement = calculate(rules, PRACTICE, local)
    assert results(achievement)["AF05"] == ("partly", "5", "10")
    (facts,) = (result.facts for result in achievement.indicators if result.indicator.code == "AF05")
    assert facts[7:9] == ("60", "70")
    assert without_determinations(rules, PRACTICE, local) == ["40", "90"]


def test_one_local_threshold_leaves_the_other(rules: CompiledRuleset) -> None:
    local = [Determination("AF05", "upper-threshold", "65")]
    assert results(calculate(rules, PRACTICE, local))["AF05"] == ("achieved", "10", "10")


@pytest.mark.parametrize(
    ("code", "value", "expected", "was"),
    [
        ("AF05", "7.5", ("partly", "7.5", "10"), "5"),
        ("AF05", "10", ("achieved", "10", "10"), "5"),
        ("AF05", "0", ("not-achieved", "0", "10"), "5"),
        ("AF01", "2", ("partly", "2", "5"), "5"),
        ("CS05", "1/2", ("achieved", "0.5", "0.5"), "0"),
    ],
)
def test_adjusted_points_replace_those_of_any_kind(
    rules: CompiledRuleset, code: str, value: str, expected: tuple[str, str, str], was: str
) -> None:
    adjusted = [Determination(code, "adjusted-points", value)]
    before, after = calculate(rules, PRACTICE), calculate(rules, PRACTICE, adjusted)
    assert results(after)[code] == expected
    assert {**results(after), code: None} == {**results(before), code: None}
    assert without_determinations(rules, PRACTICE, adjusted) == [was]
    assert [result.indicator.parameters for result in after.indicators if result.indicator.code == code] == [
        {"adjusted_points": value}
    ]


def test_adjustment_makes_points_available_again(rules: CompiledRuleset) -> None:
    empty = Counts(5000, {"AF": 0, "LD": 20}, (IndicatorCount("AF05", 0, 0),))
    adjusted = [Determination("AF05", "adjusted-points", "4")]
    assert results(calculate(rules, empty))["AF05"] == ("not-available", "0", "0")
    achievement = calculate(rules, empty, adjusted)
    assert results(achievement)["AF05"] == ("partly", "4", "10")
    assert (achievement.points_text, achievement.points_available_text) == ("4", "20.5")
    assert without_determinations(rules, empty, adjusted) == ["0"]


def test_adjustment_of_a_clinical_area_moves_holistic_points(
    indicator: Callable[..., Indicator], ruleset: Callable[..., Ruleset]
) -> None:
    holistic = indicator(
        "HC01",
        "holistic",
        domain="Holistic care",
        register=None,
        prevalence_register=None,
        parameters={"domain": "Clinical", "rank": "1"},
    )
    rules = compile_ruleset(ruleset(holistic, indicator("AF05")))
    practice = Counts(5000, {"AF": 100}, (IndicatorCount("AF05", 65, 100),))
    adjusted = [Determination("AF05", "adjusted-points", "10")]
    assert results(calculate(rules, practice, adjusted))["HC01"] == ("achieved", "10", "10")
    by_hand = [Determination("HC01", "adjusted-points", "1"), Determination("AF05", "upper-threshold", "65")]
    assert results(calculate(rules, practice, by_hand))["HC01"] == ("partly", "1", "10")
    # Beside the adjustment the local threshold stands: 10 of 10 points, so holistic care would have had all.
    assert without_determinations(rules, practice, by_hand) == ["10", "90"]


def test_the_rule_set_stays_as_it_is(rules: CompiledRuleset) -> None:
    before = results(calculate(rules, PRACTICE))
    calculate(rules, PRACTICE, [Determination("AF05", "adjusted-points", "1")])
    assert results(calculate(rules, PRACTICE)) == before


@pytest.mark.parametrize(
    ("determined", "pointer", "rule"),
    [
        (Determination("XX99", "adjusted-points", "1"), "/determinations/1/indicator", "determination-indicator-known"),
        (Determination("AF05", "reference-points", "1"), "/determinations/1/determines", "determination-fits-kind"),
        (Determination("CS05", "lower-threshold", "1"), "/determinations/1/determines", "determination-fits-kind"),
        (Determination("AF05", "mood", "1"), "/determinations/1/determines", "determination-fits-kind"),
        (Determination("LD02", "adjusted-points", "1"), "/determinations/1/determines", "determination-once"),
        (Determination("AF05", "adjusted-points", "10.01"), "/determinations/1/value", "determination-possible"),
        (Determination("AF05", "adjusted-points", "-1"), "/determinations/1/value", "determination-possible"),
        (Determination("AF05", "adjusted-points", "many"), "/determinations/1/value", "determination-possible"),
        (Determination("AF05", "adjusted-points", "1/0"), "/determinations/1/value", "determination-possible"),
        (Determination("AF05", "adjusted-points", "1e999999999"), "/determinations/1/value", "determination-possible"),
        (Determination("AF05", "lower-threshold", "90"), "/determinations/1/value", "determination-possible"),
        (Determination("AF05", "upper-threshold", "101"), "/determinations/1/value", "determination-possible"),
        (Determination("AF05", "upper-threshold", "high"), "/determinations/1/value", "determination-possible"),
    ],
)
def test_faulty_determination_is_pointed_at(
    rules: CompiledRuleset, determined: Determination, pointer: str, rule: str
) -> None:
    determinations = [Determination("LD02", "adjusted-points", "3"), determined]
    assert [(fault.pointer, fault.rule) for fault in faults(rules, PRACTICE, determinations)] == [(pointer, rule)]
    assert not calculate(rules, PRACTICE, determinations).is_sound


@pytest.mark.parametrize(
    ("determines", "value"),
    [
        ("tier-percentages", "20 40"),
        ("tier-percentages", "20 40 30"),
        ("tier-percentages", "20 40 101"),
        ("tier-percentages", ""),
        ("tier-percentages", "20, 40, 60"),
    ],
)
def test_impossible_tiers_are_pointed_at(
    indicator: Callable[..., Indicator], ruleset: Callable[..., Ruleset], determines: str, value: str
) -> None:
    tiered = compile_ruleset(ruleset(indicator("AF05", "tiered", parameters={"tiers": "1 5 10"})))
    counts = Counts(5000, {"AF": 100}, (IndicatorCount("AF05", 65, 100),))
    (fault,) = faults(tiered, counts, [Determination("AF05", determines, value)])
    assert (fault.pointer, fault.rule) == ("/determinations/0/value", "determination-possible")
    assert fault.message.startswith(f"AF05 has the tier_percentages {value!r}; they must be 3 rising percentages")


def test_determined_points_need_the_register_they_are_paid_by(rules: CompiledRuleset) -> None:
    without = Counts(5000, {"LD": 20}, ())
    adjusted = [Determination("AF05", "adjusted-points", "7.5")]
    (fault,) = faults(rules, without, adjusted)
    assert (fault.pointer, fault.rule) == ("/registers/AF", "register-present")
    assert not calculate(rules, without, adjusted).is_sound
    local = [Determination("AF05", "lower-threshold", "60")]
    assert faults(rules, without, local) == []
    assert calculate(rules, without, local).is_sound


def test_both_thresholds_may_pass_over_the_old_ones(rules: CompiledRuleset) -> None:
    local = [Determination("AF05", "lower-threshold", "92"), Determination("AF05", "upper-threshold", "97")]
    assert faults(rules, PRACTICE, local) == []


def test_faults_say_how_to_mend_them(rules: CompiledRuleset) -> None:
    (fault,) = faults(rules, PRACTICE, [Determination("CS05", "tier-percentages", "1 2")])
    assert fault.message == (
        "CS05 is a yes-no indicator, for which nobody can determine tier-percentages; withdraw it or determine one of "
        "adjusted-points."
    )
