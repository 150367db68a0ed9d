"""Can a user verify an English year from the file NHS Digital publishes? A year is written here by the calculator."""

import csv
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from qof_calculator.adapters.rulesets import RulesetCatalogue
from qof_calculator.core.counts import Counts, IndicatorCount
from qof_calculator.core.points import calculate
from qof_local.paths import LocalStackError
from qof_local.verify.measures import Measure
from qof_local.verify.run import verify_folder, verify_long

Row = tuple[str, str, str, str]
YEAR = "2022-23"


class Unheard:
    def begin(self, name: str, total: int) -> None: ...
    def at(self, done: int) -> None: ...


@pytest.fixture
def year(catalogue: RulesetCatalogue) -> list[Row]:
    """Three practices of 2022-23 as the calculator pays them: some of everything between the thresholds."""
    rules = catalogue.by_id(f"england-{YEAR}")
    rows: list[Row] = []
    for number, practice in enumerate(("A81001", "A81002", "A81004")):
        counts = [
            IndicatorCount(term.code, (place * 7 + number * 13) % 101, 100)
            if "numerator" in term.kind.counts
            else IndicatorCount(term.code, achieved=number > 0)
            if "achieved" in term.kind.counts
            else IndicatorCount(term.code)
            for place, term in enumerate(rules.terms)
        ]
        registers = dict.fromkeys(rules.ruleset.registers, 400 + number)
        points = {
            one.indicator.code: one.points for one in calculate(rules, Counts(9000, registers, counts)).indicators
        }
        for count, term in zip(counts, rules.terms, strict=True):
            if count.denominator is not None:
                rows.append((practice, term.code, "NUMERATOR", str(count.numerator)))
                rows.append((practice, term.code, "DENOMINATOR", "100"))
                rows.append((practice, term.code, "PCAS", "3"))
                rows.append((practice, term.code, "REGISTER", "0"))
            if term.indicator.kind == "register":
                rows.append((practice, term.code, "REGISTER", str(400 + number)))
            rows.append((practice, term.code, "ACHIEVED_POINTS", str(float(points[term.code]))))
    return rows


def write(file: Path, rows: Iterable[Row]) -> Path:
    with file.open("w", newline="") as lines:
        csv.writer(lines).writerows([("PRACTICE_CODE", "INDICATOR_CODE", "MEASURE", "VALUE"), *rows])
    return file


def altered(rows: Iterable[Row], changes: Mapping[tuple[str, str, str], str]) -> list[Row]:
    return [(*row[:3], changes.get(row[:3], row[3])) for row in rows]


def points_of(file: Path) -> Measure:
    [points] = [one for one in verify_long(file, "england", YEAR, Unheard()).measures if one.name == "points"]
    return points


def test_year_as_the_calculator_pays_it_is_equal(tmp_path: Path, year: list[Row]) -> None:
    points = points_of(write(tmp_path / "year.csv", year))
    assert points.checked > 150
    assert (points.different, points.passes) == (0, True)


def test_altered_rows_are_different_each_with_its_counts(tmp_path: Path, year: list[Row]) -> None:
    """AF008 is 5 points between 50 and 70 %, so 6 of 10 are 2.5; VI001 has a step at its lower threshold."""
    changes = {
        ("A81001", "AF001", "ACHIEVED_POINTS"): "0",
        ("A81002", "VI001", "NUMERATOR"): "92",
        ("A81002", "VI001", "ACHIEVED_POINTS"): "7.2",
    }
    points = points_of(write(tmp_path / "year.csv", altered(year, changes)))
    assert [(one.practice, one.item, one.published, one.calculated, one.counts) for one in points.differences] == [
        ("A81001", "AF001", "0", "5", "400 on the register"),
        ("A81002", "VI001", "7.2", "9", "92 of 100"),
    ]
    assert not points.passes


