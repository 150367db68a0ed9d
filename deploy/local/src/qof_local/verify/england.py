"""Is what NHS Digital published about registers and lists what our rule sets say of them?

Practice files give registers and the lists their prevalence is a share of, ICB files what practices add up to. No
percentage is published for a practice, so there is nothing to compare there but kind and size; the ICBs' sums are
checked against each other, against England, and against the rule set's points.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from qof_calculator.core.compiled import CompiledRuleset
from qof_local.verify import files
from qof_local.verify.measures import EVERY, FACTOR_SHARE, UNKNOWN, Difference, Measure, decimal_text
from qof_local.verify.naming import IndicatorNames, RegisterNames
from qof_local.verify.rows import count, number

PRACTICES = re.compile(r"^england_(.+)_practice_prevalence\.csv(\.gz)?$")
ICB_RESULTS = re.compile(r"^england_(.+)_icb_results\.csv(\.gz)?$")
ENGLAND = "ENG"
"""The row of the nation among the ICBs'."""
ABOVE = "more on the register than on the list"
POINTS_PLACES = Fraction(1, 200)
"""Points of ICBs are rounded to two decimals."""

PREVALENCE_COLUMNS = ("PRACTICE_CODE", "GROUP_CODE", "REGISTER", "PATIENT_LIST_TYPE", "PRACTICE_LIST_SIZE")
ICB_COLUMNS = (
    "area_code",
    "practice_count",
    "indicator",
    "max_points_per_practice",
    "achieved_points",
    "numerator",
    "denominator",
    "register",
)


def years(folder: Path, pattern: re.Pattern[str]) -> Mapping[str, Path]:
    """QOF year -> the file of that kind."""
    found = ((pattern.match(file.name), file) for file in sorted(folder.iterdir()))
    return {year: file for match, file in found if match and (year := files.year_in(match[1]))}


def verify_practices(file: Path, year: str, rules: CompiledRuleset | None) -> list[Measure]:
    """A year's practice file: is no register above its list, and is each a share of the list the rule set names?"""
    name, names = f"england {year}", RegisterNames(rules) if rules else None
    above: list[Difference] = []
    kinds: dict[tuple[str, str], int] = {}
    rows = 0
    for practice, group, register, list_type, list_size in files.rows(file, PREVALENCE_COLUMNS):
        rows += 1
        patients, listed = count(register), count(list_size)
        if patients is not None and listed is not None and patients > listed:
            above.append(Difference(practice, group, str(patients), f"at most {listed}", ABOVE))
        kinds[group, list_type] = kinds.get((group, list_type), 0) + 1
    found = [Measure(name, "register within its list", rows, above, FACTOR_SHARE)]
    if names and rules:
        found.append(_list_types(name, kinds, names, rules))
    return found


def _list_types(
    name: str, kinds: Mapping[tuple[str, str], int], names: RegisterNames, rules: CompiledRuleset
) -> Measure:
    """Which list a register is a share of, by the publication and by the rule set."""
    checked, differences, strangers = 0, [], []
    for (group, published), rows in sorted(kinds.items()):
        register = names.find(group)
        if register is None:
            strangers.append(group)
            continue
        checked += rows
        ours = rules.ruleset.list_types[register]
        if ours != published:
            differences += [Difference("all practices", group, published, ours, UNKNOWN)] * rows
    notes = [f"registers that the rule set does not have: {', '.join(strangers)}"] if strangers else []
    return Measure(name, "list type of a register", checked, differences, EVERY, notes=notes)


def verify_icbs(file: Path, prevalence: Path | None, year: str, rules: CompiledRuleset | None) -> list[Measure]:
    """A year's ICB file: its counts, its points, its registers and its sums for England."""
    name = f"england {year}, ICBs"
    rows = _named(file, ICB_COLUMNS)
    found = [_counts(name, rows), _achieved(name, rows, rules), _sums(name, rows)]
    if prevalence is not None:
        shown = _named(prevalence, ("area_code", "group_code", "register", "list_size", "prevalence_pct"))
        found += [_prevalence(name, shown)]
        if rules is not None:
            found.append(_registers(name, rows, shown, rules))
    return found


