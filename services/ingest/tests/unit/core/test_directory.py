from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from qof_ingest.core.directory import (
    Collection,
    Commissioner,
    Directory,
    Practice,
    Recorded,
    RecordedSupplier,
    Supplier,
    faults_of_directory,
)
from qof_shared.people import token_digest

TOKEN = "0123456789abcdef"
COLLECTION = Collection("QOF-2012-13-SCOTLAND", "scotland", "2012-13", date(2013, 3, 31))
RECORDED = Recorded(
    suppliers={"emis": RecordedSupplier("emis", "EMIS", token_digest(TOKEN))},
    commissioners={"S08000015": Commissioner("S08000015", "NHS Ayrshire and Arran")},
    collections={COLLECTION.collection: COLLECTION},
)


def faults(recorded: Recorded = RECORDED, **new: Any) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.rule) for fault in faults_of_directory(Directory(**new), recorded)]


def test_the_whole_directory_is_fit(directory: Directory) -> None:
    assert faults_of_directory(directory, Recorded()) == []


def test_practices_may_refer_to_what_was_recorded_before() -> None:
    assert faults(practices=[Practice("10002", "A surgery", "S08000015", "emis", "scotland")]) == []


def test_a_reference_to_nobody_is_named() -> None:
    assert faults(practices=[Practice("10002", "A surgery", "S08000099", "nobody", "scotland")]) == [
        ("/practices/0/commissioner", "commissioner-unknown"),
        ("/practices/0/supplier", "supplier-unknown"),
    ]


@pytest.mark.parametrize(
    ("supplier", "expected"),
    [
        (Supplier("emis", "EMIS Health", None), []),
        (Supplier("emis", "EMIS", "another-token-of-emis"), []),
        (Supplier("inps", "INPS", "another-token-of-inps"), []),
        (Supplier("inps", "INPS", None), [("/suppliers/0/token", "token-missing")]),
        (Supplier("inps", "INPS", "short"), [("/suppliers/0/token", "token")]),
        (Supplier("inps", "INPS", "a token with blanks in it"), [("/suppliers/0/token", "token")]),
        (Supplier("inps", "INPS", TOKEN), [("/suppliers/0/token", "token-twice")]),
        (Supplier("in ps", "INPS", "another-token-of-inps"), [("/suppliers/0/supplier", "supplier-code")]),
        (Supplier("inps", " ", "another-token-of-inps"), [("/suppliers/0/name", "name")]),
    ],
)
def test_suppliers_need_a_code_a_name_and_a_token_of_their_own(
    supplier: Supplier, expected: list[tuple[str, str]]
) -> None:
    assert faults(suppliers=[supplier]) == expected


def test_what_is_listed_twice_is_named_once_per_repeat() -> None:
    emis, practice = Supplier("emis", "EMIS", TOKEN), Practice("10002", "A surgery", "S08000015", "emis", "scotland")
    commissioner = Commissioner("S08000015", "NHS Ayrshire and Arran")
    twice: dict[str, Any] = {
        "suppliers": [emis, emis],
        "commissioners": [commissioner] * 2,
        "practices": [practice] * 2,
        "collections": [COLLECTION] * 2,
    }
    assert faults(**twice) == [
        ("/suppliers/1/supplier", "listed-twice"),
        ("/suppliers/1/token", "token-twice"),
        ("/commissioners/1/commissioner", "listed-twice"),
        ("/practices/1/practice", "listed-twice"),
        ("/collections/1/collection", "listed-twice"),
    ]


def test_codes_that_are_none_are_named() -> None:
    assert faults(
        commissioners=[Commissioner("s08", "NHS")],
        practices=[Practice("p1", "A surgery", "S08000015", "emis", "scotland")],
    ) == [("/commissioners/0/commissioner", "commissioner-code"), ("/practices/0/practice", "ods-code")]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"collection": "qof 1"}, [("/collections/0/collection", "collection-code")]),
        ({"nation": "Scotland"}, [("/collections/0/nation", "nation")]),
        ({"qof_year": "2012-14"}, [("/collections/0/qof_year", "qof-year")]),
        ({"achievement_date": date(2013, 4, 1)}, [("/collections/0/achievement_date", "achievement-date")]),
        ({"achievement_date": date(2012, 9, 30)}, []),
        ({"opens_at": datetime(2013, 4, 1)}, [("/collections/0/opens_at", "time-zone")]),  # noqa: DTZ001 - the fault
        (
            {"opens_at": datetime(2013, 4, 1, tzinfo=UTC), "closes_at": datetime(2013, 3, 1, tzinfo=UTC)},
            [("/collections/0/closes_at", "closes-before-opening")],
        ),
    ],
)
def test_a_collection_must_make_sense(changed: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(Recorded(), collections=[replace(COLLECTION, **changed)]) == expected


def test_what_a_collection_asks_never_changes_but_its_times_may() -> None:
    later = replace(COLLECTION, closes_at=datetime(2013, 7, 1, tzinfo=UTC))
    assert faults(collections=[later]) == []
    other = replace(COLLECTION, achievement_date=date(2013, 3, 30))
    assert faults(collections=[other]) == [("/collections/0", "collection-changed")]
