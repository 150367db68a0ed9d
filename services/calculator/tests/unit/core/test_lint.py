from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from qof_calculator.core.lint import lint
from qof_calculator.core.ruleset import Group, Indicator, Ruleset

Make = Callable[..., Indicator]
MakeRuleset = Callable[..., Ruleset]


def test_sound_ruleset_has_no_faults(indicator: Make, ruleset: MakeRuleset) -> None:
    assert lint(ruleset(indicator("AF01", kind="register"), indicator("AF05"))) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"lower_threshold": None}, "AF05 is a fraction and needs both thresholds"),
        ({"lower_threshold": Fraction(90)}, "AF05 has the thresholds 90 and 90"),
        ({"upper_threshold": Fraction(101)}, "AF05 has the thresholds 40 and 101"),
        ({"lower_threshold": Fraction(-1)}, "AF05 has the thresholds -1 and 90"),
        ({"kind": "yes-no", "upper_threshold": Fraction(90)}, "AF05 is a yes-no and must have no thresholds"),
        ({"kind": "guess"}, "AF05 is of the kind 'guess', which is none of register, yes-no"),
        ({"source": "rumour"}, "AF05 names the source rumour"),
        ({"points": Fraction(-1)}, "AF05 has negative points"),
        ({"parameters": {"rank": "3"}}, "AF05 is a fraction and must have no parameters"),
    ],
)
def test_faulty_indicator_is_told(indicator: Make, ruleset: MakeRuleset, changes: dict[str, Any], says: str) -> None:
    faults = lint(ruleset(indicator("AF05", **changes)))
    assert len(faults) == 1
    assert faults[0].startswith(says)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": "register", "register": None}, "HC01 is a register and must name its register"),
        ({"kind": "holistic"}, "HC01 is a holistic and must have domain, rank"),
        (
            {"kind": "holistic", "parameters": {"domain": "Surgical", "rank": "3"}},
            "HC01 ranks the domain Surgical, which is not in domain_totals",
        ),
        (
            {"kind": "holistic", "parameters": {"domain": "Clinical", "rank": "third"}},
            "HC01 has the rank 'third', which is not a whole number",
        ),
    ],
)
def test_kind_without_what_it_needs_is_told(
    indicator: Make, ruleset: MakeRuleset, changes: dict[str, Any], says: str
) -> None:
    assert lint(ruleset(indicator("HC01", **changes))) == [says]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"nation": "france"}, ["the nation 'france' is none of", "the id 'scotland-2012-13' is not"]),
        ({"ruleset_id": "2012"}, ["the id '2012' is not scotland-2012-13"]),
        ({"achievement_date": date(2013, 4, 1)}, ["the achievement date 2013-04-01 is not in 2012-13"]),
        ({"status": "final"}, ["the status 'final' is none of draft, published"]),
        ({"registers": {}}, ["AF05 names the register AF", "AF05 names the register AF"]),
        ({"registers": {"AF": "", "DM": ""}}, ["the register DM is used by no group and no indicator"]),
        ({"groups": ()}, ["AF05 is in the group AF, which is not in groups"]),
        ({"points_total": Fraction(11)}, ["the indicators add up to 10 points, the published total is 11"]),
        ({"domain_totals": {"Clinical": Fraction(9)}}, ["the domain Clinical adds up to 10 points"]),
        ({"domain_totals": {}}, ["the domain Clinical has indicators but no total"]),
        ({"successions": {"AF02": "AF09"}}, ["the succession AF02 -> AF09 leads to an indicator"]),
    ],
)
def test_faulty_header_is_told(indicator: Make, ruleset: MakeRuleset, changes: dict[str, Any], says: list[str]) -> None:
    faults = lint(replace(ruleset(indicator("AF05")), **changes))
    assert len(faults) == len(says)
    assert all(fault.startswith(start) for fault, start in zip(faults, says, strict=True))


def test_group_faults_are_told(indicator: Make, ruleset: MakeRuleset) -> None:
    group = Group("AF", "AF", "Organisational", "XX", zero_register_reduces=True)
    empty = Group("DM", "DM", "Clinical", None, zero_register_reduces=True)
    assert lint(ruleset(indicator("AF05"), groups=(group, empty, empty))) == [
        "the group DM is there twice",
        "the group AF names the register XX, which is not in registers",
        "the group DM has no indicator",
        "the group DM has no indicator",
        "AF05 is in the domain Clinical, its group in Organisational",
    ]


def test_indicator_twice_is_told(indicator: Make, ruleset: MakeRuleset) -> None:
    assert lint(ruleset(indicator("AF05"), indicator("AF05"))) == ["the indicator AF05 is there twice"]


def test_succession_that_resolves_is_no_fault(indicator: Make, ruleset: MakeRuleset) -> None:
    assert lint(ruleset(indicator("AF05"), successions={"AF02": "AF05"})) == []
