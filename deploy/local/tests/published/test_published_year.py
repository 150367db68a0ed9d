"""Does the core give the points that Scotland published, from the very extracts that the demonstration sends?"""

from fractions import Fraction
from pathlib import Path

import pytest

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.points import calculate
from qof_calculator.core.validation import faults
from qof_local.compare import compare
from qof_local.published import PublishedYear, read_year

pytestmark = pytest.mark.needs_published_data


PRACTICES = {"2010-11": 955, "2012-13": 969, "2013-14": 954}
CHECKABLE = {"2010-11": 78_801, "2012-13": 86_463, "2013-14": 85_667}
"""Rows in the extracts: of the checkable ones those whose every register is shown."""
DIFFERENT = {"2010-11": 2, "2012-13": 5, "2013-14": 1}


@pytest.fixture(scope="module", params=PRACTICES)
def published(published_data: Path, request: pytest.FixtureRequest) -> PublishedYear:
    return read_year(published_data, request.param, load_rulesets())


def test_no_published_practice_is_rejected(published: PublishedYear) -> None:
    found = {
        one.practice: faults(published.rules, published.extract(one.practice, "Q"))
        for one in published.nation.practices
    }
    assert len(found) == PRACTICES[published.nation.qof_year]
    assert {practice: told for practice, told in found.items() if told} == {}


def test_published_points_are_reproduced(published: PublishedYear) -> None:
    year = published.nation.qof_year
    points = {
        one.practice: {
            result.indicator.code: result.points
            for result in calculate(published.rules, published.extract(one.practice, "Q")).indicators
        }
        for one in published.nation.practices
    }
    comparison = compare(published, points)
    assert comparison.checkable == CHECKABLE[year]
    assert comparison.share >= Fraction(9998, 10_000)
    assert len(comparison.differences) == DIFFERENT[year]
