"""What a report says of one indicator: why, how far, how much."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.explanation import (
    ImpossibleCountsError,
    adjustments_of,
    explain,
    explain_all,
    patients_around,
    what_if,
)
from qof_declarations.core.explanation_words import why
from qof_declarations.core.report import build_report
from qof_declarations.testing.builders import make_achievement, make_entitlement
from qof_shared.contracts import AchievementCalculated, EntitlementCalculated

AF = "AF 4"


@pytest.fixture
def document() -> dict[str, Any]:
    """45 of 60 patients, thresholds 40 and 90: 7 of 10 points, each worth £133.76."""
    points = make_achievement(numerator=45).content(AchievementCalculated)
    pounds = make_entitlement(pounds="936.32").content(EntitlementCalculated)
    found: dict[str, Any] = json.loads(build_report(points, pounds).document)
    found["points"] = found["indicators"][AF]["points"] = found["lines"]["AF"]["points"] = "7"
    return found


def changed(document: dict[str, Any], **fields: Any) -> dict[str, Any]:
    document["indicators"][AF] |= fields
    return document


def test_patients_short_are_the_fewest_that_reach_it(document: dict[str, Any]) -> None:
    found = explain(document, AF)
    assert (found.points, found.percentage) == (7, 75)
    assert (found.patients_to_next_point, found.patients_to_maximum) == (3, 9)
    assert what_if(document, AF, 45 + 2, 60).points < 8 <= what_if(document, AF, 45 + 3, 60).points
    assert what_if(document, AF, 45 + 8, 60).points < 10 == what_if(document, AF, 45 + 9, 60).points


def test_all_are_explained_as_each_is(document: dict[str, Any]) -> None:
    document["indicators"]["AF 5"] = document["indicators"][AF] | {"points": "10", "numerator": 58}
    document["indicators"]["RECORDS 1"] = document["indicators"][AF] | {"group": "RECORDS", "prevalence_register": None}
    assert explain_all(document) == [explain(document, indicator) for indicator in ("AF 4", "AF 5", "RECORDS 1")]


def test_points_that_not_even_all_patients_give_are_not_promised(document: dict[str, Any]) -> None:
    found = explain(changed(document, numerator=0, points="0", lower_threshold="90", upper_threshold="110"), AF)
    assert (found.patients_to_next_point, found.patients_to_maximum) == (56, None)  # 92 % of 60 are 55.2


def test_more_patients_than_needed_for_all_points_change_nothing(document: dict[str, Any]) -> None:
    found = explain(changed(document, numerator=58, points="10"), AF)
    assert (found.pounds_lost, found.patients_to_maximum) == (Decimal("0.00"), None)
    assert found.next_patient is not None
    assert (found.next_patient.points, found.next_patient.pounds_change) == (10, Decimal("0.00"))


def test_the_next_patient_is_worth_what_the_line_would_be_paid_more(document: dict[str, Any]) -> None:
    found = explain(document, AF)
    assert found.line == "AF"
    assert (found.pounds, found.pounds_lost) == (Decimal("936.32"), Decimal("401.28"))
    assert found.next_patient is not None
    assert found.next_patient.points_change == Fraction(1, 3)
    assert found.next_patient.pounds == Decimal("980.91")  # 22/3 points x £133.76 = £980.9066...
    assert found.next_patient.pounds_change == Decimal("44.59")


def test_ten_patients_around_are_told_in_order_with_the_practices_own(document: dict[str, Any]) -> None:
    around = list(patients_around(document, AF))
    assert [one.numerator for one in around] == list(range(35, 56))
    assert around[10].points_change == 0
    assert around[10].pounds_change == Decimal("0.00")
    assert around[0].pounds_change is not None
    assert around[0].pounds_change < 0
    assert [one.points for one in around] == sorted(one.points for one in around)


@pytest.mark.parametrize(("met", "denominator"), [(61, 60), (-1, 60), (1, 0)])
def test_counts_that_cannot_be_are_refused(document: dict[str, Any], met: int, denominator: int) -> None:
    with pytest.raises(ImpossibleCountsError, match="lies within the denominator"):
        what_if(document, AF, met, denominator)


def test_an_indicator_without_counts_has_no_what_if(document: dict[str, Any]) -> None:
    register = changed(document, kind="register", numerator=None, denominator=None)
    assert list(patients_around(register, AF)) == []
    assert explain(register, AF).next_patient is None
    with pytest.raises(ImpossibleCountsError, match="has no numerator"):
        what_if(register, AF, 1, 2)


def test_an_unknown_indicator_is_not_there(document: dict[str, Any]) -> None:
    with pytest.raises(NotFoundError, match="AF99"):
        explain(document, "AF99")


def test_points_set_by_hand_do_not_move_with_the_counts(document: dict[str, Any]) -> None:
    document["determinations"] = [
        {"indicator": AF, "determines": "adjusted-points", "was": "5.5", "value": "7", "reason": "late letters"}
    ]
    found = explain(document, AF)
    assert found.patients_to_maximum is None
    assert what_if(document, AF, 60, 60).points_change == 0
    assert (
        why(found, adjustments_of(document)[AF]) == "Adjusted by hand from 5.5 points to 7 of 10 points: late letters"
    )


def test_points_that_are_not_available_stay_away_whatever_is_counted(document: dict[str, Any]) -> None:
    empty = changed(document, status="not-available", points="0", points_available="0", numerator=0, denominator=0)
    assert explain(empty, AF).patients_to_maximum is None
    assert what_if(empty, AF, 0, 0).points_change == 0


def test_a_line_without_a_factor_has_no_pounds_to_tell(document: dict[str, Any]) -> None:
    document["lines"]["AF"]["adjusted_practice_disease_factor"] = None
    found = explain(document, AF)
    assert (found.pounds, found.pounds_lost) == (None, None)
    assert found.next_patient is not None
    assert found.next_patient.points_change == Fraction(1, 3)
    assert found.next_patient.pounds is None


def test_holistic_care_follows_the_areas(document: dict[str, Any]) -> None:
    """One clinical area only, so it is its own third-lowest: a point more there is two holistic points more."""
    document["indicators"]["HC01"] = document["indicators"][AF] | {
        "group": "HC",
        "domain": "Holistic care",
        "kind": "holistic",
        "points": "14",
        "points_available": "20",
        "prevalence_register": None,
        "numerator": None,
        "denominator": None,
        "parameters": {"domain": "Clinical", "rank": "3"},
    }
    document["lines"]["Holistic care"] = document["lines"]["AF"] | {
        "prevalence_register": None,
        "adjusted_practice_disease_factor": None,
        "points": "14",
        "pounds": "1872.64",
    }
    document["points"], document["pounds"] = "21", "2808.96"
    more = what_if(document, AF, 48, 60)
    assert (more.points, more.points_change, more.total_points) == (8, 3, 24)
    assert more.pounds_change == 3 * Decimal("133.76")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {},
            "45 of 60 patients are 75.00 %, between the thresholds of 40 and 90 %: 7 of 10 points. "
            "9 patients more would give all of them.",
        ),
        (
            {"numerator": 53, "points": "29/3"},
            "53 of 60 patients are 88.33 %, between the thresholds of 40 and 90 %: 9.67 of 10 points. "
            "1 patient more would give all of them.",
        ),
        (
            {"numerator": 54, "points": "10"},
            "54 of 60 patients are 90.00 %, at or above the upper threshold of 90 %: all 10 points.",
        ),
        (
            {"numerator": 24, "points": "0"},
            "24 of 60 patients are 40.00 %, not above the lower threshold of 40 %: 0 of 10 points. "
            "30 patients more would give all of them.",
        ),
        (
            {"numerator": 0, "denominator": 0, "points": "0"},
            "After exclusions and PCAs nobody is left to count, so there are no points to earn.",
        ),
        (
            {"status": "not-available", "points": "0", "points_available": "0"},
            "The register is empty, so these points are not available, and the practice's maximum is lower by them.",
        ),
        (
            {"status": "not-reported", "points": "0"},
            "The extract says nothing about this indicator: no points of 10.",
        ),
        ({"kind": "register", "points": "10"}, "The register has 62 patients: all 10 points."),
        ({"kind": "yes-no", "points": "0"}, "The practice answered no: 0 of 10 points."),
        (
            {"kind": "protected", "points": "4", "parameters": {"reference_year": "2022-23"}},
            "Income protection pays the points of 2022-23, whatever is counted this year: 4 of 10 points.",
        ),
    ],
)
def test_why_says_it_in_plain_words(document: dict[str, Any], fields: dict[str, Any], sentence: str) -> None:
    assert why(explain(changed(document, **fields), AF)) == sentence
