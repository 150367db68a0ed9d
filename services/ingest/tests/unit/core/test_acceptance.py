from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from qof_ingest.core.acceptance import LARGEST_COUNT, LONGEST_CODE, faults_of_extract
from qof_ingest.core.directory import Collection, Practice
from qof_shared.contracts import Extract
from qof_shared.testing.fakes import NOON

MakeExtract = Callable[..., dict[str, Any]]

PRACTICE = Practice("10002", "The example surgery", "S08000015", "emis", "scotland")
COLLECTION = Collection("QOF-2012-13-SCOTLAND", "scotland", "2012-13", date(2013, 3, 31))


def faults(document: dict[str, Any], **changed: Any) -> list[tuple[str, str]]:
    known: dict[str, Any] = {"supplier": "emis", "practice": PRACTICE, "collection": COLLECTION, "now": NOON}
    found = faults_of_extract(msgspec.convert(document, Extract), **(known | changed))
    assert all(fault.message.endswith((".", "}")) for fault in found)
    return [(fault.pointer, fault.rule) for fault in found]


def test_an_acceptable_extract_has_no_fault(make_extract: MakeExtract) -> None:
    assert faults(make_extract()) == []


def test_an_unknown_practice_and_another_suppliers_get_the_same_answer(make_extract: MakeExtract) -> None:
    extract = msgspec.convert(make_extract(), Extract)
    unknown, foreign = (
        faults_of_extract(extract, supplier="emis", practice=practice, collection=COLLECTION, now=NOON)
        for practice in (None, Practice("10002", "The example surgery", "S08000015", "inps", "scotland"))
    )
    assert unknown == foreign
    assert [(fault.pointer, fault.rule) for fault in unknown] == [("/practice", "practice-not-yours")]


def test_a_practice_of_another_nation_is_refused(make_extract: MakeExtract) -> None:
    english = Practice("10002", "The example surgery", "S08000015", "emis", "england")
    assert faults(make_extract(), practice=english) == [("/collection", "other-nation")]


def test_an_unknown_collection_is_refused(make_extract: MakeExtract) -> None:
    assert faults(make_extract(), collection=None) == [("/collection", "collection-unknown")]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2013, 3, 31, 23, 59, tzinfo=UTC), [("/collection", "collection-not-open")]),
        (datetime(2013, 4, 1, tzinfo=UTC), []),
        (datetime(2013, 6, 30, 23, 59, 59, tzinfo=UTC), []),
        (datetime(2013, 7, 1, tzinfo=UTC), [("/collection", "collection-closed")]),
    ],
)
def test_a_collection_takes_extracts_between_opening_and_closing(
    make_extract: MakeExtract, now: datetime, expected: list[tuple[str, str]]
) -> None:
    opening = datetime(2013, 4, 1, tzinfo=UTC), datetime(2013, 7, 1, tzinfo=UTC)
    collection = Collection("QOF-2012-13-SCOTLAND", "scotland", "2012-13", date(2013, 3, 31), *opening)
    assert faults(make_extract(), collection=collection, now=now) == expected


def test_an_extract_counted_a_day_early_is_refused(make_extract: MakeExtract) -> None:
    early = make_extract(achievement_date="2013-03-30")
    assert faults(early) == [("/achievement_date", "achievement-date")]


@pytest.mark.parametrize("list_size", [0, -1, LARGEST_COUNT + 1])
def test_a_list_size_that_no_practice_has_is_refused(make_extract: MakeExtract, list_size: int) -> None:
    assert faults(make_extract(list_size=list_size)) == [("/list_size", "list-size")]


def test_a_list_counted_tomorrow_is_refused(make_extract: MakeExtract) -> None:
    assert faults(make_extract(list_size_date="2013-04-03")) == [("/list_size_date", "date-in-future")]
    assert faults(make_extract(list_size_date="2013-04-02")) == []
    assert faults(make_extract(list_size_date=None)) == []


