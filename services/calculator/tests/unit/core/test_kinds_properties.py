"""What must hold for every year and every kind, whatever is counted and determined."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.compiled import CompiledRuleset, Term
from qof_calculator.core.counts import Counts, Determination, IndicatorCount
from qof_calculator.core.points import calculate, without_determinations
from qof_calculator.core.validation import faults
from qof_shared.vocabulary import Determines, rational_text

CATALOGUE = load_rulesets()
COUNTED = [
    (rules, term)
    for rules in CATALOGUE
    for term in rules.by_code.values()
    if "numerator" in term.kind.counts and (term.indicator.kind != "fraction" or term.code.endswith("1"))
]
"""Every indicator with a numerator of a rarer kind, and some fractions."""
SEEDS = st.integers(0, 2**32)
FIELDS = ("numerator", "denominator", "achieved")
RISING = (Determines.TIER_PERCENTAGES, Determines.BASELINE_PERCENTAGE, Determines.UPPER_THRESHOLD)
"""Determinations with which points still follow the counts."""


def practice(rules: CompiledRuleset, random: Random) -> Counts:
    """Counts without faults: some registers empty, some indicators missing."""
    registers = {name: random.choice([0, 1, 50, 400, random.randint(0, 900)]) for name in rules.ruleset.registers}
    counts = []
    for code, term in rules.by_code.items():
        if random.random() < 0.1:
            continue
        shape = random.choice(term.counts)
        denominator = random.randint(0, registers[term.register] if term.register else 900)
        numerator = random.randint(0, denominator)
        values = (numerator, denominator, random.random() < 0.8)
        given = {name: value for name, value, wanted in zip(FIELDS, values, shape, strict=True) if wanted}
        counts.append(IndicatorCount(code, **given))  # type: ignore[arg-type]
    return Counts(1000, registers, counts)


def determinations(rules: CompiledRuleset, random: Random) -> list[Determination]:
    """Possible ones, for about one indicator in five and for all that need some."""
    found = []
    for term in rules.by_code.values():
        values = determinable(term, random)
        for determines, value in values.items():
            if random.random() < (0.1 if determines == Determines.ADJUSTED_POINTS or len(values) > 2 else 0.8):
                found.append(Determination(term.code, determines, value))
    return found


def determinable(term: Term, random: Random) -> Mapping[str, str]:
    points = rational_text(term.indicator.points * Fraction(random.randint(0, 7), 7))
    values: dict[str, str] = {Determines.ADJUSTED_POINTS: points}
    kinds = term.kind.determines
    if Determines.REFERENCE_POINTS in kinds:
        values[Determines.REFERENCE_POINTS] = points
    if Determines.BASELINE_PERCENTAGE in kinds:
        values[Determines.BASELINE_PERCENTAGE] = f"{random.randint(0, 99)}.5"
    if Determines.TIER_PERCENTAGES in kinds:
        tiers = len(term.indicator.parameters["tiers"].split())
        values[Determines.TIER_PERCENTAGES] = " ".join(map(str, sorted(random.sample(range(101), tiers))))
    if Determines.UPPER_THRESHOLD in kinds:
        assert term.indicator.lower_threshold is not None
        values[Determines.UPPER_THRESHOLD] = str(random.randint(int(term.indicator.lower_threshold) + 1, 100))
    return values


@pytest.mark.parametrize("ruleset_id", CATALOGUE.ids)
@settings(max_examples=8)
@given(seed=SEEDS)
def test_points_are_bounded_and_add_up(ruleset_id: str, seed: int) -> None:
    random, rules = Random(seed), CATALOGUE.by_id(ruleset_id)
    counts, determined = practice(rules, random), determinations(rules, random)
    achievement = calculate(rules, counts, determined)
    assert (achievement.is_sound, faults(rules, counts, determined)) == (True, [])
    for result in achievement.indicators:
        assert 0 <= result.points <= result.points_available
        assert result.points_available in (0, result.indicator.points)
        assert (result.points_available == 0) == (result.status == "not-available" or result.indicator.points == 0)
    assert achievement.points == sum(result.points for result in achievement.indicators)
    assert achievement.points_available == sum(result.points_available for result in achievement.indicators)


@pytest.mark.parametrize("ruleset_id", CATALOGUE.ids)
@settings(max_examples=3)
@given(seed=SEEDS)
def test_adjusted_points_are_what_was_said_and_change_nothing_else(ruleset_id: str, seed: int) -> None:
    random, rules = Random(seed), CATALOGUE.by_id(ruleset_id)
    counts = practice(rules, random)
    adjusted = [one for one in determinations(rules, random) if one.determines == Determines.ADJUSTED_POINTS]
    said = {one.indicator: Fraction(one.value) for one in adjusted}
    before = {result.indicator.code: result.points for result in calculate(rules, counts).indicators}
    for result in calculate(rules, counts, adjusted).indicators:
        if result.indicator.code in said:
            assert result.points == said[result.indicator.code]
        elif result.indicator.kind != "holistic":
            assert result.points == before[result.indicator.code]
    was = without_determinations(rules, counts, adjusted)
    assert [Fraction(text or "") for text in was] == [before[one.indicator] for one in adjusted]


@given(st.sampled_from(COUNTED), st.integers(1, 5000), SEEDS, st.data())
def test_points_rise_with_the_numerator(
    one: tuple[CompiledRuleset, Term], denominator: int, seed: int, data: st.DataObject
) -> None:
    rules, term = one
    fewer = data.draw(st.integers(0, denominator))
    more = data.draw(st.integers(fewer, denominator))
    values = determinable(term, Random(seed))
    determined = [Determination(term.code, name, value) for name, value in values.items() if name in RISING]
    low, high = (points(rules, term, numerator, denominator, determined) for numerator in (fewer, more))
    assert 0 <= low <= high <= term.indicator.points
    assert points(rules, term, denominator, denominator, determined) == (
        0 if term.indicator.kind == "tiered" and not determined else term.indicator.points
    )


@given(st.integers(1, 5000), st.integers(0, 100), st.data())
def test_improvement_never_takes_points_away(denominator: int, baseline: int, data: st.DataObject) -> None:
    rules = CATALOGUE.by_id("england-2026-27")
    term, numerator = rules.by_code["VI001"], data.draw(st.integers(0, denominator))
    improved = [Determination("VI001", Determines.BASELINE_PERCENTAGE, str(baseline))]
    assert points(rules, term, numerator, denominator, improved) >= points(rules, term, numerator, denominator, [])


def points(
    rules: CompiledRuleset, term: Term, numerator: int, denominator: int, determined: Sequence[Determination]
) -> Fraction:
    counts = Counts(10**9, {}, [IndicatorCount(term.code, numerator, denominator)])
    (result,) = (one for one in calculate(rules, counts, determined).indicators if one.indicator.code == term.code)
    return result.points
