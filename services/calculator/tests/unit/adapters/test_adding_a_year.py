"""Is a new year data alone? What docs/adding-a-year.md says, done for England's 2027-28 from 2026-27's files."""

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from qof_calculator.adapters import indicator_tables, rulesets
from qof_calculator.adapters.rulesets import RULESETS, RulesetCatalogue, load_rulesets, read_ruleset
from qof_calculator.core.compiled import compile_ruleset
from qof_calculator.core.counts import Counts, IndicatorCount
from qof_calculator.core.points import calculate
from qof_calculator.core.ruleset import Ruleset
from qof_calculator.core.validation import faults
from qof_shared.vocabulary import rational_text

COLUMNS = (
    "year",
    "indicator",
    "domain",
    "group",
    "description",
    "points",
    "lower_threshold_pct",
    "upper_threshold_pct",
    "kind",
    "source",
)


@pytest.fixture(scope="module")
def catalogue() -> RulesetCatalogue:
    return load_rulesets()


@pytest.fixture
def folder(tmp_path: Path, catalogue: RulesetCatalogue) -> Path:
    """Step 1 and 2: the table of 2027-28 (`tables/`), its mapping (`mappings/`) and an empty folder `out/`."""
    for name in ("tables", "mappings", "out"):
        (tmp_path / name).mkdir()
    before = catalogue.by_id("england-2026-27").ruleset
    with (tmp_path / "tables" / "indicators_2027-28.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(rows_of(before))
    mapping = yaml.safe_load((RULESETS / "tables" / "2026-27.yaml").read_text(encoding="utf-8"))
    mapping |= {
        "table": "indicators_2027-28.csv",
        "qof_year": "2027-28",
        "achievement_date": "2028-03-31",
        "status": "draft",
        "successions": {"NDH003": "NDH004"},
        "rulesets": {"england-2027-28": {"nation": "england"}},
    }
    write(tmp_path, mapping)
    return tmp_path


def rows_of(before: Ruleset) -> list[dict[str, Any]]:
    """Last year's table with what is new: NDH003 becomes NDH004 with another threshold, two points move."""
    groups = {group.code: group.name for group in before.groups}
    rows = []
    for one in before.indicators:
        points = {"AF006": one.points + 2, "AF008": one.points - 2}.get(one.code, one.points)
        code, upper = ("NDH004", "80") if one.code == "NDH003" else (one.code, one.upper_text)
        values = (one.domain, groups[one.group], one.description, rational_text(points), one.lower_text, upper)
        rows.append(
            dict(zip(COLUMNS, ("2027-28", code, *values, "fraction", "the new contract's letter"), strict=True))
        )
    return rows


def write(folder: Path, mapping: dict[str, Any]) -> None:
    (folder / "mappings" / "2027-28.yaml").write_text(yaml.safe_dump(mapping), encoding="utf-8")


def make(folder: Path) -> Path:
    """Step 3."""
    indicator_tables.main(
        [str(folder / "tables"), "--mappings", str(folder / "mappings"), "--out", str(folder / "out")]
    )
    return folder / "out" / "england-2027-28.yaml"


def test_new_year_is_written_linted_and_calculated_with(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = make(folder)
    assert rulesets.main([str(file)]) == 0, "step 4"
    assert "england-2027-28: 43 indicators, 6 unverified, 582 points, digest " in capsys.readouterr().out

    rules = compile_ruleset(read_ruleset(file.read_text(encoding="utf-8")))
    everything = [IndicatorCount(term.code, 100, 100) for term in rules.terms]
    counts = Counts(5000, dict.fromkeys(rules.ruleset.registers, 100), everything)
    assert faults(rules, counts) == []
    assert calculate(rules, counts).points == 582
    some = Counts(5000, {"AF": 100, "NDH": 200}, [IndicatorCount("AF006", 95, 100), IndicatorCount("NDH004", 65, 100)])
    # AF006: all of its 14 points; NDH004: (65 - 50) / (80 - 50) x 20 = 10
    assert calculate(rules, some).points == 24


def test_year_that_was_not_mapped_to_the_end_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = yaml.safe_load((folder / "mappings" / "2027-28.yaml").read_text(encoding="utf-8"))
    write(folder, mapping | {"successions": {"NDH002": "NDH004"}})
    assert rulesets.main([str(make(folder))]) == 1
    assert "the succession NDH002 -> NDH004 begins at an indicator that is not in england-2026-27" in (
        capsys.readouterr().err
    )


def test_published_year_is_frozen(folder: Path) -> None:
    mapping = yaml.safe_load((folder / "mappings" / "2027-28.yaml").read_text(encoding="utf-8"))
    write(folder, mapping | {"status": "published"})
    ruleset = read_ruleset(make(folder).read_text(encoding="utf-8"))
    (told,) = rulesets.frozen_faults([ruleset], rulesets.frozen_digests())
    assert told.startswith("england-2027-28: it is published and not frozen; write its digest")
