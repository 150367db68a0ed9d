"""What was really counted and awarded? Reads a year of published Scottish results and makes extracts of them.

What was not published cannot be sent: `*` is suppressed (a count under 5), `x`, `-` and nothing are not applicable.
A list of what had to be left out goes with the extracts.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from qof_calculator.adapters.rulesets import RulesetCatalogue
from qof_calculator.core.compiled import CompiledRuleset, Term
from qof_local.directory import Nation, Practice, dealt_supplier
from qof_local.paths import LocalStackError
from qof_shared.contracts import Extract, IndicatorCounts

NATION = "scotland"


@dataclass(frozen=True, slots=True)
class Result:
    """One published row: a practice's counts and points for one indicator. Counts that are not shown are None."""

    practice: str
    term: Term
    numerator: int | None
    denominator: int | None
    register: int | None
    points: Fraction

    @property
    def kind(self) -> str:
        return self.term.indicator.kind


@dataclass(frozen=True)
class PublishedYear:
    """A year of one nation as published, and the extracts that can be made of it."""

    rules: CompiledRuleset
    nation: Nation
    results: Mapping[str, Sequence[Result]]
    """Practice -> its rows."""
    list_sizes: Mapping[str, int]
    registers: Mapping[str, Mapping[str, int]]
    """Practice -> register -> patients, where they were published."""
    sent: frozenset[tuple[str, str]]
    """(practice, indicator) of everything that is in an extract."""
    left_out: Mapping[str, int]
    """Reason -> how many practices, or practice x indicator, were left out for it."""

    def extract(self, practice: str, collection: str) -> Extract:
        ruleset = self.rules.ruleset
        found = (row for row in self.results[practice] if (practice, row.term.code) in self.sent)
        return Extract(
            practice=practice,
            collection=collection,
            achievement_date=ruleset.achievement_date,
            list_size=self.list_sizes[practice],
            registers=dict(self.registers[practice]),
            indicators=[_indicator_counts(row) for row in found],
        )


def read_year(data: Path, year: str, catalogue: RulesetCatalogue, practices: int | None = None) -> PublishedYear:
    """Read `data/published` for a year such as 2012-13: all practices, or the first so many.

    Raises LocalStackError, listing the years there are, where the results or a rule set for them are missing.
    """
    folder = data / "published"
    rules = _rules(folder, year, catalogue)
    results = _results(folder / f"results_{NATION}_{year}.csv.gz", rules)
    boards, list_sizes = _totals(folder / f"practice_totals_{NATION}.csv", year)
    prevalence, more_list_sizes = _prevalence(folder / f"prevalence_{NATION}.csv.gz", year, rules)
    list_sizes = more_list_sizes | list_sizes
    codes = [practice for practice in sorted(results) if practice in list_sizes][:practices]
    named = {board: f"{NATION[0].upper()}B{number:03d}" for number, board in enumerate(sorted(set(boards.values())), 1)}
    # A board is not published for every practice, and a practice belongs to somebody.
    unnamed = "SB000"
    commissioners = {code: f"NHS {board}" for board, code in named.items()}
    if any(practice not in boards for practice in codes):
        commissioners[unnamed] = "Health board not published"
    registers = {code: _registers(results[code], prevalence.get(code, {})) for code in codes}
    sent, left_out = _choose(results, registers)
    return PublishedYear(
        rules=rules,
        nation=Nation(
            nation=NATION,
            qof_year=year,
            achievement_date=rules.ruleset.achievement_date,
            commissioners=commissioners,
            practices=[
                Practice(code, f"Practice {code}", named.get(boards.get(code, ""), unnamed), dealt_supplier(number))
                for number, code in enumerate(codes)
            ],
        ),
        results=results,
        list_sizes=list_sizes,
        registers=registers,
        sent=sent,
        left_out={
            **left_out,
            "practices without a published list size": len(results.keys() - list_sizes.keys()),
            "practices without published results": len(prevalence.keys() - results.keys()),
        },
    )


