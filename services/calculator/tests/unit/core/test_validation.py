from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from qof_calculator.core.compiled import CompiledRuleset, compile_ruleset
from qof_calculator.core.counts import Counts, IndicatorCount
from qof_calculator.core.points import calculate
from qof_calculator.core.ruleset import Indicator, Ruleset
from qof_calculator.core.validation import faults

SOUND = Counts(
    5000,
    {"AF": 100, "LD": 20},
    (
        IndicatorCount("AF01"),
        IndicatorCount("AF05", 60, 90, exclusions={"NEW": 4}, pcas={"DECLINED": 6}),
        IndicatorCount("CS05", achieved=True),
        IndicatorCount("LD02", 5, 21),  # this one may exceed its register
    ),
)


def found(rules: CompiledRuleset, counts: Counts) -> list[tuple[str, str]]:
    """The faults; the calculation must notice on its way whether there are any."""
    told = faults(rules, counts)
    assert calculate(rules, counts).is_sound is not bool(told)
    return [(fault.pointer, fault.rule) for fault in told]


def test_sound_counts_have_no_faults(rules: CompiledRuleset) -> None:
    assert found(rules, SOUND) == []


def test_missing_indicators_and_their_registers_are_no_fault(rules: CompiledRuleset) -> None:
    assert found(rules, Counts(5000, {}, ())) == []


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (IndicatorCount("XX99"), ("/indicators/0/indicator", "indicator-known")),
        (IndicatorCount("AF05", 1), ("/indicators/0/denominator", "count-present")),
        (IndicatorCount("AF05", None, 1), ("/indicators/0/numerator", "count-present")),
        (IndicatorCount("AF05", 2, 1), ("/indicators/0/numerator", "numerator-within-denominator")),
        (IndicatorCount("AF05", -1, 1), ("/indicators/0/numerator", "count-not-negative")),
        (IndicatorCount("AF05", 0, -1), ("/indicators/0/denominator", "count-not-negative")),
        (IndicatorCount("AF05", 1, 101), ("/indicators/0/denominator", "denominator-within-register")),
        (IndicatorCount("AF05", 1, 1, achieved=True), ("/indicators/0/achieved", "count-fits-kind")),
        (IndicatorCount("AF01", numerator=1), ("/indicators/0/numerator", "count-fits-kind")),
        (IndicatorCount("CS05"), ("/indicators/0/achieved", "count-present")),
        (IndicatorCount("AF01", exclusions={"A/B": -1}), ("/indicators/0/exclusions/A~1B", "count-not-negative")),
        (IndicatorCount("AF01", pcas={"OK": 1, "A~B": -1}), ("/indicators/0/pcas/A~0B", "count-not-negative")),
    ],
)
def test_faulty_indicator_is_pointed_at(
    rules: CompiledRuleset, count: IndicatorCount, expected: tuple[str, str]
) -> None:
    assert found(rules, replace(SOUND, indicators=(count,))) == [expected]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"list_size": 0}, [("/list_size", "list-size-positive")]),
        ({"list_size": -1}, [("/list_size", "list-size-positive")]),
        ({"list_size": 99}, [("/registers/AF", "register-within-list")]),
        ({"registers": {"AF": 100}}, [("/registers/LD", "register-present")]),
        ({"registers": {"AF": 100, "LD": 20, "A/B": 1}}, [("/registers/A~1B", "register-known")]),
        ({"registers": {"AF": 100, "LD": -1}}, [("/registers/LD", "count-not-negative")]),
    ],
)
def test_faulty_list_or_register_is_pointed_at(
    rules: CompiledRuleset, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(rules, replace(SOUND, **changes)) == expected


def test_every_fault_is_told_at_once_and_how_to_mend_it(rules: CompiledRuleset) -> None:
    counts = Counts(0, {"ZZ": 1}, (IndicatorCount("AF05", 3, 2), IndicatorCount("AF05", 1, 2), IndicatorCount("CS05")))
    told = faults(rules, counts)
    assert found(rules, counts)
    assert [(fault.pointer, fault.rule) for fault in told] == [
        ("/list_size", "list-size-positive"),
        ("/registers/ZZ", "register-known"),
        ("/indicators/0/numerator", "numerator-within-denominator"),
        ("/indicators/1/indicator", "indicator-once"),
        ("/indicators/2/achieved", "count-present"),
        ("/registers/AF", "register-present"),
    ]
    assert told[3].message == "AF05 is there twice, first at /indicators/0; send it once."
    assert told[4].message == "CS05 is a yes-no indicator; send achieved, true or false."
    assert told[5].message == "AF05 needs the register AF; send its number of patients, 0 if there is none."


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (IndicatorCount("AF05"), []),
        (IndicatorCount("AF05", 60, 90), []),
        (IndicatorCount("AF05", achieved=False), []),
        (IndicatorCount("AF05", 60), [("/indicators/0/numerator", "count-fits-kind")]),
        (IndicatorCount("AF05", 60, 90, achieved=True), [("/indicators/0/achieved", "count-fits-kind")]),
        (IndicatorCount("AF05", 91, 90), [("/indicators/0/numerator", "numerator-within-denominator")]),
        (IndicatorCount("AF05", 91, 101), [("/indicators/0/denominator", "denominator-within-register")]),
    ],
)
def test_protected_may_be_counted_in_any_sound_way(
    indicator: Callable[..., Indicator],
    ruleset: Callable[..., Ruleset],
    count: IndicatorCount,
    expected: list[tuple[str, str]],
) -> None:
    protected = compile_ruleset(ruleset(indicator("AF05", "protected", parameters={"reference_year": "2011-12"})))
    assert found(protected, Counts(5000, {"AF": 100}, (count,))) == expected
