from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from qof_calculator.core.lint import lint
from qof_calculator.core.ruleset import Group, Indicator, Ruleset
from qof_shared.vocabulary import QofYear

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
            "HC01 has the rank 'third'; it must be a whole number from 1",
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
        ({"registers": {}, "list_types": {}}, ["AF05 names the register AF", "AF05 names the register AF"]),
        (
            {"registers": {"AF": "", "DM": ""}, "list_types": {"AF": "TOTAL", "DM": "17OV"}},
            ["the register DM is used by no group and no indicator"],
        ),
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


@pytest.mark.parametrize(
    ("kind", "parameters", "says"),
    [
        ("stepped", {}, "AF05 is a stepped and must have points_at_lower"),
        (
            "stepped",
            {"points_at_lower": "11"},
            "AF05 has the points_at_lower '11'; it must be a number of points from 0",
        ),
        ("tiered", {}, "AF05 is a tiered and must have tiers (and may have tier_percentages)"),
        ("tiered", {"tiers": "1 5 5 10"}, "AF05 has the tiers '1 5 5 10'; they must be points that rise to 10"),
        ("tiered", {"tiers": "1 5"}, "AF05 has the tiers '1 5'; they must be points that rise to 10"),
        ("tiered", {"tiers": "0 10"}, "AF05 has the tiers '0 10'; they must be points that rise to 10"),
        ("tiered", {"tiers": "5 10", "tier_percentages": "20"}, "AF05 has the tier_percentages '20'; they must be 2"),
        ("protected", {}, "AF05 is a protected and must have reference_year"),
        ("protected", {"reference_year": "2011"}, "AF05 has the reference_year '2011'; '2011' is not a QOF year"),
        (
            "protected",
            {"reference_year": "2012-13"},
            "AF05 has the reference year 2012-13, which is not before 2012-13",
        ),
        (
            "protected",
            {"reference_year": "2011-12", "reference_points": "4"},
            "AF05 has the reference_points, which is",
        ),
        ("fraction", {"adjusted_points": "4"}, "AF05 has the adjusted_points, which is determined for a practice"),
        (
            "improvement",
            {"improvement_lower": "10", "improvement_upper": "5"},
            "AF05 has the improvement_upper '5'; it must be a percentage above improvement_lower",
        ),
        (
            "improvement",
            {"improvement_lower": "five", "improvement_upper": "10"},
            "AF05 has the improvement_lower 'five'; it must be a percentage from 0 to 100",
        ),
    ],
)
def test_impossible_parameters_are_told(
    indicator: Make, ruleset: MakeRuleset, kind: str, parameters: dict[str, str], says: str
) -> None:
    first, *_ = lint(ruleset(indicator("AF05", kind, parameters=parameters)))
    assert first.startswith(says)


@pytest.mark.parametrize(
    ("list_types", "says"),
    [
        ({}, "the register AF has no list type; write TOTAL"),
        ({"AF": "adults"}, "the list type 'adults' of AF is none"),
        ({"AF": "17OV", "DM": "17OV"}, "list_types names the register DM, which is not in registers"),
    ],
)
def test_faulty_list_type_is_told(indicator: Make, ruleset: MakeRuleset, list_types: dict[str, str], says: str) -> None:
    (fault,) = lint(ruleset(indicator("AF05"), list_types=list_types))
    assert fault.startswith(says)


def test_unverified_without_a_reason_is_told(indicator: Make, ruleset: MakeRuleset) -> None:
    assert lint(ruleset(indicator("AF05", unverified=" "))) == ["AF05 is unverified and must say why"]
    assert lint(ruleset(indicator("AF05", unverified="nobody said so"))) == []


def test_references_to_other_years_are_checked_where_they_are_there(indicator: Make, ruleset: MakeRuleset) -> None:
    protected = {"reference_year": "2011-12", "reference_indicator": "AF09"}
    new = ruleset(
        indicator("AF05", "protected", parameters=protected),
        successions={"AF09": "AF05"},
        shares_table_with=("england-2012-13",),
    )
    before = replace(ruleset(indicator("AF02")), ruleset_id="scotland-2011-12", qof_year=QofYear(2011))
    england = replace(new, ruleset_id="england-2012-13", nation="england", shares_table_with=())
    assert lint(new) == []
    assert lint(new, {one.ruleset_id: one for one in (new, before, england)}) == [
        "the succession AF09 -> AF05 begins at an indicator that is not in scotland-2011-12",
        "AF05 refers to AF09, which is not in scotland-2011-12",
        "it shares its table with england-2012-13, which does not share it back",
    ]
    same = replace(before, indicators=(indicator("AF09"),))
    back = replace(england, shares_table_with=("scotland-2012-13",))
    assert lint(new, {one.ruleset_id: one for one in (new, same, back)}) == []


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
