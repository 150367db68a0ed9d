"""Does every run play with its own collection, its own files, and points worked out beforehand?"""

import json
from pathlib import Path

import msgspec
import pytest

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.points import calculate
from qof_local.demo_cast import invented, next_collection, suppliers_at_work, tried, write_files
from qof_local.paths import LocalStackError
from qof_shared.contracts import Extract


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_LOCAL_DIR", str(tmp_path))


def test_each_run_has_a_collection_of_its_own() -> None:
    assert next_collection("2012-13") == "QOF-2012-13-DEMO-1"
    write_files(invented(2, "england", "2012-13", seed=1, collection="QOF-2012-13-DEMO-9"))
    assert next_collection("2006-07") == "QOF-2006-07-DEMO-10"


@pytest.mark.parametrize(("nation", "year"), [("england", "2012-13"), ("england", "2006-07"), ("scotland", "2012-13")])
def test_points_expected_are_those_of_the_bodies_sent(nation: str, year: str) -> None:
    cast = invented(20, nation, year, seed=3, collection="QOF-1")
    rules = load_rulesets().for_year(nation, year)
    for practice, body in cast.extracts.items():
        extract = msgspec.json.decode(body, type=Extract)
        assert extract.practice == practice
        assert calculate(rules, extract).points == cast.points[practice]


def test_year_without_rule_set_error_lists_those_there_are() -> None:
    with pytest.raises(LocalStackError, match=r"no rule set england-1999-00.*england-2012-13"):
        invented(2, "england", "1999-00", seed=1, collection="QOF-1")


def test_every_practice_is_sent_by_one_supplier() -> None:
    cast = invented(30, "england", "2012-13", seed=1, collection="QOF-1")
    shares = suppliers_at_work(cast).values()
    assert sorted(practice for share in shares for practice in share) == sorted(cast.practices)


def test_files_are_private_and_tokens_fit_the_people() -> None:
    cast = invented(3, "england", "2012-13", seed=1, collection="QOF-2012-13-DEMO-1")
    folder = write_files(cast)
    people = {one["person"]: one["token"] for one in json.loads((folder / "people.json").read_text())["people"]}
    assert (folder / f"{tried(cast)['practice']}.token").read_text() == people["declarer-A81001"]
    assert {file.stat().st_mode & 0o077 for file in folder.iterdir()} == {0}
