"""The fast engine and the slow one agree on every rule set; whoever breaks either of them is told, with an example."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import yaml

from qof_calculator.core.compiled import CompiledRuleset
from qof_calculator.core.points import Achievement, calculate
from tests.engines import compare, compare_statements, documents, reference_pounds
from tests.engines.__main__ import DIFFERENT, main, table
from tests.engines.compare import Counts, Extract, Tally, compare_points
from tests.engines.compare_statements import NATION
from tests.engines.example import example, told
from tests.engines.work import compare as compare_all
from tests.engines.work import portions

RESULTS = 60_000
RULESET = "scotland-2012-13"


def test_both_engines_agree_on_every_rule_set() -> None:
    tallies = compare_all(RESULTS, "every test run")
    assert [tally.ruleset for tally in tallies] == sorted(documents.rulesets())
    assert sum(tally.results for tally in tallies) >= RESULTS
    assert all(tally.lines for tally in tallies), "a rule set without money parameters"
    assert "\n\n".join(told(difference) for tally in tallies for difference in tally.differences) == ""


def test_all_work_is_shared_out_once() -> None:
    work = list(portions(100_000, "s"))
    seeds = [(portion.ruleset, seed) for portion in work if not portion.is_nation for seed in portion.seeds]
    assert len(seeds) == len(set(seeds))
    assert {ruleset for ruleset, _ in seeds} == set(documents.rulesets())
    assert max(len(portion.seeds) for portion in work if portion.is_nation) <= NATION


def test_a_percentage_rounded_before_it_is_compared_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = calculate

    def rounding(rules: CompiledRuleset, extract: Extract, determinations: Any) -> Achievement:
        return exact(rules, replace_counts(extract), determinations)

    def replace_counts(extract: Extract) -> Extract:
        return Extract(extract.list_size, extract.registers, [whole(one) for one in extract.indicators], [])

    def whole(count: Counts) -> Counts:
        if not count.denominator or count.numerator is None:
            return count
        percentage = round(Fraction(100 * count.numerator, count.denominator))
        return Counts(count.indicator, percentage, 100, count.achieved)

    monkeypatch.setattr(compare, "calculate", rounding)
    tally = compare_points(RULESET, [str(number) for number in range(20)])
    assert tally.results_different > 0
    assert not tally.is_equal
    first = told(next(one for one in tally.differences if one.what.isalnum()))
    (shrunk,) = yaml.safe_load(first)["examples"]
    assert yaml.safe_load(first)["ruleset"] == RULESET
    assert len(shrunk["indicators"]) == 1, "what the difference does not need is left out"
    assert set(shrunk["points"]) == set(shrunk["indicators"])
    assert "# fast engine: status " in first


def test_what_is_determined_is_told_as_the_worked_examples_have_it() -> None:
    made = {"indicator": "AF06", "determines": "adjusted-points", "value": "2.5"}
    practice = {"list_size": 100, "registers": {}, "indicators": [], "determinations": [made]}
    (found,) = example(RULESET, practice, "AF06")["examples"]
    assert found["determined"] == {"AF06": {"adjusted-points": "2.5"}}
    assert (found["points"], found["status"], found["total"]) == ({"AF06": "5/2"}, {"AF06": "partly"}, "5/2")


def test_another_penny_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = reference_pounds.pence
    monkeypatch.setattr(reference_pounds, "pence", lambda pounds: exact(pounds + Fraction(1, 100)))
    tally = compare_statements.compare_statements(RULESET, ["1", "2"])
    assert tally.lines_different >= tally.lines
    assert tally.differences[0].what.startswith("line ")


def test_another_national_mean_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = compare_statements.year_of

    def wrong(ruleset: str, seed: str) -> tuple[Any, Any]:
        parameters, money = right(ruleset, seed)
        return replace(parameters, prevalence_regime="cut-off", cut_off_share=Fraction(1, 20)), money

    monkeypatch.setattr(compare_statements, "year_of", wrong)
    tally = compare_statements.compare_statements(RULESET, ["1", "2", "3"])
    assert any(one.what.startswith("national figures of ") for one in tally.differences)


def test_the_table_counts_what_is_equal_and_the_command_fails_on_a_difference(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally("a", extracts=2, results=1234, results_different=4, lines=10, lines_different=1)
    assert table([tally]).splitlines()[-1] == "| all | 2 | 1,234 | 1,230 | 4 | 10 | 9 | 1 |"
    monkeypatch.setattr(documents, "rulesets", lambda: {RULESET: documents_of(RULESET)})
    assert main(["--results", "1", "--processes", "1", "--seed", "s"]) == 0
    monkeypatch.setattr(reference_pounds, "pence", lambda pounds: 0)
    assert main(["--results", "1", "--processes", "1", "--seed", "s"]) == DIFFERENT
    assert "slow engine: points" in capsys.readouterr().err


documents_of = documents.rulesets().__getitem__
