"""What is there to verify in a folder, and what does verifying it give?"""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

from qof_calculator.adapters.rulesets import RulesetCatalogue, load_rulesets
from qof_calculator.core.compiled import CompiledRuleset
from qof_local.paths import LocalStackError
from qof_local.verify import england, files, long_layout, payments, points, prevalence, scotland, totals
from qof_local.verify.measures import UNKNOWN, Difference, Measure
from qof_local.verify.naming import RegisterNames
from qof_local.verify.prevalence import Mean, Prevalence
from qof_local.verify.rows import Results
from qof_local.verify.scotland import NATION, Register, Total
from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.national import NationalFigures
from qof_payments.core.parameters import Parameters, UnknownParametersError
from qof_shared.vocabulary import NATIONS

ENGLAND = "england"


class Heard(Protocol):
    """Is told of every piece of work: when it begins, and how far it is."""

    def begin(self, name: str, total: int) -> None: ...
    def at(self, done: int) -> None: ...


@dataclass
class Verification:
    """Everything that was held against what was published."""

    measures: list[Measure] = field(default_factory=list)
    means: dict[str, Sequence[Mean]] = field(default_factory=dict)
    """Nation and year -> the national means of its registers."""
    skipped: list[str] = field(default_factory=list)
    """What lies there and could not be verified, and why."""

    @property
    def passes(self) -> bool:
        return bool(self.measures) and all(measure.passes for measure in self.measures)


def verify_folder(data: Path, heard: Heard) -> Verification:
    """Verify everything in a folder that is known by its name or its columns. Raises LocalStackError for none."""
    folder, catalogue, found = files.published_folder(data), _catalogue(), Verification()
    with _no_collecting():
        _verify_scotland(folder, catalogue, found, heard)
        _verify_england(folder, catalogue, found)
        for name, paths in _long_years(folder).items():
            _verify_long(name, paths, catalogue, found, heard)
    if not found.measures:
        reasons = "; ".join(found.skipped) or "nothing there is known by its name"
        raise LocalStackError(f"{folder} holds nothing that can be verified: {reasons}.")
    return found


def verify_long(place: Path, nation: str | None, year: str | None, heard: Heard) -> Verification:
    """Verify one year in NHS Digital's long layout: a file, or a folder of files. The year may be in their names."""
    if not place.exists():
        raise LocalStackError(f"there is no {place}; let --file name a CSV file or a folder of them.")
    paths, found = files.long_tables(place), Verification()
    if not paths:
        raise LocalStackError(f"no file in {place} has the columns {', '.join(files.LONG_COLUMNS)}.")
    year = year or files.year_in(place.name) or files.year_in(paths[0].name)
    paths = [path for path in paths if files.year_in(path.name) in (None, year)] if place.is_dir() else paths
    if year is None:
        raise LocalStackError(f"{place} does not say of which year it is; add --year, such as --year 2022-23.")
    nation = nation or ENGLAND
    if nation not in NATIONS:
        raise LocalStackError(f"there is no nation {nation}; --nation is one of {', '.join(NATIONS)}.")
    _verify_long(f"{nation} {year}", paths, _catalogue(), found, heard)
    if not found.measures:
        raise LocalStackError(f"{place} holds nothing that can be verified: {'; '.join(found.skipped)}.")
    return found


@cache
def _catalogue() -> RulesetCatalogue:
    return load_rulesets()


