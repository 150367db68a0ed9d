"""A report is one document with one way to write it, and its digest names exactly its content."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.errors import InvalidFiguresError
from qof_declarations.core.report import Json, build_report, canonical_json, digest_of
from qof_declarations.entrypoints.http_report_schemas import ReportModel
from qof_declarations.handlers.report_rows import QUICKLY
from qof_declarations.testing.builders import make_achievement, make_entitlement
from qof_shared.contracts import (
    AchievementCalculated,
    AppliedDetermination,
    EntitlementCalculated,
    EntitlementDeduction,
)

texts = st.text(st.characters(exclude_categories=["Cs"]))
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def points(number: int = 1, numerator: int = 45) -> AchievementCalculated:
    return make_achievement(number=number, numerator=numerator).content(AchievementCalculated)


def pounds(number: int = 1) -> EntitlementCalculated:
    return make_entitlement(number=number).content(EntitlementCalculated)


@given(documents)
def test_canonical_json_is_read_back_and_written_the_same(document: Json) -> None:
    written = canonical_json(document)
    assert json.loads(written) == document
    assert canonical_json(json.loads(written)) == written


@given(st.dictionaries(texts, documents, min_size=2), st.randoms())
def test_the_order_of_keys_does_not_matter(document: dict[str, Json], random: Any) -> None:
    items = list(document.items())
    random.shuffle(items)
    assert canonical_json(dict(items)) == canonical_json(document)


@given(documents, documents)
def test_digests_are_the_same_exactly_where_the_content_is(one: Json, other: Json) -> None:
    same = canonical_json(one) == canonical_json(other)
    assert (digest_of(canonical_json(one)) == digest_of(canonical_json(other))) is same


@pytest.mark.parametrize("bad", [1.0, {"a": [0.1]}, {1: "a"}, b"x", {"a": {1, 2}}, float("nan"), "\ud800"])
def test_what_programs_write_differently_is_refused(bad: Any) -> None:
    with pytest.raises(InvalidFiguresError):
        canonical_json(bad)


def test_canonical_json_has_no_spaces_and_plain_letters() -> None:
    assert canonical_json({"b": "£", "a": [True, None, 1]}) == '{"a":[true,null,1],"b":"£"}'.encode()


def test_a_report_holds_both_halves_and_its_digest() -> None:
    report = build_report(points(), pounds())
    document = json.loads(report.document)
    assert report.digest == hashlib.sha256(report.document).hexdigest()
    assert (report.points, report.pounds) == ("45/6", "1003.20")
    assert document["indicators"]["AF 4"]["numerator"] == 45
    assert document["lines"]["AF"]["pounds"] == "1003.20"
    assert document["worked_out_with"]["national_figures_digest"] == f"{1:064x}"


def test_the_same_figures_of_a_newer_extract_are_the_same_report() -> None:
    assert build_report(points(1), pounds(1)).digest == build_report(points(2), pounds(2)).digest


def test_other_figures_are_another_report() -> None:
    assert build_report(points(), pounds()).digest != build_report(points(numerator=46), pounds()).digest


def test_halves_of_different_extracts_make_no_report() -> None:
    with pytest.raises(InvalidFiguresError, match="make no report"):
        build_report(points(1), pounds(2))


def test_an_indicator_that_is_there_twice_is_refused() -> None:
    achievement = points()
    twice = msgspec.structs.replace(achievement, indicators=[*achievement.indicators, *achievement.indicators])
    with pytest.raises(InvalidFiguresError, match="AF 4 is there twice"):
        build_report(twice, pounds())


def test_a_report_is_immutable() -> None:
    report = build_report(points(), pounds())
    assert replace(report, points="0") != report
    with pytest.raises(AttributeError):
        report.points = "0"  # type: ignore[misc]


def determination(indicator: str = "AF 4", value: str = "5", *, number: int = 1) -> AppliedDetermination:
    return AppliedDetermination(
        determination_id=UUID(int=number),
        indicator=indicator,
        determines="adjusted-points",
        was="45/6",
        value=value,
        reason='The register was "lost";\x7f \u2028 ünd\tso on',
        person="Anna Approver (anna)",
        determined_at=datetime(2013, 4, number, tzinfo=UTC),
    )


def rich(number: int = 1) -> tuple[AchievementCalculated, EntitlementCalculated]:
    """Halves of an extract that have everything a report may have."""
    achievement, entitlement = points(number), pounds(number)
    indicator = msgspec.structs.replace(
        achievement.indicators[0],
        exclusion_reasons={"newly-registered": 2, "newly-diagnosed": 1},
        pca_reasons={"unsuitable": 2},
        parameters={"points_at_lower": "1"},
        is_unverified=True,
    )
    line = msgspec.structs.replace(entitlement.lines[0], target_population_factor="1.02")
    deduction = EntitlementDeduction(
        deduction="pms", description="PMS deduction", formula="100 x 1.2", pounds="1203.20"
    )
    return (
        msgspec.structs.replace(
            achievement,
            indicators=[indicator],
            determinations=[determination("SMOKING 1", number=number), determination(number=number + 1)],
        ),
        msgspec.structs.replace(
            entitlement,
            lines=[line],
            pounds="-200.00",
            achievement_pounds="1003.20",
            deductions=[deduction],
            unverified={"value_of_a_point": "no source"},
            unverified_indicators=["AF 4", "AF 3"],
        ),
    )


def test_a_report_says_what_was_determined_taken_off_and_not_verified() -> None:
    report = build_report(*rich())
    document = json.loads(report.document)
    assert (report.pounds, document["pounds"], document["achievement_pounds"]) == ("-200.00", "-200.00", "1003.20")
    assert document["deductions"]["pms"]["pounds"] == "1203.20"
    assert [(one["indicator"], one["was"], one["value"]) for one in document["determinations"]] == [
        ("AF 4", "45/6", "5"),
        ("SMOKING 1", "45/6", "5"),
    ]
    assert document["determinations"][0]["person"] == "Anna Approver (anna)"
    assert document["determinations"][0].keys() == {"determines", "indicator", "person", "reason", "value", "was"}
    assert document["unverified"] == {"indicators": ["AF 3", "AF 4"], "parameters": {"value_of_a_point": "no source"}}
    assert document["lines"]["AF"]["target_population_factor"] == "1.02"
    row = document["indicators"]["AF 4"]
    assert row["exclusion_reasons"] == {"newly-diagnosed": 1, "newly-registered": 2}
    assert (row["pca_reasons"], row["parameters"], row["is_unverified"]) == (
        {"unsuitable": 2},
        {"points_at_lower": "1"},
        True,
    )


def test_the_quick_way_writes_all_of_it_the_same() -> None:
    assert build_report(*rich(), writing=QUICKLY) == build_report(*rich())


def test_the_same_determined_again_is_the_same_report() -> None:
    assert build_report(*rich(1)).digest == build_report(*rich(2)).digest


def test_what_a_report_has_not_is_left_out() -> None:
    document = json.loads(build_report(points(), pounds()).document)
    assert document.keys().isdisjoint({"achievement_pounds", "deductions", "determinations", "unverified"})
    assert (
        document["indicators"]["AF 4"]
        .keys()
        .isdisjoint({"exclusion_reasons", "pca_reasons", "parameters", "is_unverified"})
    )
    assert "target_population_factor" not in document["lines"]["AF"]


def test_a_report_fits_its_schema() -> None:
    for halves in (rich(), (points(), pounds())):
        shown = ReportModel.model_validate_json(build_report(*halves).document, strict=True, extra="forbid")
        assert shown.model_dump(exclude_unset=True, mode="json") == json.loads(build_report(*halves).document)


def test_a_deduction_that_is_there_twice_is_refused() -> None:
    achievement, entitlement = rich()
    twice = msgspec.structs.replace(entitlement, deductions=entitlement.deductions * 2)
    with pytest.raises(InvalidFiguresError, match="pms is there twice"):
        build_report(achievement, twice)
