"""What can be checked of a published row?"""

from fractions import Fraction

import pytest

from qof_calculator.adapters.rulesets import RulesetCatalogue
from qof_local.verify.rows import Results, count, number, points, row_of


@pytest.mark.parametrize(
    ("text", "patients"),
    [
        ("112", 112),
        ("112.0", 112),
        (" 7 ", 7),
        ("0", 0),
        ("*", None),
        ("x", None),
        ("-", None),
        ("", None),
        ("7.5", None),
    ],
)
def test_count(text: str, patients: int | None) -> None:
    assert count(text) == patients


@pytest.mark.parametrize(
    ("text", "exact"),
    [("0.1", Fraction(1, 10)), ("5", Fraction(5)), ("1e-05", Fraction(1, 10**5)), ("*", None), ("", None)],
)
def test_number(text: str, exact: Fraction | None) -> None:
    assert number(text) == exact


def test_points_dash_is_how_some_sheets_print_0() -> None:
    assert (points("-"), points("3.5"), points("*"), points("")) == (0, Fraction(7, 2), None, None)


@pytest.mark.parametrize(
    ("ruleset", "code", "numerator", "denominator", "register", "checkable"),
    [
        ("scotland-2012-13", "AF05", 68, 73, None, True),
        ("scotland-2012-13", "AF05", None, 73, 103, False),
        ("scotland-2012-13", "AF01", None, None, 103, True),
        ("scotland-2012-13", "AF01", 68, 73, None, False),
        ("scotland-2012-13", "COMMUN05", 1, 1, None, False),
        ("scotland-2011-12", "QP03", 50, 60, None, False),
        ("england-2022-23", "VI001", 90, 100, None, True),
        ("england-2024-25", "QI016", 1, 1, None, False),
    ],
)
def test_row_is_checkable_where_counts_alone_give_the_points(
    catalogue: RulesetCatalogue,
    ruleset: str,
    code: str,
    numerator: int | None,
    denominator: int | None,
    register: int | None,
    checkable: bool,
) -> None:
    term = catalogue.by_id(ruleset).by_code[code]
    assert row_of("A", term, numerator, denominator, register, Fraction(1)).is_checkable is checkable
    assert not row_of("A", term, numerator, denominator, register, None).is_checkable


def test_unpublished_are_indicators_without_a_single_number_of_points(catalogue: RulesetCatalogue) -> None:
    rules = catalogue.by_id("scotland-2012-13")
    rows = [row_of("A", term, None, None, None, Fraction(0)) for term in rules.terms if term.code != "PE01"]
    rows.append(row_of("A", rules.by_code["PE01"], None, None, None, None))
    assert Results("scotland 2012-13", rules, {"A": rows}).unpublished == {"PE01"}