def test_a_list_counted_today_in_british_summer_time_is_accepted(make_extract: MakeExtract) -> None:
    just_after_midnight = datetime(2013, 4, 2, 23, 30, tzinfo=UTC)
    assert faults(make_extract(list_size_date="2013-04-03"), now=just_after_midnight) == []


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"numerator": 0, "denominator": 0}, []),
        ({"numerator": 5, "denominator": 5}, []),
        ({"achieved": False}, []),
        ({"numerator": 6, "denominator": 5}, [("/indicators/0/numerator", "numerator-above-denominator")]),
        ({"numerator": -1, "denominator": 5}, [("/indicators/0/numerator", "negative-count")]),
        (
            {"numerator": -1, "denominator": -2},
            [
                ("/indicators/0/numerator", "negative-count"),
                ("/indicators/0/denominator", "negative-count"),
                ("/indicators/0/numerator", "numerator-above-denominator"),
            ],
        ),
        ({"numerator": 1, "denominator": LARGEST_COUNT + 1}, [("/indicators/0/denominator", "count-too-large")]),
        ({"numerator": 1}, [("/indicators/0/denominator", "half-a-fraction")]),
        ({"denominator": 1}, [("/indicators/0/numerator", "half-a-fraction")]),
        ({"numerator": 1, "denominator": 2, "achieved": True}, [("/indicators/0", "counts-and-achieved")]),
        (
            {"numerator": 1, "achieved": True},
            [("/indicators/0", "counts-and-achieved"), ("/indicators/0/denominator", "half-a-fraction")],
        ),
        ({"exclusions": {"a/b": -1}}, [("/indicators/0/exclusions/a~1b", "negative-count")]),
        ({"pcas": {"unsuitable": LARGEST_COUNT + 1}}, [("/indicators/0/pcas/unsuitable", "count-too-large")]),
    ],
)
def test_counts_of_an_indicator_must_make_sense(
    make_extract: MakeExtract, counts: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert faults(make_extract(indicators=[{"indicator": "AF03"} | counts])) == expected


def test_an_indicator_sent_twice_names_both_places(make_extract: MakeExtract) -> None:
    twice = make_extract(indicators=[{"indicator": "AF01"}, {"indicator": "AF03"}, {"indicator": "AF01"}])
    assert faults(twice) == [("/indicators/2/indicator", "indicator-twice")]


def test_a_negative_register_is_refused(make_extract: MakeExtract) -> None:
    assert faults(make_extract(registers={"AF": -1, "CHD": 0})) == [("/registers/AF", "negative-count")]


@pytest.mark.parametrize("code", ["", "x" * (LONGEST_CODE + 1), "AF\x00", "AF\n", "ÄF"])
def test_a_code_that_could_hurt_others_is_refused_wherever_it_is(make_extract: MakeExtract, code: str) -> None:
    indicators = [{"indicator": code}, {"indicator": "AF03", "exclusions": {code: 1}, "pcas": {code: 1}}]
    assert faults(make_extract(registers={code: 1}, indicators=indicators)) == [
        (f"/registers/{code}", "code"),
        ("/indicators/0/indicator", "code"),
        (f"/indicators/1/exclusions/{code}", "code"),
        (f"/indicators/1/pcas/{code}", "code"),
    ]


def test_every_fault_is_named_at_once(make_extract: MakeExtract) -> None:
    wrong = make_extract(
        achievement_date="2013-03-30",
        list_size=0,
        registers={"AF": -1},
        indicators=[{"indicator": "AF03", "numerator": 2, "denominator": 1}],
    )
    assert [rule for _, rule in faults(wrong, practice=None)] == [
        "practice-not-yours",
        "achievement-date",
        "list-size",
        "negative-count",
        "numerator-above-denominator",
    ]


def test_a_long_code_is_not_repeated_in_full(make_extract: MakeExtract) -> None:
    extract = msgspec.convert(make_extract(practice="x" * 10_000), Extract)
    found = faults_of_extract(extract, supplier="emis", practice=None, collection=COLLECTION, now=NOON)
    assert len(found[0].message) < 300
