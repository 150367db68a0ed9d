import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from loadtests.nation import NationError, check_loopback, read_nation

BODIES = [b'{"practice": "A81001", "list_size": 9000}', b'{"practice": "A81002","list_size":400}']


SUPPLIERS = [{"supplier": "northstar", "name": "Northstar", "token": "token-of-northstar"}]
PEOPLE = [
    {"person": "nat", "role": "national-team", "organisation": "", "token": "token-of-the-national-team"},
    {"person": "ned", "role": "national-team", "organisation": "", "token": "token-of-the-second"},
    {"person": "app", "role": "commissioner-approver", "organisation": "EC001", "token": "token-of-EC001"},
    {"person": "one", "role": "practice-declarer", "organisation": "A81001", "token": "token-of-A81001"},
    {"person": "two", "role": "practice-declarer", "organisation": "A81002", "token": "token-of-A81002"},
]
ACCOUNTS = [{"account": "one", "password": "red-oak"}, {"account": "two", "password": "blue-elm"}]
URLS = {
    "ingest": "http://127.0.0.1:8101/",
    "payments": "http://127.0.0.1:8103",
    "declarations": "http://localhost:8104",
}


def write_nation(
    folder: Path,
    *,
    bodies: Sequence[bytes] = BODIES,
    suppliers: Sequence[Mapping[str, str]] = SUPPLIERS,
    people: Sequence[Mapping[str, str]] = PEOPLE,
    urls: Mapping[str, str] = URLS,
    accounts: Sequence[Mapping[str, str]] = ACCOUNTS,
) -> Path:
    directory = {
        "suppliers": suppliers,
        "practices": [{"practice": code, "supplier": "northstar"} for code in ("A81001", "A81002", "A81003")],
        "collections": [{"collection": "LOADTEST-1"}],
    }
    documents = {"directory": directory, "people": {"people": people}, "urls": urls, "accounts": {"accounts": accounts}}
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    (folder / "extracts.ndjson").write_bytes(b"".join(body + b"\n" for body in bodies))
    return folder


def test_nation_folder_gives_bodies_to_the_byte_and_everybodys_tokens(tmp_path: Path) -> None:
    nation = read_nation(write_nation(tmp_path))
    assert [extract.body for extract in nation.extracts] == BODIES
    assert {extract.supplier for extract in nation.extracts} == {"northstar"}
    assert nation.urls["ingest"] == "http://127.0.0.1:8101"
    assert nation.supplier_tokens == {"northstar": "token-of-northstar"}
    assert nation.declarer_tokens == {"A81001": "token-of-A81001", "A81002": "token-of-A81002"}
    assert nation.declarers == {"A81001": "one", "A81002": "two"}
    assert nation.approvers == {"EC001": "app"}
    assert nation.passwords == {"one": "red-oak", "two": "blue-elm"}
    assert nation.shares == {"northstar": 1.0}
    assert nation.national_team_token == "token-of-the-national-team"
    assert nation.second_token == "token-of-the-second"
    assert nation.collection == "LOADTEST-1"


def test_no_folder_says_which_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NationError, match=r"directory\.json cannot be read"):
        read_nation(tmp_path)


def test_folder_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NationError, match="holds no nation"):
        read_nation(write_nation(tmp_path, people=[]))


def test_practice_with_two_extracts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NationError, match="A81001 has more than one extract"):
        read_nation(write_nation(tmp_path, bodies=[BODIES[0], BODIES[0]]))


def test_nation_without_extracts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NationError, match="no extracts"):
        read_nation(write_nation(tmp_path, bodies=[]))


def test_practice_without_declarer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NationError, match="A81002 has no supplier or no declarer"):
        read_nation(write_nation(tmp_path, people=PEOPLE[:-1]))


def test_declarer_without_account_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NationError, match="A81002 has nobody with an account"):
        read_nation(write_nation(tmp_path, accounts=ACCOUNTS[:1]))


def test_supplier_without_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NationError, match="A81001 has no supplier or no declarer"):
        read_nation(write_nation(tmp_path, suppliers=[]))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8101", "http://127.8.0.1", "http://localhost:8101/"])
def test_this_machine_is_a_target(url: str) -> None:
    check_loopback([url])


@pytest.mark.parametrize(
    "url",
    [
        "http://qof.example",
        "http://10.0.0.7:8101",
        "http://0.0.0.0:8101",
        "http://127.0.0.1.qof.example",
        "http://127.0.0.1@qof.example",
        "127.0.0.1:8101",
    ],
)
def test_another_machine_is_refused_with_the_way_out(url: str) -> None:
    with pytest.raises(NationError, match=r"is not this machine.*--anywhere"):
        check_loopback([url])


def test_another_machine_is_a_target_only_when_said_so(tmp_path: Path) -> None:
    elsewhere = dict.fromkeys(("ingest", "payments", "declarations"), "https://qof.example")
    folder = write_nation(tmp_path, urls=elsewhere)
    with pytest.raises(NationError, match="is not this machine"):
        read_nation(folder)
    assert read_nation(folder, anywhere=True).urls == elsewhere
