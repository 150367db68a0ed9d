"""What must hold for all counts; and agreement with a second, slow calculator written from the rules' text."""

from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.compiled import CompiledRuleset
from qof_calculator.core.counts import Counts, IndicatorCount
from qof_calculator.core.points import calculate
from qof_calculator.core.ruleset import Indicator, Ruleset
from qof_calculator.core.validation import faults

CATALOGUE = load_rulesets()
PLAIN, HOLISTIC = CATALOGUE.by_id("scotland-2012-13"), CATALOGUE.by_id("england-2006-07")
FRACTIONS = [one for one in PLAIN.ruleset.indicators if one.kind == "fraction"]


def practice(rules: CompiledRuleset, random: Random) -> Counts:
    """Counts without faults: some registers empty, some indicators missing, any order."""
    registers = {name: random.choice([0, 1, 50, 400, random.randint(0, 900)]) for name in rules.ruleset.registers}
    counts = []
    for indicator in random.sample(rules.ruleset.indicators, k=len(rules.ruleset.indicators)):
        if random.random() < 0.1:
            continue
        if indicator.kind == "fraction":
            denominator = random.randint(0, registers[indicator.register] if indicator.register else 900)
            counts.append(IndicatorCount(indicator.code, random.randint(0, denominator), denominator))
        elif indicator.kind == "yes-no":
            counts.append(IndicatorCount(indicator.code, achieved=random.random() < 0.8))
        else:
            counts.append(IndicatorCount(indicator.code))
    return Counts(1000, registers, counts)


def slow_points(ruleset: Ruleset, indicator: Indicator, counts: Counts) -> Fraction | None:
    """rules.md 2.1, 2.2 and 2.4, word for word, in Fractions; None: not available."""
    group = next(group for group in ruleset.groups if group.code == indicator.group)
    area = {group.register, indicator.register} - {None}
    if group.zero_register_reduces and any(counts.registers.get(name or "") == 0 for name in area):
        return None
    reported = [count for count in counts.indicators if count.indicator == indicator.code]
    if indicator.kind == "register":
        return indicator.points if counts.registers.get(indicator.register or "", 0) >= 1 else Fraction(0)
    if indicator.kind == "holistic":
        return slow_holistic(ruleset, indicator, counts)
    if not reported:
        return Fraction(0)
    if indicator.kind == "yes-no":
        return indicator.points if reported[0].achieved else Fraction(0)
    assert reported[0].numerator is not None
    assert indicator.lower_threshold is not None
    assert indicator.upper_threshold is not None
    if not reported[0].denominator:
        return Fraction(0)
    a = 100 * Fraction(reported[0].numerator, reported[0].denominator)
    if a < indicator.lower_threshold:
        return Fraction(0)
    if a >= indicator.upper_threshold:
        return indicator.points
    width = indicator.upper_threshold - indicator.lower_threshold
    return (a - indicator.lower_threshold) / width * indicator.points


def slow_holistic(ruleset: Ruleset, holistic: Indicator, counts: Counts) -> Fraction:
    """20 x the share achieved in the third-lowest clinical area (rules.md 1.1)."""
    shares = []
    for group in ruleset.groups:
        members = [one for one in ruleset.indicators if one.group == group.code]
        earned = [(one, slow_points(ruleset, one, counts)) for one in members if one is not holistic]
        available = sum((one.points for one, points in earned if points is not None), Fraction(0))
        if group.domain == "Clinical" and available:
            shares.append(sum((points for _, points in earned if points is not None), Fraction(0)) / available)
    return holistic.points * max(sorted(shares)[:3], default=Fraction(0))


def agree(rules: CompiledRuleset, counts: Counts) -> None:
    achievement = calculate(rules, counts)
    expected = {one.code: slow_points(rules.ruleset, one, counts) for one in rules.ruleset.indicators}
    for result in achievement.indicators:
        slow = expected[result.indicator.code]
        assert result.points == (slow or 0)
        assert (slow is None) == (result.status == "not-available")
        assert 0 <= result.points <= result.points_available <= result.indicator.points
    assert achievement.points == sum((points or Fraction(0) for points in expected.values()), Fraction(0))
    assert achievement.points_available == sum(
        (one.points for one in rules.ruleset.indicators if expected[one.code] is not None), Fraction(0)
    )
    assert Fraction(achievement.points_text) == achievement.points


# A whole practice is drawn from a seed: drawing 148 indicators one by one takes Hypothesis seconds.
SEEDS = st.integers(0, 2**32)


@settings(max_examples=30)
@given(SEEDS)
def test_fast_and_slow_calculator_agree(seed: int) -> None:
    agree(PLAIN, practice(PLAIN, Random(seed)))


@settings(max_examples=30)
@given(SEEDS)
def test_fast_and_slow_calculator_agree_with_holistic_points(seed: int) -> None:
    agree(HOLISTIC, practice(HOLISTIC, Random(seed)))


@settings(max_examples=30)
@given(SEEDS)
def test_practices_without_faults_have_none(seed: int) -> None:
    assert faults(PLAIN, practice(PLAIN, Random(seed))) == []


@settings(max_examples=30)
@given(SEEDS)
def test_order_of_indicators_does_not_matter(seed: int) -> None:
    random = Random(seed)
    counts = practice(PLAIN, random)
    shuffled = random.sample(counts.indicators, k=len(counts.indicators))
    again = calculate(PLAIN, Counts(counts.list_size, counts.registers, shuffled))
    first = calculate(PLAIN, counts)
    assert (again.points, again.indicators) == (first.points, first.indicators)


def points_of(indicator: Indicator, numerator: int, denominator: int) -> Fraction:
    count = IndicatorCount(indicator.code, numerator, denominator)
    return calculate(PLAIN, Counts(10**9, {}, [count])).points


@given(st.sampled_from(FRACTIONS), st.integers(1, 5000), st.data())
def test_points_rise_with_the_numerator(indicator: Indicator, denominator: int, data: st.DataObject) -> None:
    fewer = data.draw(st.integers(0, denominator))
    more = data.draw(st.integers(fewer, denominator))
    assert points_of(indicator, fewer, denominator) <= points_of(indicator, more, denominator)


@given(st.sampled_from(FRACTIONS), st.integers(1, 10**7))
def test_just_under_the_upper_threshold_is_never_everything(indicator: Indicator, denominator: int) -> None:
    assert indicator.upper_threshold is not None
    least = -(-indicator.upper_threshold * denominator // 100)  # the first whole patient at the threshold
    assert points_of(indicator, int(least), denominator) == indicator.points
    assert points_of(indicator, int(least) - 1, denominator) < indicator.points
