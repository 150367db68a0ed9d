from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qof_declarations.core.lifecycle import State
from qof_declarations.core.nation import HOURS, SupplierProgress, hours_of
from qof_declarations.entrypoints.web.views.national import (
    PLOT_HEIGHT,
    STATE_WORDS,
    hours_plot,
    share_of,
    state_bars,
    supplier_rows,
)
from qof_declarations.entrypoints.web.views.national_figures import (
    affected_of,
    left_out_of,
    prevalence,
    radius_of,
    review_of,
    sentence,
    signed,
)

NOW = datetime(2013, 4, 2, 8, 41, tzinfo=UTC)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 8, ("12.5%", "12.5")), (0, 0, ("0%", "0.0")), (3, 3, ("100%", "100.0")), (1, 2000, ("0.1%", "0.1"))],
)
def test_a_share_is_told_and_drawn_alike(part: int, whole: int, expected: tuple[str, str]) -> None:
    assert share_of(part, whole) == expected


def test_every_state_has_a_bar_in_the_order_of_the_way() -> None:
    assert set(STATE_WORDS) == set(State)
    bars = state_bars({State.SIGNED: 3, State.AWAITING_EXTRACT: 1})
    assert [bar.state for bar in bars] == [state.value for state in STATE_WORDS]
    assert [(bar.practices, bar.share) for bar in bars if bar.practices != "0"] == [("1", "25%"), ("3", "75%")]


def test_a_supplier_nobody_told_of_is_named_so() -> None:
    (row,) = supplier_rows([SupplierProgress("", 4, 1, 1, 0, 0)])
    assert (row.supplier, row.missing, row.share) == ("not told", 3, "25%")


def test_the_busiest_hour_is_as_high_as_the_plot_and_one_signature_is_seen() -> None:
    full = NOW.replace(minute=0)
    plot = hours_plot(hours_of({full: 1000, full - timedelta(hours=3): 1}, NOW))
    heights = [bar.height for bar in plot.bars]
    assert (max(heights), heights.count(0), heights[-4]) == (PLOT_HEIGHT, HOURS - 2, 2)
    assert all(bar.y + bar.height == PLOT_HEIGHT for bar in plot.bars)
    assert plot.told == (
        "1,001 practices signed in the last 48 hours; most of them, 1,000, in the hour from 9:00am on 2 April 2013."
    )
    assert plot.rows == [("9:00am on 2 April 2013", 1000), ("6:00am on 2 April 2013", 1)]


def test_a_quiet_plot_says_that_nobody_signed() -> None:
    plot = hours_plot(hours_of({}, NOW))
    assert (plot.total, plot.told, plot.rows) == (0, "Nobody signed in the last 48 hours.", [])


def make_radius(**changes: Any) -> dict[str, Any]:
    counts = dict.fromkeys(
        ("practices", "first_paid", "unchanged", "changed", "unpayable", "signed", "approved"), 0
    ) | dict.fromkeys(("finance_approved", "paid"), 0)
    return counts | {"difference": "0.00", "largest_up": None, "largest_down": None, "lines": []} | changes


def make_change(**changes: Any) -> dict[str, Any]:
    return {
        "practice": "A81001",
        "before": "1000.00",
        "after": "998.90",
        "difference": "-1.10",
        "lines": [{"line": "AF", "before": "10.00", "after": "8.90"}, {"line": "DM", "before": None, "after": "0.00"}],
        "trouble": "",
    } | changes


def make_preview(**changes: Any) -> dict[str, Any]:
    return {
        "digest": "d" * 64,
        "parameters": "england-2012-13",
        "practices": 8_000,
        "left_out": {},
        "registers": [],
        "findings": [],
        "unverified": {},
        "unverified_indicators": [],
        "blast_radius": make_radius(),
    } | changes


def make_finding(severity: str = "stop", finding: str = "completeness/northstar") -> dict[str, Any]:
    return {
        "finding": finding,
        "gate": "completeness",
        "severity": severity,
        "where": "northstar",
        "says": "3 of 10 practices are missing",
        "numbers": {},
        "mend": "wait, or exclude them",
    }


