"""What was really counted and awarded? Reads a year of published Scottish results and makes extracts of them.

What was not published cannot be sent: `*` is suppressed (a count under 5), `x`, `-` and nothing are not applicable.
A list of what had to be left out goes with the extracts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qof_calculator.adapters.rulesets import RulesetCatalogue
from qof_calculator.core.compiled import CompiledRuleset
from qof_calculator.core.kinds import FRACTION
from qof_local.directory import Nation, Practice, dealt_supplier
from qof_local.paths import LocalStackError
from qof_local.verify import scotland
from qof_local.verify.files import published_folder
from qof_local.verify.naming import RegisterNames
from qof_local.verify.rows import Row
from qof_local.verify.scotland import NATION, Register
from qof_shared.contracts import Extract, IndicatorCounts


@dataclass(frozen=True)
class PublishedYear:
    """A year of one nation as published, and the extracts that can be made of it."""

    rules: CompiledRuleset
    nation: Nation
    results: Mapping[str, Sequence[Row]]
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
    folder = published_folder(data)
    rules = _rules(folder, year, catalogue)
    results = _results(scotland.result_years(folder)[year], year, rules)
    totals = scotland.read_totals(folder, year).get(year, {})
    boards = {total.practice: total.health_board for total in totals.values() if total.health_board}
    published = scotland.read_prevalence(folder, year).get(year, [])
    list_sizes = {one.practice: one.list_size for one in published if one.list_size}
    list_sizes |= {total.practice: total.list_size for total in totals.values() if total.list_size}
    prevalence = _prevalence(published, rules)
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
    return sorted(year for year in scotland.result_years(folder) if f"{NATION}-{year}" in catalogue.ids)


def _rules(folder: Path, year: str, catalogue: RulesetCatalogue) -> CompiledRuleset:
    years = years_there_are(folder, catalogue)
    if year not in years:
        raise LocalStackError(
            f"{year} cannot be compared: it takes {folder}/results_{NATION}_{year}.csv.gz and the rule set "
            f"{NATION}-{year}. Both exist for: {', '.join(years) or 'no year'}."
        )
    return catalogue.by_id(f"{NATION}-{year}")


def _results(file: Path, year: str, rules: CompiledRuleset) -> Mapping[str, Sequence[Row]]:
    results = scotland.read_results(file, year, rules)
    if results.unknown:
        codes = ", ".join(results.unknown)
        raise LocalStackError(f"{file}: {rules.ruleset.ruleset_id} has no indicator {codes}; one of the two is wrong.")
    return results.practices


def _prevalence(published: Sequence[Register], rules: CompiledRuleset) -> dict[str, dict[str, int]]:
    """Practice -> register -> patients, where they are shown and the rule set knows the register."""
    names = RegisterNames(rules)
    registers: dict[str, dict[str, int]] = {}
    for one in published:
        of_practice, register = registers.setdefault(one.practice, {}), names.find(one.name)
        if register is not None and one.patients is not None:
            of_practice[register] = one.patients
    return registers


def _registers(results: Sequence[Row], prevalence: Mapping[str, int]) -> dict[str, int]:
    shown = {row.term.register: row.register for row in results}
    return {**prevalence, **{name: count for name, count in shown.items() if name is not None and count is not None}}


def _choose(
    results: Mapping[str, Sequence[Row]], registers: Mapping[str, Mapping[str, int]]
) -> tuple[frozenset[tuple[str, str]], Counter[str]]:
    """What goes into the extracts, and how much does not, by reason."""
    sent, left_out = set(), Counter[str]()
    for row in (row for practice in registers for row in results[practice]):
        if not registers[row.practice].keys() >= set(row.term.registers_needed):
            left_out[f"{row.kind} indicators whose register is suppressed"] += 1
        elif row.term.kind.counts == FRACTION and None in (row.numerator, row.denominator):
            left_out[f"{row.kind} indicators whose counts are suppressed"] += 1
        else:
            sent.add((row.practice, row.term.code))
    return frozenset(sent), left_out


def _indicator_counts(row: Row) -> IndicatorCounts:
    if row.kind == "yes-no":
        # The answer was not published, but only a yes is given points.
        return IndicatorCounts(indicator=row.term.code, achieved=bool(row.points))
    if row.term.kind.counts == FRACTION:
        return IndicatorCounts(indicator=row.term.code, numerator=row.numerator, denominator=row.denominator)
    return IndicatorCounts(indicator=row.term.code)
