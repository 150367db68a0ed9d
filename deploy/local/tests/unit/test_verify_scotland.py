"""Is a Scottish year held against the cores as it should be? Small years, written as ISD wrote them."""

import gzip
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from qof_calculator.adapters.rulesets import RulesetCatalogue
from qof_local.paths import LocalStackError
from qof_local.verify.measures import AWARD, EMPTY_REGISTER, Measure
from qof_local.verify.run import Verification, verify_folder

RESULTS = "year,practice,contract,indicator,numerator,denominator,register,max_points,achieved_points"
TOTALS = "year,health_board,practice,contract,list_size,points_achieved,points_available,total_payment_gbp"
PREVALENCE = "year,practice,contract,list_size,register_group,register,raw_prevalence_pct,adpf"


class Heard:
    def __init__(self) -> None:
        self.works: list[tuple[str, int]] = []

    def begin(self, name: str, total: int) -> None:
        self.works.append((name, total))

    def at(self, done: int) -> None:
        assert done <= self.works[-1][1]


def write(folder: Path, name: str, header: str, rows: Sequence[str]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(gzip.compress("\n".join((header, *rows, "")).encode()))


def results(folder: Path, year: str, rows: Sequence[str]) -> None:
    """Rows as `practice,indicator,numerator,denominator,register,points`."""
    cells = (row.split(",") for row in rows)
    lines = [f"{year},{practice},nGMS,{','.join(rest)},9,{points}" for practice, *rest, points in cells]
    write(folder, f"results_scotland_{year}.csv.gz", RESULTS, lines)


def measure(found: Verification, name: str) -> Measure:
    [one] = [one for one in found.measures if one.name == name]
    return one


def told(one: Measure) -> list[tuple[str, str, str, str, str]]:
    return [(it.practice, it.item, it.published, it.calculated, it.cause) for it in one.differences]


def test_points_from_counts_and_registers_are_compared(tmp_path: Path) -> None:
    rows = [
        "10002,AF01,x,x,103,5",
        "10002,AF05,65,100,103,5",
        "10002,AF06,35,50,103,3.000000001",
        "10002,AF07,50,90,103,4",
        "10002,AF99,50,90,103,4",
        "38205,DM21,7,10,30,5",
        "10003,CS 01(S),0,0,,0",
        "10003,AF05,0,0,9,2.5",
        "10003,AF07,*,*,9,3.3",
        "10003,COMMUN05,,,,2",
        "10003,EDUCAT05,,,,1",
    ]
    results(tmp_path, "2012-13", rows)
    heard = Heard()
    found = verify_folder(tmp_path, heard)
    assert told(measure(found, "points")) == [
        ("10002", "AF07", "4", "3.111111111", "not known"),
        ("38205", "DM21", "5", "2.5", AWARD),
        ("10003", "AF05", "2.5", "0", "not known"),
    ]
    assert measure(found, "points").checked == 7
    assert measure(found, "points").notes == [
        "rows not checkable, as yes/no is input: 2",
        "rows not checkable, counts or register not shown: 1",
        measure(found, "points").notes[-1],
    ]
    assert measure(found, "points").notes[-1].startswith("indicators of the rule set without a row: ASTHMA01, ")
    known = measure(found, "indicators of the rule set")
    assert (known.checked, told(known)) == (
        9,
        [("all practices", "AF99", "rows: 1", "not in the rule set", "not known")],
    )
    zero = measure(found, "zero denominator: 0 points")
    assert (zero.checked, told(zero)) == (2, [("10003", "AF05", "2.5", "0", "not known")])
    others = measure(found, "not calculable: a value its kind can give")
    assert (others.checked, told(others)) == (3, [("10003", "EDUCAT05", "1", "yes-no of 3", "not known")])
    assert not found.passes
    assert heard.works == [("points scotland 2012-13", 3)]


def test_dash_is_nobody_to_count_and_no_points(tmp_path: Path) -> None:
    rows = ["10002,LD002(S),-,-,30,-", "10002,MH002,-,12,30,-", "10002,AF001,-,-,112,5", "10003,LD002,-,-,30,3"]
    results(tmp_path, "2013-14", rows)
    found = verify_folder(tmp_path, Heard())
    assert (measure(found, "points").checked, told(measure(found, "points"))) == (2, [])
    dashes = measure(found, "no counts but a dash: 0 points")
    assert (dashes.checked, told(dashes)) == (2, [("10003", "LD002", "3", "0", "not known")])


@pytest.fixture
def whole_practice(catalogue: RulesetCatalogue) -> list[str]:
    """Every indicator of 2013-14: one in ten met to the lower threshold and a bit, the rest fully; no PE001."""
    rows = []
    for term in catalogue.by_id("scotland-2013-14").terms:
        full = term.indicator.points
        if term.code == "PE001":
            rows.append("10002,PE001,70,80,,")
        elif term.indicator.kind == "fraction" and term.code.endswith("2"):
            lower, upper = term.indicator.lower_threshold, term.indicator.upper_threshold
            assert lower is not None
            assert upper is not None
            points = Fraction(lower + 1 - lower, upper - lower) * full
            rows.append(f"10002,{term.code},{lower + 1},100,200,{float(points)}")
        elif term.indicator.kind == "fraction":
            rows.append(f"10002,{term.code},*,*,200,{full}")
        else:
            rows.append(f"10002,{term.code},,,200,{full}")
    return rows


def published_points(rows: Sequence[str]) -> float:
    return sum(float(row.rsplit(",", 1)[1] or 0) for row in rows)


@pytest.mark.parametrize(("extra", "equal"), [(33, True), (0, True), (32, False), (33.0001, False)])
def test_total_is_the_calculators_sum_with_what_cannot_be_calculated(
    tmp_path: Path, whole_practice: list[str], extra: float, equal: bool
) -> None:
    results(tmp_path, "2013-14", whole_practice)
    total = published_points(whole_practice) + extra
    write(tmp_path, "practice_totals_scotland.csv.gz", TOTALS, [f"2013-14,Tayside,10002,nGMS,5000,{total},923,1"])
    totals = measure(verify_folder(tmp_path, Heard()), "practice totals")
    assert totals.checked == 1
    assert totals.passes is equal
    assert totals.notes == ["published for nobody, so answered from the total: PE001"]


def test_total_of_a_practice_without_all_its_rows_is_not_compared(tmp_path: Path, whole_practice: list[str]) -> None:
    others = [row.replace("10002", "10003") for row in whole_practice[1:]]
    results(tmp_path, "2013-14", [*whole_practice, *others])
    rows = [
        f"2013-14,Tayside,{practice},nGMS,5000,{published_points(whole_practice)},923,1" for practice in (10002, 10003)
    ]
    write(tmp_path, "practice_totals_scotland.csv.gz", TOTALS, rows)
    totals = measure(verify_folder(tmp_path, Heard()), "practice totals")
    assert (totals.checked, totals.different) == (1, 0)
    assert "practices without a total or without all their rows: 1" in totals.notes


@pytest.mark.parametrize(("practice", "equal"), [("18428", True), ("10002", False)])
def test_total_with_an_award_by_hand_is_added_up_only_where_it_is_documented(
    tmp_path: Path, whole_practice: list[str], practice: str, equal: bool
) -> None:
    awarded = [row for row in whole_practice if not row.startswith("10002,AF002,")]
    awarded = [row.replace("10002", practice) for row in (*awarded, "10002,AF002,0,100,200,10")]
    results(tmp_path, "2013-14", awarded)
    row = f"2013-14,Tayside,{practice},nGMS,5000,{published_points(awarded)},923,1"
    write(tmp_path, "practice_totals_scotland.csv.gz", TOTALS, [row])
    totals = measure(verify_folder(tmp_path, Heard()), "practice totals")
    assert totals.passes is equal
    assert any("documented awards" in note for note in totals.notes) is equal


def prevalence(folder: Path, year: str, rows: Sequence[str]) -> None:
    """Rows as `practice,list,register_group,register,prevalence,factor`."""
    lines = [f"{year},{row.split(',', 1)[0]},nGMS,{row.split(',', 1)[1]}" for row in rows]
    write(folder, "prevalence_scotland.csv.gz", PREVALENCE, lines)


THREE = ["A,1000,CHD,20,2,0.8", "B,1000,CHD,30,3,1.2", "C,2000,CHD,*,*,0.06", "D,x,CHD,*,*,0"]
"""On an official mean of 2.5 %: 2, 3 and 0.15 %, so 3 patients of C; the mean of these three is 1.7166 %."""


def test_factors_on_the_mean_they_were_made_with(tmp_path: Path) -> None:
    prevalence(tmp_path, "2012-13", [*THREE, "A,1000,PC,*,*,1", "B,1000,PC,4,0.4,1"])
    found = verify_folder(tmp_path, Heard())
    assert [(one.name, one.checked, one.different) for one in found.measures] == [
        ("prevalence", 3, 0),
        ("ADPF", 2, 0),
        ("suppressed register: 0 to 4, whole", 1, 0),
        ("ADPF of what is not adjusted: 1", 2, 0),
    ]
    [mean] = found.means["scotland 2012-13"]
    assert (mean.official, mean.practices) == (Fraction(25, 1000), 3)
    assert abs(mean.published_practices - Fraction(103, 6000)) < Fraction(1, 10**20)


def test_factor_or_percentage_that_is_not_the_registers_is_told(tmp_path: Path) -> None:
    rows = [*THREE, "E,1000,CHD,25,2.6,1", "38205,1000,CHD,25,2.5,1.1", "F,1000,CHD,*,*,0.05"]
    prevalence(tmp_path, "2012-13", rows)
    found = verify_folder(tmp_path, Heard())
    assert told(measure(found, "prevalence")) == [("E", "CHD", "2.6", "2.5", "not known")]
    assert told(measure(found, "ADPF")) == [("38205", "CHD", "1.1", "1", AWARD)]
    assert told(measure(found, "suppressed register: 0 to 4, whole")) == [("F", "CHD", "1", "1.25", "not known")]
    assert not found.passes


def test_factors_of_an_older_regime_are_held_against_its_own_formula(tmp_path: Path) -> None:
    """2009-10: lifted to a twentieth of the highest prevalence, no root; on a mean of 2.5 %."""
    prevalence(tmp_path, "2009-10", ["A,1000,CHD,20,2,0.8", "B,1000,CHD,40,4,1.6", "C,1000,CHD,1,0.1,0.08"])
    assert told(measure(verify_folder(tmp_path, Heard()), "ADPF")) == []


def test_small_register_gives_its_points_to_one_patient_and_none_to_nobody(tmp_path: Path) -> None:
    prevalence(tmp_path, "2012-13", [*THREE, "Z,1000,CHD,*,*,0"])
    results(tmp_path, "2012-13", ["A,CHD01,x,x,20,4", "C,CHD01,x,x,*,4", "Z,CHD01,x,x,*,4"])
    found = verify_folder(tmp_path, Heard())
    small = measure(found, "points of a register of 0 to 4")
    assert (small.checked, told(small)) == (2, [("Z", "CHD01", "4", "0", EMPTY_REGISTER)])
    assert (measure(found, "points").checked, measure(found, "points").different) == (1, 0)
    assert measure(found, "register of an indicator").checked == 1


def test_register_that_the_rule_set_does_not_name_for_the_indicator_is_told(tmp_path: Path) -> None:
    prevalence(tmp_path, "2012-13", ["A,1000,HF,20,2,0.8", "B,1000,HF,30,3,1.2"])
    results(tmp_path, "2012-13", ["A,HF02,18,20,20,6", "B,HF02,18,20,29,6"])
    registers = measure(verify_folder(tmp_path, Heard()), "register of an indicator")
    assert (registers.checked, told(registers)) == (2, [("B", "HF02", "29", "30 on HF", "not known")])


def test_year_without_rule_set_or_results_is_said_and_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    results(tmp_path, "2004-05", ["10002,AF01,x,x,103,5"])
    with pytest.raises(LocalStackError, match="no rule set scotland-2004-05"):
        verify_folder(tmp_path, Heard())
    row = "2009-10,Tayside,10002,nGMS,5000,990,1000,1"
    write(tmp_path, "practice_totals_scotland.csv.gz", TOTALS, [row])
    results(tmp_path, "2012-13", ["10002,AF01,x,x,103,5"])
    found = verify_folder(tmp_path, Heard())
    assert found.passes
    assert [one.split(":")[0] for one in found.skipped] == ["scotland 2004-05", "scotland 2009-10"]
