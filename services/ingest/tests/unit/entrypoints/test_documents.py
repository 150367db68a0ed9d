import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qof_ingest.core.acceptance import faults_of_extract
from qof_ingest.entrypoints.documents import MalformedJsonError, MisshapenExtractError, read_extract
from qof_ingest.entrypoints.http_schemas import ExtractDocument, extract_decoder, extract_schema
from qof_shared.contracts import Extract
from qof_shared.testing.fakes import NOON

MakeExtract = Callable[..., dict[str, Any]]

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.dates().map(str),
    st.sampled_from(["2013-03-31T00:00:00", "1364688000", "20130331", "2013-3-31", "2013-02-30", "+002013-03-31"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
COUNTS = st.dictionaries(st.text(max_size=8), st.integers(), max_size=3)


def mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What the field wants, and now and then anything else."""
    return st.one_of(right, right, right, right, ANYTHING)


def documents(
    required: dict[str, st.SearchStrategy[Any]], optional: dict[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    whole = st.fixed_dictionaries(required, optional=optional)
    strange = st.fixed_dictionaries({}, optional={**required, **optional, "numertor": ANYTHING})
    return st.one_of(whole, whole, whole, strange)


INDICATORS = documents(
    {"indicator": mostly(st.text(max_size=8))},
    {
        "numerator": mostly(st.none() | st.integers()),
        "denominator": mostly(st.none() | st.integers()),
        "achieved": mostly(st.none() | st.booleans()),
        "exclusions": mostly(COUNTS),
        "pcas": mostly(COUNTS),
    },
)
EXTRACTS = documents(
    {
        "practice": mostly(st.text(max_size=8)),
        "collection": mostly(st.text(max_size=8)),
        "achievement_date": mostly(st.dates().map(str)),
        "list_size": mostly(st.integers()),
        "registers": mostly(COUNTS),
        "indicators": mostly(st.lists(INDICATORS, max_size=3)),
    },
    {"list_size_date": mostly(st.none() | st.dates().map(str))},
)


def accepted_by_msgspec(body: bytes) -> Extract | None:
    try:
        return extract_decoder.decode(body)
    except Exception:
        return None


def accepted_by_pydantic(body: bytes) -> ExtractDocument | None:
    try:
        return ExtractDocument.model_validate_json(body)
    except ValidationError:
        return None


@given(st.one_of(EXTRACTS, ANYTHING))
def test_both_readers_accept_the_same_documents_and_read_the_same(document: Any) -> None:
    body = json.dumps(document).encode()
    fast, thorough = accepted_by_msgspec(body), accepted_by_pydantic(body)
    assert (fast is None) == (thorough is None)
    if fast is not None and thorough is not None:
        assert msgspec.to_builtins(fast) == thorough.model_dump(mode="json")


@given(EXTRACTS, st.data())
def test_whatever_is_no_extract_is_refused_with_reasons(document: dict[str, Any], data: st.DataObject) -> None:
    body = json.dumps(document).encode()
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    for broken in (cut, cut + b"\xff"):
        with pytest.raises(MalformedJsonError, match="line 1 column"):
            read_extract(broken)
    if accepted_by_pydantic(body) is None:
        assert faults(body)


def reasonable(counts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Extracts of the right shape, some of them with counts or codes out of bounds, or that contradict each other."""
    codes = st.one_of(st.sampled_from(["AF", "AF01", "AF03", "declined", ""]), st.text(max_size=45))
    patients = st.dictionaries(codes, counts, max_size=3)
    indicator = st.fixed_dictionaries(
        {"indicator": codes},
        optional={
            "numerator": st.none() | counts,
            "denominator": st.none() | counts,
            "achieved": st.none() | st.booleans(),
            "exclusions": patients,
            "pcas": patients,
        },
    )
    return st.fixed_dictionaries({"registers": patients, "indicators": st.lists(indicator, max_size=4)})


@given(reasonable(st.integers(-1, 3) | st.just(100_000_000)), st.booleans())
def test_what_is_within_bounds_by_its_reading_has_the_faults_that_a_thorough_look_finds(
    make_extract: MakeExtract, changed: dict[str, Any], escapes: bool
) -> None:
    body = json.dumps(make_extract(**changed), ensure_ascii=escapes).encode()
    extract, is_bounded = read_extract(body)
    quick, thorough = (
        faults_of_extract(extract, supplier="", practice=None, collection=None, now=NOON, is_bounded=seen)
        for seen in (is_bounded, False)
    )
    assert quick == thorough
    assert is_bounded or {fault.rule for fault in thorough} & BOUNDS or "\\" in body.decode() or not body.isascii()


BOUNDS = {"negative-count", "count-too-large", "code"}


def faults(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(MisshapenExtractError) as refused:
        read_extract(body)
    return [(fault.pointer, fault.rule) for fault in refused.value.faults]


def test_every_fault_of_shape_is_named(make_extract: MakeExtract) -> None:
    document = make_extract(
        list_size="5891",
        achievement_date="31/03/2013",
        registers={"AF": 1.5, "a/b": None},
        indicators=[{"indicator": 3, "numerator": True}, {"exclusions": [], "achieved": "yes"}],
        surname="Smith",
    )
    del document["practice"]
    assert faults(json.dumps(document).encode()) == [
        ("/practice", "missing-field"),
        ("/achievement_date", "date"),
        ("/list_size", "whole-number"),
        ("/registers/AF", "whole-number"),
        ("/registers/a~1b", "whole-number"),
        ("/indicators/0/indicator", "text"),
        ("/indicators/0/numerator", "whole-number"),
        ("/indicators/1/indicator", "missing-field"),
        ("/indicators/1/achieved", "true-or-false"),
        ("/indicators/1/exclusions", "object"),
        ("/surname", "unknown-field"),
    ]


def test_a_field_sent_twice_is_refused_where_either_is_wrong(make_extract: MakeExtract) -> None:
    body = json.dumps(make_extract()).replace('"list_size": 5891', '"list_size": "x", "list_size": 5891').encode()
    assert faults(body) == [("", "field-twice")]


@pytest.mark.parametrize(
    ("body", "position"),
    [
        (b"", "line 1 column 0"),
        (b'{"practice": ', "line 1 column 13"),
        (b'{\n  "practice": 10002,\n}', "line 3 column 1"),
        (b'{"practice": "\xff"}', "line 1 column 15"),
        (b"[" * 100_000, "line 1 column"),
    ],
)
def test_what_is_no_json_is_told_with_its_position(body: bytes, position: str) -> None:
    with pytest.raises((MalformedJsonError, MisshapenExtractError)) as refused:
        read_extract(body)
    assert position in str(refused.value)


def test_the_schema_stands_alone() -> None:
    text = json.dumps(extract_schema())
    assert "$ref" not in text
    assert "$defs" not in text
