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


@pytest.fixture(scope="module")
def published(published_data: Path) -> PublishedYear:
    return read_year(published_data, "2012-13", load_rulesets())


def test_no_published_practice_is_rejected(published: PublishedYear) -> None:
    found = {
        one.practice: faults(published.rules, published.extract(one.practice, "Q"))
        for one in published.nation.practices
    }
    assert len(found) == 969
    assert {practice: told for practice, told in found.items() if told} == {}


def test_published_points_are_reproduced(published: PublishedYear) -> None:
    points = {
        one.practice: {
            result.indicator.code: result.points
            for result in calculate(published.rules, published.extract(one.practice, "Q")).indicators
        }
        for one in published.nation.practices
    }
    comparison = compare(published, points)
    assert comparison.checkable == 86_463
    assert comparison.share >= Fraction(9998, 10_000)
    assert comparison.unexplained == []
    assert len(comparison.differences) == 5
