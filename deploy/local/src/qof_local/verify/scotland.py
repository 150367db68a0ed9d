"""What did ISD Scotland publish? Results, prevalence and totals of practices, a file of each for a year or for all.

`*` is suppressed (a count under 5), `x` and `-` are not applicable, nothing is not reported. Points are given even
where the counts behind them are suppressed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

from qof_calculator.core.compiled import CompiledRuleset
from qof_local.verify import files
from qof_local.verify.naming import IndicatorNames
from qof_local.verify.rows import Results, by_practice, count, number, points, row_of

NATION = "scotland"
RESULTS = "results_scotland_"
PREVALENCE = "prevalence_scotland"
TOTALS = "practice_totals_scotland"
DASH = "-"
RESULT_COLUMNS = ("practice", "indicator", "numerator", "denominator", "achieved_points")
REGISTER_COLUMNS = ("year", "practice", "list_size", "register_group", "register")
TOTAL_COLUMNS = ("year", "practice", "points_achieved")


@dataclass(frozen=True, slots=True)
class Register:
    """One practice's register as published. The factor is published even where the count is suppressed."""

    practice: str
    name: str
    """As the publication calls it."""
    list_size: int | None
    patients: int | None
    prevalence: Fraction | None
    """Percent of the list."""
    factor: Fraction | None


@dataclass(frozen=True, slots=True)
class Total:
    """One practice's year."""

    practice: str
    health_board: str
    list_size: int | None
    points: Fraction | None
    pounds: Fraction | None


def result_years(folder: Path) -> Mapping[str, Path]:
    """QOF year -> its file of results."""
    return files.years(folder, RESULTS)


def read_results(file: Path, year: str, rules: CompiledRuleset) -> Results:
    """Read a year's results by its rule set; codes that this does not have are counted."""
    names, unknown = IndicatorNames(rules), Counter[str]()
    found = []
    rows = files.rows(file, RESULT_COLUMNS, ("register",))
    for practice, code, numerator, denominator, achieved, register in rows:
        term = names.find(code)
        if term is None:
            unknown[code] += 1
            continue
        met, eligible = count(numerator), count(denominator)
        # Where a dash stands beside a denominator, nobody met the indicator.
        met = 0 if met is None and eligible is not None and numerator.strip() == DASH else met
        is_nobody = numerator.strip() == denominator.strip() == DASH
        found.append(row_of(practice, term, met, eligible, count(register), points(achieved), is_nobody))
    return Results(f"{NATION} {year}", rules, by_practice(found), unknown)


def read_prevalence(folder: Path, only: str | None = None) -> Mapping[str, list[Register]]:
    """QOF year -> every practice's registers; of one year only, if asked for."""
    by_year: dict[str, list[Register]] = {}
    rows = _rows(folder, PREVALENCE, REGISTER_COLUMNS, ("raw_prevalence_pct", "adpf"), only)
    for year, practice, list_size, name, patients, percent, factor in rows:
        register = Register(practice, name, count(list_size), count(patients), number(percent), number(factor))
        by_year.setdefault(_year(year), []).append(register)
    return by_year


def read_totals(folder: Path, only: str | None = None) -> Mapping[str, dict[str, Total]]:
    """QOF year -> practice -> its total; of one year only, if asked for."""
    by_year: dict[str, dict[str, Total]] = {}
    rows = _rows(folder, TOTALS, TOTAL_COLUMNS, ("health_board", "list_size", "total_payment_gbp"), only)
    for year, practice, achieved, board, list_size, pounds in rows:
        total = Total(practice, board, count(list_size), number(achieved), number(pounds))
        by_year.setdefault(_year(year), {})[practice] = total
    return by_year


def _rows(
    folder: Path, name: str, needed: Sequence[str], optional: Sequence[str], only: str | None
) -> Iterator[tuple[str, ...]]:
    """Rows of every file of that name, their year first."""
    for path in files.tables(folder, name):
        yield from (row for row in files.rows(path, needed, optional) if only is None or _year(row[0]) == only)


@cache
def _year(text: str) -> str:
    return files.year_in(text) or text
