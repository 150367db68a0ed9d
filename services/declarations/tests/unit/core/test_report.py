"""A report is one document with one way to write it, and its digest names exactly its content."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.errors import InvalidFiguresError
from qof_declarations.core.report import Json, build_report, canonical_json, digest_of
from qof_declarations.testing.builders import make_achievement, make_entitlement
from qof_shared.contracts import AchievementCalculated, EntitlementCalculated

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
