from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from qof_calculator.core.ruleset import RulesetError, ruleset_from_document


def test_document_becomes_ruleset_with_exact_numbers(document: Mapping[str, Any]) -> None:
    ruleset = ruleset_from_document(document, "abc")
    assert ruleset.digest == "abc"
    assert ruleset.achievement_date == date(2013, 3, 31)
    assert ruleset.points_total == Fraction(1, 2)
    assert ruleset.indicators[0].points == Fraction(1, 2)
    assert ruleset.indicators[0].lower_threshold == 40
    assert (ruleset.indicators[0].lower_text, ruleset.indicators[0].upper_text) == ("40", "90")
    assert ruleset.indicators[0].unverified is None


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("points_total", "many", "many"),
        ("qof_year", "2012-14", "not a QOF year"),
        ("achievement_date", "31 March", "31 March"),
        ("indicators", [{"code": "AF05"}], "lower_threshold"),
        ("groups", [{"code": "AF", "colour": "red"}], "colour"),
        ("domain_totals", None, "NoneType"),
    ],
)
def test_unreadable_field_is_named(document: Mapping[str, Any], field: str, value: Any, says: str) -> None:
    with pytest.raises(RulesetError, match=f"scotland-2012-13: .*{says}"):
        ruleset_from_document({**document, field: value}, "abc")


def test_missing_field_is_named(document: Mapping[str, Any]) -> None:
    without = {key: value for key, value in document.items() if key != "nation"}
    with pytest.raises(RulesetError, match="the field 'nation' is missing"):
        ruleset_from_document(without, "abc")
