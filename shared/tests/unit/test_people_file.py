"""A file of people is read whole or refused with every fault."""

import json

import pytest

from qof_shared.db.people import PeopleFileError, read_people
from qof_shared.people import Person, Role

TOKEN = "long-and-random-token"


def test_people_are_read_with_their_tokens() -> None:
    entry = {"person": "ann", "name": "Ann", "role": "practice-declarer", "organisation": "A81001", "token": TOKEN}
    assert read_people(json.dumps({"people": [entry]}).encode()) == [
        (Person("ann", "Ann", Role.PRACTICE_DECLARER, "A81001"), TOKEN)
    ]


def test_every_fault_is_named_with_its_place() -> None:
    people = [
        {"person": "ann", "name": "Ann", "role": "king", "token": TOKEN},
        {"person": "bob", "name": "Bob", "role": "practice-user", "token": TOKEN},
        {"person": "cyd", "name": "Cyd", "role": "national-team", "token": "short"},
    ]
    with pytest.raises(PeopleFileError) as refused:
        read_people(json.dumps({"people": people}).encode())
    assert "/people/0/role" in str(refused.value)
    assert "/people/1: Value error, a practice-user belongs to an organisation" in str(refused.value)
    assert "/people/2/token" in str(refused.value)
