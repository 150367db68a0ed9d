"""Does the calculator reproduce what Scotland published for 2012-13, practice by practice?

Suppressed counts (`*`) cannot be checked; yes/no indicators are input and cannot be checked either.
"""

import csv
import gzip
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import pytest

from qof_calculator.adapters.indicator_tables import write_ruleset
from qof_calculator.adapters.rulesets import RULESETS, load_rulesets, read_document
from qof_calculator.core.compiled import CompiledRuleset
from qof_calculator.core.counts import Counts, IndicatorCount
from qof_calculator.core.points import calculate
from qof_calculator.core.validation import faults

pytestmark = pytest.mark.needs_published_data

Row: TypeAlias = Mapping[str, str]

YEAR = "2012-13"
PROJECT = Path(__file__).parents[4]
LOCAL_AWARDS = {
    ("38205", "ASTHMA09"),
    ("38205", "CHD14"),
    ("38205", "PP01"),
    ("84383", "DM21"),
    ("84581", "DM21"),
}
"""Published points that no formula gives: local awards and overrides by hand (shared/data/README.md)."""

# Published points are floats of 15 digits or so.
PRINTED = Fraction(1, 10**9)


@pytest.fixture(scope="module")
def data() -> Path:
    folder = Path(os.environ.get("QOF_PUBLISHED_DATA", PROJECT.parent / "shared" / "data"))
    if not (folder / "published").is_dir():
        reason = f"no published results in {folder}; set QOF_PUBLISHED_DATA"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="module")
def rules() -> CompiledRuleset:
    return load_rulesets().by_id(f"scotland-{YEAR}")


@pytest.fixture(scope="module")
def results(data: Path) -> Mapping[str, list[Row]]:
    """Practice -> its published rows."""
    by_practice: dict[str, list[Row]] = defaultdict(list)
    for row in rows(data / "published" / f"results_scotland_{YEAR}.csv.gz"):
        by_practice[row["practice"]].append(row)
    return by_practice


@pytest.fixture(scope="module")
def totals(data: Path) -> Mapping[str, Row]:
    """Practice -> its list size and published total."""
    found = rows(data / "published" / "practice_totals_scotland.csv")
    return {row["practice"]: row for row in found if row["year"] == YEAR}


def rows(file: Path) -> Iterator[Row]:
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def published(row: Row) -> Fraction:
    return Fraction(Decimal(row["achieved_points"]))


def counts_of(rules: CompiledRuleset, practice: list[Row], list_size: int) -> Counts:
    """What of a practice's published rows can be counted."""
    registers: dict[str, int] = {}
    indicators = []
    for row in practice:
        indicator = rules.by_code[row["indicator"]].indicator
        if indicator.register is not None and row["register"].isdecimal():
            registers[indicator.register] = int(row["register"])
        if indicator.kind == "yes-no":
            indicators.append(IndicatorCount(indicator.code, achieved=published(row) > 0))
        elif indicator.kind == "register":
            indicators.append(IndicatorCount(indicator.code))
        elif row["denominator"].isdecimal():
            indicators.append(IndicatorCount(indicator.code, int(row["numerator"]), int(row["denominator"])))
    return Counts(list_size, registers, indicators)


def checkable(rules: CompiledRuleset, row: Row) -> bool:
    kind = rules.by_code[row["indicator"]].indicator.kind
    return row["register" if kind == "register" else "denominator"].isdecimal() and kind != "yes-no"


def test_published_points_are_reproduced(rules: CompiledRuleset, results: Mapping[str, list[Row]]) -> None:
    checked, differing = 0, {}
    for practice, found in results.items():
        achievement = calculate(rules, counts_of(rules, found, 10**6))
        points = {result.indicator.code: result.points for result in achievement.indicators}
        for row in found:
            if checkable(rules, row):
                checked += 1
                if abs(points[row["indicator"]] - published(row)) > PRINTED:
                    differing[practice, row["indicator"]] = (float(points[row["indicator"]]), row)
    assert checked == 87084
    assert 1 - len(differing) / checked >= 0.9998, differing
    assert set(differing) == LOCAL_AWARDS, differing


def test_practice_totals_are_the_sum_of_unrounded_points(
    rules: CompiledRuleset, results: Mapping[str, list[Row]], totals: Mapping[str, Row]
) -> None:
    """The calculator's total, plus the published points of what cannot be checked, is the published total."""
    differing = set()
    practices = [practice for practice in results if practice in totals]
    for practice in practices:
        found = results[practice]
        achievement = calculate(rules, counts_of(rules, found, 10**6))
        given = {row["indicator"]: published(row) for row in found if not checkable(rules, row)}
        total = achievement.points + sum(
            given.get(result.indicator.code, Fraction(0)) - result.points
            for result in achievement.indicators
            if result.indicator.code in given
        )
        if abs(total - Fraction(Decimal(totals[practice]["points_achieved"]))) > PRINTED:
            differing.add(practice)
    assert len(practices) == 968
    assert differing == {practice for practice, _ in LOCAL_AWARDS}


def test_published_counts_have_no_faults(
    rules: CompiledRuleset, results: Mapping[str, list[Row]], totals: Mapping[str, Row]
) -> None:
    """A real extract is never rejected. A suppressed register is missing here, which is the publication's doing."""
    found = {
        practice: [
            fault
            for fault in faults(rules, counts_of(rules, results[practice], int(totals[practice]["list_size"])))
            if fault.rule != "register-present"
        ]
        for practice in results
        if practice in totals
    }
    assert {practice: told for practice, told in found.items() if told} == {}


@pytest.mark.parametrize("mapping_file", sorted((Path(str(RULESETS)) / "tables").glob("*.yaml")), ids=lambda f: f.stem)
def test_rulesets_are_what_their_tables_give(data: Path, mapping_file: Path) -> None:
    mapping = read_document(mapping_file.read_text(encoding="utf-8"))
    table = (data / "indicators" / mapping["table"]).read_text(encoding="utf-8")
    for ruleset_id in mapping["rulesets"]:
        text = (RULESETS / f"{ruleset_id}.yaml").read_text(encoding="utf-8")
        assert write_ruleset(table, mapping, ruleset_id) == text
