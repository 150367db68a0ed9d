"""What makes a commissioner look twice, and what does not."""

from dataclasses import replace
from typing import Any

import pytest

from qof_declarations.core.anomaly import Anomaly, flags
from qof_declarations.core.summary import IndicatorSummary, Summary


def indicator(points: str, available: str = "10", status: str = "partly") -> IndicatorSummary:
    return IndicatorSummary(points=points, points_available=available, numerator=1, denominator=2, status=status)


LAST = Summary(
    list_size=6_000,
    points="900",
    points_available="1000",
    pounds="100000.00",
    registers={"AF": 100, "DM": 300, "RARE": 4},
    indicators={"AF 1": indicator("10"), "AF 2": indicator("5"), "DM 1": indicator("10")},
)


def found(**moved: Any) -> dict[Anomaly, str]:
    return {flag.anomaly: flag.sentence for flag in flags(replace(LAST, **moved), LAST, year="2011-12")}


def test_the_same_figures_raise_no_flag() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    ("moved", "anomaly", "sentence"),
    [
        ({"points": "700"}, Anomaly.POINTS, "70.00 % of the points, 90.00 % in 2011-12: 22 % less."),
        ({"pounds": "125000.50"}, Anomaly.POUNDS, "£125,000.50, £100,000.00 in 2011-12: 25 % more."),
        ({"pounds": "-12.05"}, Anomaly.POUNDS, "-£12.05, £100,000.00 in 2011-12: 100 % less."),
        ({"list_size": 5_000}, Anomaly.LIST_SIZE, "5,000 patients on the list, 6,000 in 2011-12: 17 % less."),
        (
            {"indicators": LAST.indicators | {"AF 1": indicator("0"), "AF 2": indicator("0")}},
            Anomaly.INDICATOR,
            "No points for AF 1, all points in 2011-12.",
        ),
        (
            {"registers": {"AF": 50, "DM": 310, "RARE": 8}},
            Anomaly.PREVALENCE,
            "Prevalence against 2011-12: AF 50 patients, 100 before (50 % less).",
        ),
    ],
)
def test_what_moves_far_is_a_sentence(moved: dict[str, Any], anomaly: Anomaly, sentence: str) -> None:
    assert found(**moved)[anomaly] == sentence


@pytest.mark.parametrize(
    "moved",
    [
        {"points": "810"},  # exactly ten percent
        {"points": "450", "points_available": "500"},  # a smaller QOF, and as good a practice
        {"pounds": "120000.00"},
        {"list_size": 6_600},
        {"registers": {"AF": 119, "DM": 300, "RARE": 40_000_000 // 10_000_000}},
        {"registers": {"NEW": 500}},
        {"indicators": {"AF 1": indicator("0", status="not-available"), "AF 9": indicator("0")}},
        {"indicators": {"AF 1": indicator("0", available="0")}},
    ],
)
def test_what_moves_little_or_cannot_be_compared_is_none(moved: dict[str, Any]) -> None:
    assert found(**moved) == {}


def test_many_indicators_are_counted() -> None:
    codes = [f"X {number}" for number in range(7)]
    before = replace(LAST, indicators=dict.fromkeys(codes, indicator("10")))
    [flag] = flags(replace(LAST, indicators=dict.fromkeys(codes, indicator("0"))), before, year="2011-12")
    assert flag.sentence == "No points for X 0, X 1, X 2, X 3, X 4 and 2 more, all points in 2011-12."


def test_a_practice_without_patients_last_year_is_no_fault_of_arithmetic() -> None:
    empty = replace(LAST, list_size=0, points="0", points_available="0", pounds="0.00", registers={})
    assert {flag.anomaly for flag in flags(LAST, empty, year="2011-12")} == {
        Anomaly.POINTS,
        Anomaly.POUNDS,
        Anomaly.LIST_SIZE,
    }