def test_points_rounded_to_two_decimals_are_compared_as_such(tmp_path: Path, year: list[Row]) -> None:
    rounded = [(*row[:3], f"{float(row[3]):.2f}") if row[2] == "ACHIEVED_POINTS" else row for row in year]
    points = points_of(write(tmp_path / "year.csv", rounded))
    assert points.different == 0
    assert "points are published rounded, so they are compared to 0.005" in points.notes
    moved = altered(rounded, {("A81001", "AF001", "ACHIEVED_POINTS"): "4.98"})
    assert points_of(write(tmp_path / "year.csv", moved)).different == 1


def test_protected_indicators_are_not_checkable_from_counts(tmp_path: Path) -> None:
    rows = [
        ("A81001", "AF001", "REGISTER", "95"),
        ("A81001", "AF001", "ACHIEVED_POINTS", "5"),
        ("A81001", "AF006", "NUMERATOR", "90"),
        ("A81001", "AF006", "DENOMINATOR", "100"),
        ("A81001", "AF006", "ACHIEVED_POINTS", "12"),
    ]
    found = verify_long(write(tmp_path / "QOF_2425.csv", rows), None, None, Unheard())
    [_, points, possible] = found.measures
    assert (points.year, points.checked, points.different) == ("england 2024-25", 1, 0)
    assert points.notes[0] == "rows not checkable, as protected takes more than counts: 1"
    assert (possible.checked, possible.different) == (1, 0)


def test_folder_of_regions_and_the_year_of_its_files(tmp_path: Path, year: list[Row]) -> None:
    for practice in ("A81001", "A81002", "A81004"):
        write(tmp_path / f"ACHIEVEMENT_{practice}_2223.csv", [row for row in year if row[0] == practice])
    write(tmp_path / "ACHIEVEMENT_OTHER_2324.csv", [])
    (tmp_path / "mapping.csv").write_text("PRACTICE_CODE,PRACTICE_NAME\n")
    points = verify_long(tmp_path, None, "2022-23", Unheard()).measures[1]
    assert points.checked == points_of(write(tmp_path / "all.csv", year)).checked


def test_files_are_discovered_among_others(tmp_path: Path, year: list[Row]) -> None:
    write(tmp_path / "QOF2223.csv", [*year, ("A81001", "XX001", "NUMERATOR", "1")])
    found = verify_folder(tmp_path, Unheard())
    assert found.passes
    assert {one.year for one in found.measures} == {"england 2022-23"}
    assert [(one.item, one.published) for one in found.measures[0].differences] == [("XX001", "rows: 1")]


@pytest.mark.parametrize(
    ("name", "nation", "year", "message"),
    [
        ("year.csv", None, None, "does not say of which year it is; add --year"),
        ("year.csv", "france", "2022-23", "there is no nation france"),
        ("year.csv", "england", "2003-04", "there is no rule set england-2003-04; there are england-20"),
        ("other.csv", "england", "2022-23", "the column INDICATOR_CODE, MEASURE, VALUE is missing"),
        ("nothing.csv", "england", "2022-23", "let --file name a CSV file or a folder of them"),
    ],
)
def test_what_cannot_be_verified_is_an_error(
    tmp_path: Path, name: str, nation: str | None, year: str | None, message: str
) -> None:
    write(tmp_path / "year.csv", [("A81001", "AF001", "REGISTER", "95")])
    (tmp_path / "other.csv").write_text("PRACTICE_CODE,PRACTICE_NAME\n")
    with pytest.raises(LocalStackError, match=message):
        verify_long(tmp_path / name, nation, year, Unheard())


def test_exact_points_are_compared_to_a_millionth(tmp_path: Path, year: list[Row]) -> None:
    key = ("A81001", "AF001", "ACHIEVED_POINTS")
    assert points_of(write(tmp_path / "year.csv", altered(year, {key: "4.9999999"}))).different == 0
    assert points_of(write(tmp_path / "year.csv", altered(year, {key: "4.999998"}))).different == 1
    assert Fraction("4.999998") < 5