def _named(file: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    return [dict(zip(columns, row, strict=True)) for row in files.rows(file, columns)]


def _counts(name: str, rows: Iterable[Mapping[str, str]]) -> Measure:
    counted = [row for row in rows if count(row["denominator"]) is not None]
    differences = [
        Difference(row["area_code"], row["indicator"], row["numerator"], f"at most {row['denominator']}", UNKNOWN)
        for row in counted
        if (count(row["numerator"]) or 0) > (count(row["denominator"]) or 0)
    ]
    return Measure(name, "numerator within denominator", len(counted), differences, EVERY)


def _achieved(name: str, rows: Iterable[Mapping[str, str]], rules: CompiledRuleset | None) -> Measure:
    """Are the points within what the rule set gives so many practices?"""
    checked, differences = 0, []
    names = IndicatorNames(rules) if rules else None
    for row in rows:
        term = names.find(row["indicator"]) if names else None
        most = term.indicator.points if term else number(row["max_points_per_practice"])
        points, practices = number(row["achieved_points"]), count(row["practice_count"])
        if most is None or points is None or practices is None:
            continue
        checked += 1
        if points > most * practices + POINTS_PLACES:
            told = (decimal_text(points), f"at most {decimal_text(most * practices)}")
            differences.append(Difference(row["area_code"], row["indicator"], *told, UNKNOWN))
    return Measure(name, "points within the rule set's", checked, differences, EVERY)


def _sums(name: str, rows: Iterable[Mapping[str, str]]) -> Measure:
    """Is England the sum of its ICBs, to what rounding allows?"""
    sums: dict[tuple[str, str], Fraction] = {}
    england: dict[tuple[str, str], Fraction] = {}
    for row in rows:
        for column in ("practice_count", "achieved_points", "numerator", "denominator", "register"):
            value, key = number(row[column]), (row["indicator"], column)
            if value is not None:
                into = england if row["area_code"] == ENGLAND else sums
                into[key] = into.get(key, Fraction(0)) + value
    differences = [
        Difference(
            ENGLAND, f"{indicator} {column}", decimal_text(value), decimal_text(sums[indicator, column]), UNKNOWN
        )
        for (indicator, column), value in england.items()
        if (indicator, column) in sums and abs(sums[indicator, column] - value) > Fraction(1, 2)
    ]
    return Measure(name, "England is the sum of its ICBs", len(england), differences, EVERY)


def _prevalence(name: str, shown: Iterable[Mapping[str, str]]) -> Measure:
    """Is the percentage register / list, to its two decimals?"""
    checked, differences = 0, []
    for row in shown:
        patients, listed, percent = count(row["register"]), count(row["list_size"]), number(row["prevalence_pct"])
        if patients is None or not listed or percent is None:
            continue
        checked += 1
        if abs(Fraction(100 * patients, listed) - percent) > POINTS_PLACES:
            told = (decimal_text(percent), decimal_text(Fraction(100 * patients, listed)))
            differences.append(Difference(row["area_code"], row["group_code"], *told, UNKNOWN))
    return Measure(name, "prevalence", checked, differences, FACTOR_SHARE)


def _registers(
    name: str, rows: Iterable[Mapping[str, str]], shown: Iterable[Mapping[str, str]], rules: CompiledRuleset
) -> Measure:
    """Is an indicator's register the published register that the rule set names for it?"""
    indicators, registers = IndicatorNames(rules), RegisterNames(rules)
    published = {(row["area_code"], registers.find(row["group_code"])): count(row["register"]) for row in shown}
    checked, differences = 0, []
    for row in rows:
        term, patients = indicators.find(row["indicator"]), count(row["register"])
        if term is None or term.register is None or not patients:
            continue
        there = published.get((row["area_code"], term.register))
        if there is None:
            continue
        checked += 1
        if there != patients:
            told = (str(patients), f"{there} on {term.register}")
            differences.append(Difference(row["area_code"], row["indicator"], *told, UNKNOWN))
    return Measure(name, "register of an indicator", checked, differences, EVERY)