def test_lines_are_drawn_to_the_side_they_go_and_the_largest_half_wide() -> None:
    lines = [
        {"line": "AF", "practices": 9, "difference": "-50.00", "mean_before": "0.0165924", "mean_after": "0.02"},
        {"line": "DM", "practices": 1, "difference": "12.50", "mean_before": None, "mean_after": None},
    ]
    radius = radius_of(make_radius(lines=lines, changed=9, difference="-37.50"))
    told = [(one.difference, one.width, one.is_loss, one.before, one.after) for one in radius.lines]
    assert told == [
        ("−£50.00", "50.0", True, "1.659%", "2.000%"),
        ("+£12.50", "12.5", False, "–", "–"),
    ]
    assert (radius.difference, radius.changed) == ("−£37.50", 9)


def test_lines_that_move_no_penny_have_no_bar() -> None:
    line = {"line": "AF", "practices": 0, "difference": "0.00", "mean_before": "0.1", "mean_after": "0.2"}
    (one,) = radius_of(make_radius(lines=[line])).lines
    assert (one.width, one.is_loss, one.difference) == ("0", False, "£0.00")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "Not signed"),
        ({"trouble": "no national figure for DM"}, "No national figure for DM."),
        ({"paid": "990.00", "declaration": None}, "Paid £990.00"),
        (
            {"paid": None, "declaration": {"state": "finance-approved", "at": "2013-04-02T08:41:00Z", "person": "f"}},
            "Finance approved, 2 April 2013 at 9:41am",
        ),
    ],
)
def test_of_a_practice_it_is_said_how_far_it_is(changes: dict[str, Any], told: str) -> None:
    one = affected_of(make_change(**changes))
    assert (one.told, one.difference) == (told, "−£1.10")
    assert one.lines == [("AF", "£10.00", "£8.90"), ("DM", "–", "£0.00")]


def test_a_practice_that_cannot_be_paid_has_no_pounds() -> None:
    assert affected_of(make_change(after=None)).after == "cannot be paid"


def test_findings_are_parted_and_carry_the_reasons_given() -> None:
    found = [make_finding(), make_finding("look", "far-from-nation/A81001/AF")]
    review = review_of(make_preview(findings=found), {"completeness/northstar": "They closed."})
    assert [(one.field, one.anchor, one.reason) for one in review.stops] == [
        ("because:completeness/northstar", "finding-0", "They closed.")
    ]
    assert [(one.anchor, one.says) for one in review.looks] == [("finding-1", "3 of 10 practices are missing.")]
    assert review.stops[0].title == "Practices missing"


def test_values_without_a_source_need_a_reason() -> None:
    assert not review_of(make_preview()).needs_unverified_reason
    marked = review_of(make_preview(unverified={"list_date": "read for 2013-14"}))
    assert (marked.needs_unverified_reason, marked.unverified) == (True, [("List date", "Read for 2013-14.")])
    assert review_of(make_preview(unverified_indicators=["QP06"])).needs_unverified_reason


def test_small_words() -> None:
    assert [signed(text) for text in ("3.20", "-1.10", "0.00")] == ["+£3.20", "−£1.10", "£0.00"]
    assert prevalence("0.016592457872670178956411") == "1.659%"
    assert [sentence(text) for text in ("half a word", "Whole.", "")] == ["Half a word.", "Whole.", ""]


def test_who_is_excluded_by_name_is_left_out_with_and_without_counts() -> None:
    frozen = {"left_out": {"A81001": "no list size"}, "exclusions": {"A81002": "closed"}}
    assert left_out_of(frozen) == {"A81001": "no list size", "A81002": "closed"}
    assert review_of(make_preview(left_out={"A81001": "no list size"}), {}, {"A81002": "closed"}).left_out == {
        "A81001": "no list size",
        "A81002": "closed",
    }
