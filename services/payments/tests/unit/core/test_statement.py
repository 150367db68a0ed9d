"""Indicators' points become the lines of a statement, exactly and in a fixed order."""

from collections.abc import Sequence
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.statement import PointsLine, line_of, points_by_line, with_adjustments
from qof_shared.contracts import AppliedDetermination, IndicatorAchievement
from qof_shared.testing.fakes import NOON
from qof_shared.vocabulary import rational_text


def indicator(
    name: str, points: str, register: str | None, domain: str = "Clinical", group: str = "Records"
) -> IndicatorAchievement:
    return IndicatorAchievement(
        indicator=name,
        group={"AF": "Atrial fibrillation", "DM": "Diabetes"}.get(register or "", group),
        domain=domain,
        kind="fraction",
        status="partly",
        points=points,
        points_available="20",
        lower_threshold=None,
        upper_threshold=None,
        prevalence_register=register,
    )


def test_indicators_of_a_register_are_added_exactly() -> None:
    lines = points_by_line([indicator("AF05", "38/3", "AF"), indicator("AF06", "1/3", "AF")])
    assert lines == (PointsLine("AF", "Atrial fibrillation", "AF", (13, 1)),)


def test_points_without_register_go_to_their_domain_behind_the_registers() -> None:
    lines = points_by_line(
        [
            indicator("RECORD03", "1", None, "Organisational"),
            indicator("DM17", "6", "DM"),
            indicator("PC02", "3", None),
            indicator("AF05", "12.5", "AF"),
        ]
    )
    assert [(line.line, line.points) for line in lines] == [
        ("AF", (25, 2)),
        ("DM", (6, 1)),
        ("Clinical", (3, 1)),
        ("Organisational", (1, 1)),
    ]
    assert lines[2].description == "Clinical: paid by list size"


def test_line_without_points_is_kept() -> None:
    assert [line.points for line in points_by_line([indicator("AF05", "0", "AF")])] == [(0, 1)]


def test_order_of_indicators_does_not_matter() -> None:
    indicators = [indicator("AF05", "1/3", "AF"), indicator("DM17", "6", "DM"), indicator("X", "2", None)]
    assert points_by_line(indicators) == points_by_line(indicators[::-1])


def test_points_that_are_no_number_are_refused() -> None:
    with pytest.raises(ValueError, match="many"):
        points_by_line([indicator("AF05", "many", "AF")])


@given(st.lists(st.tuples(st.fractions(0, 100, max_denominator=5000), st.sampled_from(["AF", "DM", None]))))
def test_sums_are_those_of_fractions(given_points: list[tuple[Fraction, str | None]]) -> None:
    lines = points_by_line([indicator("X", rational_text(points), register) for points, register in given_points])
    sums: dict[str | None, Fraction] = {}
    for points, register in given_points:
        sums[register] = sums.get(register, Fraction()) + points
    assert {line.prevalence_register: line.points for line in lines} == {
        register: points.as_integer_ratio() for register, points in sums.items()
    }


SERVICES = {"CS": "women aged 25 to 64", "MAT": "women under 55"}


def test_additional_services_have_lines_of_their_own_where_the_year_pays_by_target_population() -> None:
    indicators = [
        indicator("RECORD03", "1", None, "Organisational"),
        indicator("CS01", "11", None, "Additional services", "CS"),
        indicator("CS07", "3.5", None, "Additional services", "CS"),
        indicator("SOMETHING", "2", None, "Additional services", "OTHER"),
        indicator("AF05", "5", "AF"),
    ]
    lines = points_by_line(indicators, SERVICES)
    assert [(line.line, line.target_group, line.points) for line in lines] == [
        ("AF", None, (5, 1)),
        ("CS", "CS", (29, 2)),
        ("Additional services", None, (2, 1)),
        ("Organisational", None, (1, 1)),
    ]
    assert lines[1].description == "CS: additional service for women aged 25 to 64"
    assert [line.line for line in points_by_line(indicators)] == ["AF", "Additional services", "Organisational"]


def applied(code: str, determines: str = "adjusted-points", was: str | None = "16/5") -> AppliedDetermination:
    return AppliedDetermination(
        determination_id=UUID(int=1),
        indicator=code,
        determines=determines,
        was=was,
        value="5",
        reason="the register was sent late",
        person="c1",
        determined_at=NOON,
    )


def places(indicators: Sequence[IndicatorAchievement]) -> dict[str, int]:
    """Indicator -> position of its line."""
    return {one.indicator: line for one, line in zip(indicators, line_of(indicators), strict=True)}


def test_line_says_whose_hand_changed_points_in_it() -> None:
    indicators = [indicator("AF05", "5", "AF"), indicator("DM17", "6", "DM")]
    lines = with_adjustments(points_by_line(indicators), places(indicators), [applied("AF05")])
    assert lines[0].description == (
        "Atrial fibrillation; AF05 adjusted from 3.2 to 5 points by c1: the register was sent late"
    )
    assert lines[1] == points_by_line(indicators)[1]


def test_what_was_determined_beside_points_does_not_change_a_line() -> None:
    indicators = [indicator("AF05", "5", "AF")]
    lines = points_by_line(indicators)
    others = [applied("AF05", "lower-threshold"), applied("OTHER")]
    assert with_adjustments(lines, places(indicators), others) == lines


def test_points_given_where_there_were_none_are_adjusted_from_nothing() -> None:
    indicators = [indicator("AF05", "5", "AF")]
    (line,) = with_adjustments(points_by_line(indicators), places(indicators), [applied("AF05", was=None)])
    assert "AF05 adjusted from 0 to 5 points by c1" in line.description
