"""Can the services load who the demonstration invents, and does a larger run keep the smaller one's practices?"""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from qof_ingest.adapters.directory_file import read_directory_file
from qof_ingest.core.directory import Recorded, faults_of_directory
from qof_local.directory import (
    SUPPLIERS,
    Nation,
    directory_document,
    invented_commissioners,
    invented_practice,
    people_document,
    token,
)
from qof_shared.db.people import read_people
from qof_shared.people import Role


def nation(practices: int, of: str = "england") -> Nation:
    return Nation(
        nation=of,
        qof_year="2012-13",
        achievement_date=date(2013, 3, 31),
        commissioners=invented_commissioners(practices, of),
        practices=[invented_practice(index, of) for index in range(practices)],
    )


def test_directory_file_ingest_takes_it_without_fault(tmp_path: Path) -> None:
    file = tmp_path / "directory.json"
    for of in ("england", "scotland"):
        file.write_text(json.dumps(directory_document(nation(2_000, of), "QOF-2012-13-DEMO-1", seed=1)))
        assert faults_of_directory(read_directory_file(file), Recorded()) == []


def test_nobody_is_late_when_the_demonstration_begins() -> None:
    document = directory_document(nation(1), "QOF-2012-13-DEMO-1", seed=1)

    assert date.fromisoformat(document["collections"][0]["sign_by"]) > datetime.now(UTC).date()


def test_people_file_two_people_a_practice_two_a_commissioner() -> None:
    people = read_people(json.dumps(people_document(nation(120), seed=1)).encode())
    roles = Counter(person.role for person, _ in people)
    assert roles == {
        Role.PRACTICE_DECLARER: 120,
        Role.PRACTICE_USER: 120,
        Role.COMMISSIONER_APPROVER: 3,
        Role.FINANCE_APPROVER: 3,
        Role.NATIONAL_TEAM: 2,
        Role.OPERATOR: 1,
    }
    assert len({token for _, token in people}) == len({person.person for person, _ in people}) == 249


def test_larger_nation_begins_with_the_smaller_one() -> None:
    small, large = nation(300), nation(9_000)
    assert large.practices[:300] == small.practices
    assert large.commissioners.items() >= small.commissioners.items()


def test_nine_thousand_practices_have_codes_of_their_own() -> None:
    practices = nation(9_000).practices
    assert len({one.practice for one in practices}) == 9_000
    assert practices[0].practice == "A81001"
    assert all(one.commissioner in nation(9_000).commissioners for one in practices[::450])


def test_suppliers_have_unequal_shares() -> None:
    shares = Counter(one.supplier for one in nation(1_000).practices)
    assert shares == {"northstar": 550, "meridian": 300, "fellside": 100, "harbour": 50}
    assert shares.keys() == SUPPLIERS.keys()


def test_tokens_depend_on_seed_and_person_and_who_exists_does_not() -> None:
    assert len({token(seed, who) for seed in (1, 2) for who in ("northstar", "national-team")}) == 4
    one, other = (directory_document(nation(10), "QOF-1", seed=seed) for seed in (1, 2))
    assert one["practices"] == other["practices"]
    assert one["suppliers"] != other["suppliers"]


def test_practices_of_a_supplier_are_all_of_its_practices() -> None:
    found = nation(40)
    assert sum(len(found.practices_of(supplier)) for supplier in SUPPLIERS) == 40
    alone = replace(found, practices=found.practices[:1])
    assert alone.practices_of(found.practices[0].supplier) == [found.practices[0]]
