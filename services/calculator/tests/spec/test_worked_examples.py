"""Every worked example of `<year>/*.yaml`: counts in, exact points out.

A file is `ruleset:` and `examples:`. An example has a `name`, `registers` and `indicators` (the counts), what was
`determined` for an indicator of the practice, and what is expected: `points` and `status` by indicator, `total`,
`points_available`. `otherwise: full` reports everything else as fully achieved. A file of `generic/` has an `indicator`
of its own and `cases` instead.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.compiled import CompiledRuleset, compile_ruleset
from qof_calculator.core.counts import Counts, Determination, IndicatorCount
from qof_calculator.core.points import Achievement, calculate
from qof_calculator.core.ruleset import ruleset_from_document
from qof_calculator.core.validation import faults
from qof_shared.vocabulary import Determines, rational_text

HERE = Path(__file__).parent


def examples(years: str) -> Iterator[Any]:
    for file in sorted(HERE.glob(f"{years}/*.yaml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for example in content["examples"]:
            ruleset = content.get("ruleset")
            yield pytest.param(ruleset, example, id=f"{file.parent.name}/{file.stem}: {example['name']}")


@pytest.fixture(scope="module")
def catalogue() -> Any:
    return load_rulesets()


@pytest.mark.parametrize(("ruleset_id", "example"), list(examples("20*")))
def test_worked_example_of_a_year(catalogue: Any, ruleset_id: str, example: Mapping[str, Any]) -> None:
    rules = catalogue.by_id(ruleset_id)
    counts, determinations = counts_of(rules, example), determinations_of(rules, example)
    assert faults(rules, counts, determinations) == []
    achievement = calculate(rules, counts, determinations)
    results = {result.indicator.code: result for result in achievement.indicators}
    points = {code: results[code].points_text for code in example.get("points", {})}
    assert points == {code: exactly(text) for code, text in example.get("points", {}).items()}
    statuses = {code: results[code].status for code in example.get("status", {})}
    assert statuses == example.get("status", {})
    assert_totals(achievement, example)


def assert_totals(achievement: Achievement, example: Mapping[str, Any]) -> None:
    if "total" in example:
        assert achievement.points_text == exactly(example["total"])
    if "points_available" in example:
        assert achievement.points_available_text == exactly(example["points_available"])


@pytest.mark.parametrize(("ruleset_id", "example"), list(examples("generic")))
def test_worked_example_of_a_formula(ruleset_id: None, example: Mapping[str, Any]) -> None:
    rules = one_indicator(example["indicator"])
    for case in example["cases"]:
        counts = Counts(10**6, {}, [IndicatorCount("X", case.get("numerator"), case.get("denominator"))])
        determinations = [Determination("X", *determined) for determined in case.get("determined", {}).items()]
        assert faults(rules, counts, determinations) == [], case
        achievement = calculate(rules, counts, determinations)
        assert achievement.points_text == exactly(case["points"]), case
        (result,) = achievement.indicators
        assert result.status == case.get("status", result.status), case


def exactly(text: str) -> str:
    return rational_text(Fraction(text))


def counts_of(rules: CompiledRuleset, example: Mapping[str, Any]) -> Counts:
    full = example.get("otherwise") == "full"
    registers = dict.fromkeys(rules.ruleset.registers, 100) if full else {}
    given = {code: IndicatorCount(code, **(row or {})) for code, row in example.get("indicators", {}).items()}
    if full:
        for code, term in rules.by_code.items():
            everything = {"numerator": 100, "denominator": 100, "achieved": True}
            counts = {name: everything[name] for name in term.kind.counts}
            empty = example.get("registers", {}).get(term.register) == 0
            fallback = IndicatorCount(code, 0, 0) if empty and "numerator" in counts else None
            given.setdefault(code, fallback or IndicatorCount(code, **counts))  # type: ignore[arg-type]
    registers.update(example.get("registers", {}))
    return Counts(example.get("list_size", 5000), registers, list(given.values()))


def determinations_of(rules: CompiledRuleset, example: Mapping[str, Any]) -> list[Determination]:
    """What the example says; where everything else is full, so are the reference points of protected indicators."""
    determined = {code: dict(values or {}) for code, values in example.get("determined", {}).items()}
    for code, term in rules.by_code.items():
        if example.get("otherwise") == "full" and Determines.REFERENCE_POINTS in term.kind.determines:
            determined.setdefault(code, {Determines.REFERENCE_POINTS: term.full_text})
    return [Determination(code, *one) for code, values in determined.items() for one in values.items()]


def one_indicator(row: Mapping[str, Any]) -> CompiledRuleset:
    """A rule set of nothing but this indicator."""
    indicator = {
        "code": "X",
        "group": "X",
        "domain": "X",
        "description": "",
        "kind": "fraction",
        "lower_threshold": None,
        "upper_threshold": None,
        "register": None,
        "prevalence_register": None,
        "source": "",
        **row,
    }
    group = {"code": "X", "name": "X", "domain": "X", "register": None, "zero_register_reduces": False}
    document = {
        "ruleset_id": "generic",
        "nation": "england",
        "qof_year": "2012-13",
        "achievement_date": "2013-03-31",
        "status": "draft",
        "points_total": row["points"],
        "domain_totals": {"X": row["points"]},
        "shares_table_with": [],
        "successions": {},
        "list_types": {},
        "sources": {},
        "caveats": [],
        "registers": {},
        "groups": [group],
        "indicators": [indicator],
    }
    return compile_ruleset(ruleset_from_document(document, ""))
