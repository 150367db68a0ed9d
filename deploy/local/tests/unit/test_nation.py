"""Is the invented nation always the same, always free of faults, and like a real one?"""

from collections.abc import Sequence
from statistics import correlation, mean, median

import msgspec
import pytest

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.points import calculate
from qof_calculator.core.validation import faults
from qof_local.nation import PREVALENCES, SMALLEST_LIST, SyntheticNation
from qof_shared.contracts import Extract

CATALOGUE = load_rulesets()
ENGLAND = "england-2012-13"


def nation(ruleset: str = ENGLAND, *, seed: int = 1) -> SyntheticNation:
    return SyntheticNation(CATALOGUE.by_id(ruleset), seed=seed, average_list=5891)


def extracts(found: SyntheticNation, count: int) -> list[Extract]:
    return [found.extract(index, "A81001", "QOF-2012-13") for index in range(count)]


@pytest.fixture(scope="module")
def thousand() -> Sequence[Extract]:
    return extracts(nation(), 1_000)


def test_same_seed_same_practice_whatever_was_asked_before() -> None:
    one, other = nation(), nation()
    in_order = extracts(one, 5)
    assert [other.extract(index, "A81001", "QOF-2012-13") for index in (4, 3, 2, 1, 0)] == in_order[::-1]


def test_another_seed_or_number_is_another_practice() -> None:
    assert nation(seed=1).extract(0, "A81001", "C") != nation(seed=2).extract(0, "A81001", "C")
    assert nation().extract(0, "A81001", "C") != nation().extract(1, "A81001", "C")


@pytest.mark.parametrize("ruleset", CATALOGUE.ids)
def test_extracts_of_every_rule_set_have_no_fault(ruleset: str) -> None:
    rules = CATALOGUE.by_id(ruleset)
    for extract in extracts(nation(ruleset, seed=7), 100):
        assert faults(rules, extract) == []
        assert calculate(rules, extract).is_sound


def test_thousand_extracts_have_no_fault(thousand: Sequence[Extract]) -> None:
    rules = CATALOGUE.by_id(ENGLAND)
    for extract in thousand:
        assert faults(rules, extract) == []


@pytest.mark.parametrize("ruleset", CATALOGUE.ids)
def test_most_of_what_needs_no_determination_is_achieved(ruleset: str) -> None:
    rules = CATALOGUE.by_id(ruleset)
    results = [calculate(rules, extract) for extract in extracts(nation(ruleset), 50)]
    waiting = sum(one.indicator.points for one in results[0].indicators if one.status == "not-reported")
    shares = [float(one.points / (one.points_available - waiting)) for one in results]
    assert 0.8 < median(shares) <= 1
    unreported = {one.indicator.kind for one in results[0].indicators if one.status == "not-reported"}
    assert unreported <= {"tiered", "protected"}, "they wait for somebody's determination"


@pytest.mark.parametrize("ruleset", CATALOGUE.ids)
def test_every_register_has_a_prevalence_of_its_own(ruleset: str) -> None:
    assert set(CATALOGUE.by_id(ruleset).ruleset.registers) <= PREVALENCES.keys()


@pytest.mark.parametrize("ruleset", CATALOGUE.ids)
def test_every_indicator_of_the_rule_set_is_reported(ruleset: str) -> None:
    rules = CATALOGUE.by_id(ruleset)
    extract = nation(ruleset).extract(0, "A81001", "C")
    assert [count.indicator for count in extract.indicators] == [
        term.code for term in rules.by_code.values() if term.counted is not None
    ]
    assert list(extract.registers) == list(rules.ruleset.registers)


def test_everybody_on_the_register_is_counted_or_left_out_once(thousand: Sequence[Extract]) -> None:
    terms = CATALOGUE.by_id(ENGLAND).by_code
    for extract in thousand:
        for count in extract.indicators:
            register = terms[count.indicator].register
            if count.denominator is not None and register is not None:
                left_out = sum(count.exclusions.values()) + sum(count.pcas.values())
                assert count.denominator + left_out == extract.registers[register]


def test_lists_and_prevalences_are_like_real_ones(thousand: Sequence[Extract]) -> None:
    lists = [extract.list_size for extract in thousand]
    assert mean(lists) == pytest.approx(5891, rel=0.08)
    assert min(lists) == SMALLEST_LIST
    assert 20_000 < max(lists) <= 30_000
    for register in ("BP", "CHD", "DM", "SMOKING"):
        prevalence = mean(extract.registers[register] / extract.list_size for extract in thousand)
        assert prevalence == pytest.approx(PREVALENCES[register].mean, rel=0.05)


def test_registers_of_one_practice_move_together(thousand: Sequence[Extract]) -> None:
    def prevalences(register: str) -> list[float]:
        return [extract.registers[register] / extract.list_size for extract in thousand]

    assert correlation(prevalences("CHD"), prevalences("STROKE")) > 0.5
    assert correlation(prevalences("COPD"), prevalences("MH")) > 0.2
    assert abs(correlation(prevalences("ASTHMA"), prevalences("DEM"))) < 0.15


def test_achievement_most_high_some_mediocre_few_poor(thousand: Sequence[Extract]) -> None:
    rules = CATALOGUE.by_id(ENGLAND)
    points = sorted(calculate(rules, extract).points for extract in thousand)
    assert median(points) > 975
    assert 940 < mean(points) < 985
    assert points[20] < 800


def test_some_registers_are_empty(thousand: Sequence[Extract]) -> None:
    with_empty = sum(0 in extract.registers.values() for extract in thousand)
    assert 20 < with_empty < 150


def test_extract_is_about_ten_kilobytes(thousand: Sequence[Extract]) -> None:
    assert 8_000 < mean(len(msgspec.json.encode(extract)) for extract in thousand) < 14_000
