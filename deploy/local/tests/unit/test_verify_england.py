"""Are England's registers, lists and ICB sums held against the rule set, and against each other?"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from qof_local.verify.measures import Measure
from qof_local.verify.run import verify_folder

PREVALENCE = "PRACTICE_CODE,GROUP_CODE,REGISTER,PATIENT_LIST_TYPE,PRACTICE_LIST_SIZE"
ICB = "year,area_code,area_name,practice_count,indicator,max_points_per_practice,achieved_points,numerator,denominator"
SHARES = "year,area_code,area_name,group_code,register,list_size,prevalence_pct"


class Unheard:
    def begin(self, name: str, total: int) -> None: ...
    def at(self, done: int) -> None: ...


def verified(folder: Path) -> dict[str, Measure]:
    return {one.name: one for one in verify_folder(folder, Unheard()).measures}


def write(file: Path, header: str, rows: Sequence[str]) -> None:
    file.write_text("\n".join((header, *rows, "")))


def test_lists_of_practices_are_those_that_the_rule_set_names(tmp_path: Path) -> None:
    rows = ["A81001,AF,95.0,TOTAL,4098", "A81001,DM,200,TOTAL,4098", "A81001,XX,1,TOTAL,4098", "A81002,LD,12,TOTAL,10"]
    write(tmp_path / "england_2022-23_practice_prevalence.csv", PREVALENCE, rows)
    found = verified(tmp_path)
    lists, within = found["list type of a register"], found["register within its list"]
    assert (lists.checked, within.checked) == (3, 4)
    assert [(one.item, one.published, one.calculated) for one in lists.differences] == [("DM", "TOTAL", "17OV")]
    assert lists.notes == ["registers that the rule set does not have: XX"]
    assert not lists.passes
    assert [(one.practice, one.published, one.calculated) for one in within.differences] == [
        ("A81002", "12", "at most 10")
    ]


def test_year_without_a_rule_set_is_held_against_its_lists_alone(tmp_path: Path) -> None:
    rows = ["A81001,AF,95,TOTAL,4098"]
    write(tmp_path / "england_2003-04_practice_prevalence.csv", PREVALENCE, rows)
    assert verified(tmp_path).keys() == {"register within its list"}


@pytest.fixture
def icbs(tmp_path: Path) -> Path:
    rows = [
        "2024-25,ENG,England,3,AF001,5,15,0,0,,300",
        "2024-25,ENG,England,3,AF006,12,30.5,250,280,,0",
        "2024-25,QAA,One,1,AF001,5,5,0,0,,100",
        "2024-25,QAA,One,1,AF006,12,10.5,80,90,,0",
        "2024-25,QBB,Two,2,AF001,5,10,0,0,,200",
        "2024-25,QBB,Two,2,AF006,12,20,170,190,,0",
    ]
    write(tmp_path / "england_2024-25_icb_results.csv", f"{ICB},pcas,register", rows)
    shares = ["2024-25,QAA,One,AF,100,5000,2", "2024-25,QBB,Two,AF,200,9000,2.22"]
    write(tmp_path / "england_2024-25_icb_prevalence.csv", SHARES, shares)
    return tmp_path


def test_icbs_that_agree(icbs: Path) -> None:
    assert {name: (one.checked, one.different) for name, one in verified(icbs).items()} == {
        "numerator within denominator": (6, 0),
        "points within the rule set's": (6, 0),
        "England is the sum of its ICBs": (10, 0),
        "prevalence": (2, 0),
        "register of an indicator": (2, 0),
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "name", "told"),
    [
        ("results", "80,90", "91,90", "numerator within denominator", ("QAA", "AF006", "91", "at most 90")),
        ("results", "12,20,", "12,24.1,", "points within the rule set's", ("QBB", "AF006", "24.1", "at most 24")),
        ("results", "170,190", "180,190", "England is the sum of its ICBs", ("ENG", "AF006 numerator", "250", "260")),
        ("prevalence", "9000,2.22", "9000,2.3", "prevalence", ("QBB", "AF", "2.3", "2.222222222")),
        (
            "prevalence",
            "AF,100,5000,2",
            "AF,50,2500,2",
            "register of an indicator",
            ("QAA", "AF001", "100", "50 on AF"),
        ),
    ],
)
def test_icb_that_does_not_agree_is_told(
    icbs: Path, file: str, old: str, new: str, name: str, told: tuple[str, ...]
) -> None:
    path = icbs / f"england_2024-25_icb_{file}.csv"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    found = verified(icbs)
    assert told in [(one.practice, one.item, one.published, one.calculated) for one in found[name].differences]
    assert not found[name].passes
