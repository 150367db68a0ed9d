"""Are published files found whatever they are called, and read whatever they look like?"""

import gzip
from pathlib import Path

import pytest

from qof_local.paths import LocalStackError
from qof_local.verify import files


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("results_scotland_2012-13.csv.gz", "2012-13"),
        ("QOF_2223.csv", "2022-23"),
        ("QOF2425.csv", "2024-25"),
        ("ACHIEVEMENT_LONDON_1920.csv", "2019-20"),
        ("indicators_201415", "2014-15"),
        ("2011/12", "2011-12"),
        ("england_2009_10", "2009-10"),
        ("england_2012", None),
        ("practice 10002", None),
    ],
)
def test_year_in_a_name(name: str, year: str | None) -> None:
    assert files.year_in(name) == year


def test_folder_is_published_below_or_the_folder_itself(tmp_path: Path) -> None:
    assert files.published_folder(tmp_path) == tmp_path
    (tmp_path / "published").mkdir()
    assert files.published_folder(tmp_path) == tmp_path / "published"
    with pytest.raises(LocalStackError, match="let DATA name the folder that holds `published`"):
        files.published_folder(tmp_path / "nowhere")


def test_year_is_found_by_its_file_name_and_a_plain_file_wins_over_a_gzipped_one(tmp_path: Path) -> None:
    for name in ("results_scotland_2015-16.csv", "results_scotland_2012-13.csv.gz", "results_scotland_2012-13.csv"):
        (tmp_path / name).touch()
    (tmp_path / "results_scotland_2014-15.xlsx").touch()
    found = files.years(tmp_path, "results_scotland_")
    assert {year: file.name for year, file in found.items()} == {
        "2012-13": "results_scotland_2012-13.csv",
        "2015-16": "results_scotland_2015-16.csv",
    }


@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz"])
def test_rows_in_the_order_asked_for_whatever_the_case(tmp_path: Path, name: str) -> None:
    text = b"\xef\xbb\xbfVALUE, Practice ,other\n7,A,x\n\n8,B,y\n"
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    assert list(files.rows(tmp_path / name, ("practice", "value"), ("missing",))) == [("A", "7", ""), ("B", "8", "")]


def test_column_missing_error_says_which_and_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("practice,points\nA,1\n")
    with pytest.raises(LocalStackError, match="the column indicator is missing; there are PRACTICE, POINTS"):
        list(files.rows(tmp_path / "table.csv", ("practice", "indicator")))


def test_line_of_another_length_error_says_where(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("practice,points\nA,1\nB\n")
    with pytest.raises(LocalStackError, match="line 3 has 1 columns instead of 2"):
        list(files.rows(tmp_path / "table.csv", ("practice", "points")))


def test_long_layout_is_known_by_its_columns_in_any_folder_below(tmp_path: Path) -> None:
    (tmp_path / "regions").mkdir()
    (tmp_path / "regions" / "LONDON.csv").write_text("Region,Practice_Code,Indicator_Code,Measure,Value\n")
    (tmp_path / "mapping.csv").write_text("PRACTICE_CODE,PRACTICE_NAME\n")
    assert [file.name for file in files.long_tables(tmp_path)] == ["LONDON.csv"]
    assert files.long_tables(tmp_path / "mapping.csv") == [tmp_path / "mapping.csv"]
