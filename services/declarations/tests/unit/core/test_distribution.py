"""Five numbers that are true of the values, and nothing of fewer than five practices."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.distribution import (
    FEWEST,
    MILLION,
    NATION,
    Band,
    Gathering,
    band_of,
    distribution_of,
    pca_share_of,
    percentage_of,
)
from qof_declarations.core.report import build_report
from qof_declarations.core.summary import Summary, summary_of
from qof_declarations.testing.builders import make_achievement, make_entitlement
from qof_shared.contracts import AchievementCalculated, EntitlementCalculated

values = st.lists(st.integers(-(10**12), 10**12), min_size=FEWEST, max_size=60)


@given(values)
def test_quartiles_part_the_values_where_they_say(values: Sequence[int]) -> None:
    found = distribution_of(values)
    assert found is not None
    assert (found.practices, found.lowest, found.highest) == (len(values), min(values), max(values))
    for quarter, quartile in enumerate((found.lower_quartile, found.median, found.upper_quartile), start=1):
        assert quartile in values
        assert 4 * sum(one <= quartile for one in values) >= quarter * len(values)
        assert 4 * sum(one < quartile for one in values) < quarter * len(values)


@given(values, st.integers(0, 59))
def test_a_band_holds_as_many_as_its_name_says(values: Sequence[int], which: int) -> None:
    found = distribution_of(values)
    assert found is not None
    value = values[which % len(values)]
    band = band_of(value, found)
    below, above = sum(one < value for one in values), sum(one > value for one in values)
    if band is Band.LOWEST_QUARTER:
        assert 4 * (len(values) - above) <= len(values) + 3
    elif band is Band.HIGHEST_QUARTER:
        assert 4 * (len(values) - below) <= len(values)
    else:
        assert found.lower_quartile <= value <= found.upper_quartile


@pytest.mark.parametrize("few", range(FEWEST))
def test_of_few_practices_nothing_is_told(few: int) -> None:
    assert distribution_of(range(few)) is None


def a_summary(numerator: int) -> Summary:
    points = make_achievement(numerator=numerator).content(AchievementCalculated)
    pounds = make_entitlement(pounds=f"{numerator}.50").content(EntitlementCalculated)
    report = build_report(points, pounds)
    assert report.summary == summary_of(json.loads(report.document))
    return report.summary


def test_practices_are_gathered_by_commissioner_and_for_the_nation() -> None:
    gathering = Gathering()
    for numerator in range(10, 17):
        gathering.add("00K" if numerator < 15 else "03Q", a_summary(numerator))
    found = dict(gathering.distributions())
    assert list(found) == ["00K", "03Q", NATION]
    assert found["00K"].pounds == (5, *(MILLION * (one + 10) + MILLION // 2 for one in (0, 1, 2, 3, 4)))
    assert found["00K"].percentages["AF 4"].median == 100 * MILLION * 12 // 60
    assert (found["03Q"].practices, found["03Q"].points, found["03Q"].percentages) == (2, None, {})
    assert found[NATION].practices == 7
    assert found[NATION].points is not None
    assert found[NATION].points.highest == 16 * MILLION // 6


def test_shares_are_of_those_who_are_there() -> None:
    indicator = a_summary(45).indicators["AF 4"]
    assert (percentage_of(indicator), pca_share_of(indicator)) == (75 * MILLION, 100 * MILLION * 2 // 62)
    nobody = indicator._replace(numerator=0, denominator=0, pcas=0)
    assert (percentage_of(nobody), pca_share_of(nobody)) == (None, None)
    assert pca_share_of(nobody._replace(pcas=3)) == 100 * MILLION
    yes = indicator._replace(numerator=None, denominator=None)
    assert (percentage_of(yes), pca_share_of(yes)) == (None, None)
