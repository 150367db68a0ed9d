"""Is exactly what was published sent, and is every point that differs from it told?"""

import gzip
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.points import calculate
from qof_calculator.core.validation import faults
from qof_local.compare import compare
from qof_local.paths import LocalStackError
from qof_local.published import PublishedYear, read_year
from qof_shared.contracts import IndicatorCounts

CATALOGUE = load_rulesets()
YEAR = "2012-13"

RESULTS = (
    ("10002", "AF01", "x", "x", "103", "5"),
    ("10002", "AF05", "68", "73", "103", "10"),
    ("10002", "AF06", "*", "*", "103", "6"),
    ("10002", "CS 01(S)", "60", "100", "", "4.714285714285714"),
    ("10002", "COMMUN05", "", "", "", "2"),
    ("10002", "EDUCAT05", "", "", "", "0"),
    ("10002", "OST01", "x", "x", "*", "3"),
    ("10002", "OST02", "0", "0", "*", "0"),
    ("38205", "ASTHMA09", "178", "232", "300", "0"),
    ("38205", "ASTHMA01", "x", "x", "300", "4"),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    header = "year,practice,contract,indicator,numerator,denominator,register,max_points,achieved_points"
    rows = [f"{YEAR},{row[0]},nGMS,{','.join(row[1:5])},9,{row[5]}" for row in RESULTS]
    write(folder / f"results_scotland_{YEAR}.csv.gz", header, rows)
    write(folder / "results_scotland_2008-09.csv.gz", header, [])
    header = "year,practice,contract,list_size,register_group,register,raw_prevalence_pct,adpf"
    prevalence = [f"{YEAR},10002,nGMS,5900,CHD,210,3.6,1.0", f"{YEAR},10002,nGMS,5900,OST,*,*,0.5"]
    prevalence += [
        f"{YEAR},38205,nGMS,4100,CHD,x,x,0",
        f"{YEAR},99999,nGMS,100,CHD,7,7,1",
        "2010-11,10002,x,1,CHD,1,1,1",
    ]
    write(folder / "prevalence_scotland.csv.gz", header, prevalence)
    header = "year,health_board,practice,contract,list_size,saf_weighted_list,points_achieved,points_available,total"
    (folder / "practice_totals_scotland.csv").write_text(f"{header}\n{YEAR},Tayside,10002,nGMS,5977,6000,990,1000,1\n")
    return tmp_path


def write(file: Path, header: str, rows: Sequence[str]) -> None:
    file.write_bytes(gzip.compress("\n".join((header, *rows, "")).encode()))


@pytest.fixture
def published(data: Path) -> PublishedYear:
    return read_year(data, YEAR, CATALOGUE)


def worked_out(published: PublishedYear) -> Mapping[str, Mapping[str, Fraction]]:
    return {
        one.practice: {
            result.indicator.code: result.points
            for result in calculate(published.rules, published.extract(one.practice, "QOF")).indicators
        }
        for one in published.nation.practices
    }


def test_extract_holds_what_was_published_and_nothing_else(published: PublishedYear) -> None:
    extract = published.extract("10002", "QOF")
    assert extract.list_size == 5977
    assert extract.registers == {"AF": 103, "CHD": 210}
    assert extract.indicators == [
        IndicatorCounts(indicator="AF01"),
        IndicatorCounts(indicator="AF05", numerator=68, denominator=73),
        IndicatorCounts(indicator="CS01", numerator=60, denominator=100),
        IndicatorCounts(indicator="COMMUN05", achieved=True),
        IndicatorCounts(indicator="EDUCAT05", achieved=False),
    ]


def test_list_size_not_in_totals_prevalence_file_has_it(published: PublishedYear) -> None:
    assert published.extract("38205", "QOF").list_size == 4100


def test_extracts_have_no_faults(published: PublishedYear) -> None:
    for one in published.nation.practices:
        assert faults(published.rules, published.extract(one.practice, "QOF")) == []


def test_left_out_is_told_with_numbers(published: PublishedYear) -> None:
    assert published.left_out == {
        "fraction indicators whose counts are suppressed": 1,
        "register indicators whose register is suppressed": 1,
        "fraction indicators whose register is suppressed": 1,
        "practices without a published list size": 0,
        "practices without published results": 1,
    }


def test_practices_belong_to_their_health_board_or_to_one_of_no_name(published: PublishedYear) -> None:
    boards = {one.practice: published.nation.commissioners[one.commissioner] for one in published.nation.practices}
    assert boards == {"10002": "NHS Tayside", "38205": "Health board not published"}


def test_first_so_many_practices_only(data: Path) -> None:
    assert [one.practice for one in read_year(data, YEAR, CATALOGUE, 1).nation.practices] == ["10002"]


@pytest.mark.parametrize("year", ["2008-09", "2013-14", "nonsense"])
def test_year_without_results_or_rule_set_error_lists_those_there_are(data: Path, year: str) -> None:
    with pytest.raises(LocalStackError, match=f"{year} cannot be compared.*Both exist for: {YEAR}"):
        read_year(data, year, CATALOGUE)


def test_folder_missing_error_says_which(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="let DATA name the folder"):
        read_year(tmp_path / "nowhere", YEAR, CATALOGUE)


def test_indicator_not_in_the_rule_set_error_names_it(data: Path) -> None:
    file = data / "published" / f"results_scotland_{YEAR}.csv.gz"
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(b"AF05", b"AF99")))
    with pytest.raises(LocalStackError, match="no indicator AF99"):
        read_year(data, YEAR, CATALOGUE)


def test_compare_override_is_a_difference_with_its_cause(published: PublishedYear) -> None:
    comparison = compare(published, worked_out(published))
    assert comparison.checkable == 5
    assert comparison.reproduced == 4
    [difference] = comparison.differences
    assert (difference.published.practice, difference.published.term.code) == ("38205", "ASTHMA09")
    assert (difference.counts, difference.ours) == ("178 of 232", 20)
    assert "override" in difference.cause
    assert comparison.unexplained == []
    assert comparison.not_checkable == {"yes/no: the answer is input": 2, "counts or register suppressed": 3}


def test_compare_further_away_than_printing_is_a_difference(published: PublishedYear) -> None:
    points = {practice: dict(found) for practice, found in worked_out(published).items()}
    points["10002"]["CS01"] += Fraction(1, 10**5)
    assert [one.published.term.code for one in compare(published, points).unexplained] == ["CS01"]


def test_compare_points_missing_are_differences_never_passed_over(published: PublishedYear) -> None:
    comparison = compare(published, {})
    assert comparison.reproduced == 0
    assert {one.cause for one in comparison.unexplained} == {"no points were read back"}
    assert len(comparison.unexplained) == 5