@contextmanager
def _no_collecting() -> Iterator[None]:
    """A year is half a million small objects without a cycle, at which the collector would look again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _verify_scotland(folder: Path, catalogue: RulesetCatalogue, found: Verification, heard: Heard) -> None:
    results_of = scotland.result_years(folder)
    prevalence_of, totals_of = scotland.read_prevalence(folder), scotland.read_totals(folder)
    for year in sorted({*results_of, *prevalence_of, *totals_of}):
        name, rules = f"{NATION} {year}", _rules(catalogue, NATION, year)
        parameters = _parameters(year)
        published = prevalence_of.get(year, [])
        proved = None
        if published and parameters is None:
            found.skipped.append(f"{name}: prevalence, as there are no money parameters of that year")
        elif published and parameters is not None:
            proved = prevalence.verify(name, published, parameters)
            found.measures += proved.measures
            found.means[name] = proved.means
        if year not in results_of:
            found.skipped.append(f"{name}: practice totals and points, as there is no results_{NATION}_{year}.csv")
        elif rules is None:
            found.skipped.append(f"{name}: results, as there is no rule set {NATION}-{year}")
        else:
            results = scotland.read_results(results_of[year], year, rules)
            _verify_results(results, year, published, proved, totals_of.get(year, {}), found, heard)


def _verify_results(
    results: Results,
    year: str,
    published: Sequence[Register],
    proved: Prevalence | None,
    practice_totals: Mapping[str, Total],
    found: Verification,
    heard: Heard,
) -> None:
    """Points, totals and payments of a year, with its registers where they were published."""
    registers = RegisterNames(results.rules)
    heard.begin(f"points {results.name}", len(results.practices))
    calculated = points.calculate_year(results, heard.at)
    found.measures += points.measures(calculated)
    if proved and proved.restored:
        small = points.small_registers(results, _renamed(proved.restored, registers))
        found.measures += [small] if small.checked else []
    if published:
        found.measures.append(_registers_agree(results, published, registers))
    if not practice_totals:
        return
    heard.begin(f"totals {results.name}", len(results.practices))
    added = totals.add_up(calculated, practice_totals, heard.at)
    if not added.measure.checked:
        found.skipped.append(f"{results.name}: practice totals, as no practice has all its rows")
        return
    found.measures.append(added.measure)
    parameters = _parameters(year, others=False)
    if proved and proved.official and parameters and any(total.pounds for total in practice_totals.values()):
        found.measures.append(
            payments.verify(
                results.name,
                added.achievements,
                practice_totals,
                {one.practice: one.list_size for one in published if one.list_size},
                _renamed(proved.registers, registers),
                _renamed_figures(proved.official, registers),
                parameters,
            )
        )


def _registers_agree(results: Results, published: Iterable[Register], names: RegisterNames) -> Measure:
    """Is an indicator's register the published register that the rule set names for it?"""
    patients = {(one.practice, names.find(one.name)): one.patients for one in published if one.patients is not None}
    checked, differences = 0, []
    for row in results.rows:
        if row.register is None or row.term.register is None:
            continue
        there = patients.get((row.practice, row.term.register))
        if there is None:
            continue
        checked += 1
        if there != row.register:
            told = (str(row.register), f"{there} on {row.term.register}")
            differences.append(Difference(row.practice, row.term.code, *told, UNKNOWN))
    return Measure(results.name, "register of an indicator", checked, differences)


def _verify_england(folder: Path, catalogue: RulesetCatalogue, found: Verification) -> None:
    for year, file in england.years(folder, england.PRACTICES).items():
        found.measures += england.verify_practices(file, year, _rules(catalogue, ENGLAND, year))
    for year, file in england.years(folder, england.ICB_RESULTS).items():
        beside = file.with_name(file.name.replace("_results", "_prevalence"))
        rules = _rules(catalogue, ENGLAND, year)
        found.measures += england.verify_icbs(file, beside if beside.is_file() else None, year, rules)


def _long_years(folder: Path) -> Mapping[str, list[Path]]:
    """Nation and year -> its files in the long layout."""
    by_year: dict[str, list[Path]] = {}
    for path in files.long_tables(folder):
        if year := files.year_in(path.name) or files.year_in(path.parent.name):
            by_year.setdefault(f"{ENGLAND} {year}", []).append(path)
    return by_year


def _verify_long(
    name: str, paths: Sequence[Path], catalogue: RulesetCatalogue, found: Verification, heard: Heard
) -> None:
    nation, year = name.split()
    rules = _rules(catalogue, nation, year)
    if rules is None:
        ids = ", ".join(ruleset_id for ruleset_id in catalogue.ids if ruleset_id.startswith(nation))
        found.skipped.append(f"{name}: there is no rule set {nation}-{year}; there are {ids}")
        return
    results = long_layout.read_results(paths, name, rules)
    _verify_results(results, year, (), None, {}, found, heard)


def _rules(catalogue: RulesetCatalogue, nation: str, year: str) -> CompiledRuleset | None:
    ruleset_id = f"{nation}-{year}"
    return catalogue.by_id(ruleset_id) if ruleset_id in catalogue.ids else None


def _parameters(year: str, *, others: bool = True) -> Parameters | None:
    """Scotland's money parameters of a year; with `others` another nation's, whose prevalence regime was the same."""
    for nation in (NATION, *NATIONS) if others else (NATION,):
        try:
            return load_parameters(nation, year)
        except UnknownParametersError:
            continue
    return None


def _renamed(registers: Mapping[str, Mapping[str, int]], names: RegisterNames) -> Mapping[str, Mapping[str, int]]:
    """Registers by the rule set's code instead of the published name."""
    return {
        practice: {code: patients for name, patients in found.items() if (code := names.find(name))}
        for practice, found in registers.items()
    }


def _renamed_figures(figures: NationalFigures, names: RegisterNames) -> NationalFigures:
    named = {names.find(name): figure for name, figure in figures.registers.items()}
    return NationalFigures(
        {code: figure for code, figure in named.items() if code is not None}, figures.practices, figures.left_out
    )
