"""Contract terms are invented as the year asks for them, and the summary says under which rules a run was."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import StringIO

import pytest
from rich.console import Console

from qof_local.demo_cast import Cast
from qof_local.demo_money import Money, rules_sentence, show_money, targets_document, terms_document
from qof_local.directory import Nation, invented_commissioners, invented_practice
from qof_payments.adapters.parameters import load_parameters

PRACTICES = 25


def cast_of(nation: str, year: str) -> Cast:
    practices = [invented_practice(index, nation) for index in range(PRACTICES)]
    codes = [one.practice for one in practices]
    who = Nation(nation, year, date(2007, 3, 31), invented_commissioners(PRACTICES, nation), practices)
    points = dict.fromkeys(codes, Fraction(900))
    return Cast(
        who, f"QOF-{year}-DEMO-1", 1, f"{nation}-{year}", dict.fromkeys(codes, b'{"list_size": 5891}'), points, None
    )


def test_terms_are_those_of_the_year() -> None:
    body = terms_document(cast_of("england", "2006-07"), load_parameters("england", "2006-07"))
    terms = body["practices"]
    assert [one["contract"] for one in terms].count("PMS") == 2
    assert [one["aspiration"]["accepted_offer"] for one in terms].count(False) == 1
    # 900 × £124.60 × 5,891 ÷ 5,891 × 0.95
    assert terms[0]["aspiration"]["last_year"] == "106533.00"
    assert terms[0]["target_populations"] == dict.fromkeys(("CHS", "CON", "CS", "MAT"), 1296)


def test_first_year_has_agreed_points() -> None:
    body = terms_document(cast_of("england", "2004-05"), load_parameters("england", "2004-05"))
    assert body["practices"][0]["aspiration"] == {
        "accepted_offer": True,
        "method": "points",
        "agreed_points": "900",
        "list_size": 5891,
    }


def test_scotland_takes_no_pms_deduction_so_nobody_has_the_contract() -> None:
    body = terms_document(cast_of("scotland", "2012-13"), load_parameters("scotland", "2012-13"))
    assert {one["contract"] for one in body["practices"]} == {"GMS"}


def test_nations_targets_are_those_of_its_practices() -> None:
    cast, year = cast_of("england", "2006-07"), load_parameters("england", "2006-07")
    body = targets_document(cast, year)
    assert body is not None
    told = terms_document(cast, year)["practices"]
    assert body["groups"]["CS"] == {
        "target": sum(one["target_populations"]["CS"] for one in told),
        "registered": PRACTICES * 5891,
    }
    assert targets_document(cast, load_parameters("england", "2026-27")) is None


@pytest.mark.parametrize(
    ("year", "said"),
    [
        (
            "2006-07",
            "rule set england-2006-07: 1,000 points available, prevalence regime A (square root above a cut-off), "
            "aspiration 60 % of last year's payment, £124.60 a point for a list of 5,891",
        ),
        (
            "2012-13",
            "rule set england-2012-13: 1,000 points available, prevalence regime C (true prevalence), aspiration "
            "70 % of last year's payment, £133.76 a point for a list of 5,891",
        ),
    ],
)
def test_summary_says_under_which_rules_it_was(year: str, said: str) -> None:
    assert rules_sentence(cast_of("england", year)) == said


def test_summary_shows_the_whole_sum() -> None:
    out = StringIO()
    money = Money(3, Decimal("300.00"), Decimal("120.00"), Decimal("180.00"), Decimal("100.00"), Decimal("60.00"))
    show_money(Console(file=out, width=500), cast_of("england", "2006-07"), money)
    assert (
        "3 statements: achievement £300.00 − deductions £120.00 (aspiration paid £100.00, PMS £20.00) = £180.00 due; "
        "of it £60.00 instructed"
    ) in out.getvalue()