def years_there_are(folder: Path, catalogue: RulesetCatalogue) -> list[str]:
    """Years with published results and a rule set to calculate them with."""
    prefix, suffix = f"results_{NATION}_", ".csv.gz"
    found = (file.name.removeprefix(prefix).removesuffix(suffix) for file in folder.glob(f"{prefix}*{suffix}"))
    return sorted(year for year in found if f"{NATION}-{year}" in catalogue.ids)


def _rules(folder: Path, year: str, catalogue: RulesetCatalogue) -> CompiledRuleset:
    if not folder.is_dir():
        raise LocalStackError(f"there is no folder {folder}; let DATA name the folder that holds `published`.")
    years = years_there_are(folder, catalogue)
    if year not in years:
        raise LocalStackError(
            f"{year} cannot be compared: it takes {folder}/results_{NATION}_{year}.csv.gz and the rule set "
            f"{NATION}-{year}. Both exist for: {', '.join(years) or 'no year'}."
        )
    return catalogue.by_id(f"{NATION}-{year}")


def _results(file: Path, rules: CompiledRuleset) -> dict[str, list[Result]]:
    by_practice: dict[str, list[Result]] = defaultdict(list)
    for row in _rows(file):
        code = row["indicator"].replace(" ", "").removesuffix("(S)")
        term = rules.by_code.get(code)
        if term is None:
            raise LocalStackError(
                f"{file}: {rules.ruleset.ruleset_id} has no indicator {code}; one of the two is wrong."
            )
        by_practice[row["practice"]].append(
            Result(
                practice=row["practice"],
                term=term,
                numerator=_count(row["numerator"]),
                denominator=_count(row["denominator"]),
                register=_count(row["register"]),
                points=Fraction(Decimal(row["achieved_points"] or 0)),
            )
        )
    return by_practice


def _totals(file: Path, year: str) -> tuple[dict[str, str], dict[str, int]]:
    rows = [row for row in _rows(file) if row["year"] == year]
    boards = {row["practice"]: row["health_board"] for row in rows if row["health_board"]}
    return boards, {row["practice"]: int(row["list_size"]) for row in rows if row["list_size"].isdecimal()}


def _prevalence(file: Path, year: str, rules: CompiledRuleset) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    registers: dict[str, dict[str, int]] = defaultdict(dict)
    list_sizes = {}
    for row in _rows(file):
        if row["year"] != year:
            continue
        practice, patients = registers[row["practice"]], _count(row["register"])
        if patients is not None and row["register_group"] in rules.ruleset.registers:
            practice[row["register_group"]] = patients
        if row["list_size"].isdecimal():
            list_sizes[row["practice"]] = int(row["list_size"])
    return registers, list_sizes


def _registers(results: Sequence[Result], prevalence: Mapping[str, int]) -> dict[str, int]:
    shown = {row.term.register: row.register for row in results}
    return {**prevalence, **{name: count for name, count in shown.items() if name is not None and count is not None}}


def _choose(
    results: Mapping[str, Sequence[Result]], registers: Mapping[str, Mapping[str, int]]
) -> tuple[frozenset[tuple[str, str]], Counter[str]]:
    """What goes into the extracts, and how much does not, by reason."""
    sent, left_out = set(), Counter[str]()
    for row in (row for practice in registers for row in results[practice]):
        if not registers[row.practice].keys() >= set(row.term.registers_needed):
            left_out[f"{row.kind} indicators whose register is suppressed"] += 1
        elif row.kind == "fraction" and None in (row.numerator, row.denominator):
            left_out["fraction indicators whose counts are suppressed"] += 1
        else:
            sent.add((row.practice, row.term.code))
    return frozenset(sent), left_out


def _indicator_counts(row: Result) -> IndicatorCounts:
    if row.kind == "yes-no":
        # The answer was not published, but only a yes is given points.
        return IndicatorCounts(indicator=row.term.code, achieved=row.points > 0)
    if row.kind == "fraction":
        return IndicatorCounts(indicator=row.term.code, numerator=row.numerator, denominator=row.denominator)
    return IndicatorCounts(indicator=row.term.code)


def _count(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _rows(file: Path) -> Iterator[dict[str, str]]:
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
