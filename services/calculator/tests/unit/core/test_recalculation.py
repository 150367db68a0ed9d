"""Sums without words: the same points as `calculate`, added up as the caller says."""

from collections.abc import Callable
from fractions import Fraction
from random import Random

import pytest

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.compiled import CompiledRuleset, compile_ruleset
from qof_calculator.core.counts import Counts, Determination, IndicatorCount
from qof_calculator.core.points import calculate
from qof_calculator.core.recalculation import recalculate, sums_of
from qof_calculator.core.ruleset import Indicator, Ruleset

EVERYTHING = [
    IndicatorCount("AF01"),
    IndicatorCount("AF05", 65, 100),
    IndicatorCount("CS05", achieved=True),
    IndicatorCount("LD02", 9, 10),
]


def by_line(rules: CompiledRuleset, counts: Counts) -> list[Fraction]:
    """AF01 and AF05 together, CS05 and LD02 each alone."""
    sums = sums_of(rules, {"AF01": 0, "AF05": 0, "CS05": 1, "LD02": 2})
    return [Fraction(*points) for points in recalculate(sums, counts)]


@pytest.mark.parametrize(
    ("registers", "changed", "expected"),
    [
        ({"AF": 100, "LD": 10}, {}, [Fraction(10), Fraction(1, 2), Fraction(10)]),  # 5 + 10 × 25/50
        ({"AF": 0, "LD": 10}, {"AF05": (0, 0)}, [Fraction(0), Fraction(1, 2), Fraction(10)]),
        ({"LD": 10}, {"AF01": None, "AF05": None}, [Fraction(0), Fraction(1, 2), Fraction(10)]),
        ({"AF": 100, "LD": 10}, {"LD02": (0, 0)}, [Fraction(10), Fraction(1, 2), Fraction(0)]),
        ({"AF": 100, "LD": 10}, {"AF05": (40, 100)}, [Fraction(5), Fraction(1, 2), Fraction(10)]),
        ({"AF": 100, "LD": 10}, {"AF05": (90, 100)}, [Fraction(15), Fraction(1, 2), Fraction(10)]),
        # 10 × (200/3 - 40)/50 = 16/3 and 10 × (50 - 40)/50 = 2: two parts that share no denominator
        ({"AF": 100, "LD": 10}, {"AF05": (2, 3), "LD02": (5, 10)}, [Fraction(31, 3), Fraction(1, 2), Fraction(2)]),
    ],
)
def test_points_by_line(
    rules: CompiledRuleset,
    registers: dict[str, int],
    changed: dict[str, tuple[int, int] | None],
    expected: list[Fraction],
) -> None:
    kept = [one for one in EVERYTHING if one.indicator not in changed]
    kept += [IndicatorCount(code, *counts) for code, counts in changed.items() if counts is not None]
    counts = Counts(1000, registers, kept)
    assert by_line(rules, counts) == expected
    assert sum(expected) == calculate(rules, counts).points


def test_a_no_and_what_is_not_reported_bring_nothing(rules: CompiledRuleset) -> None:
    counts = Counts(1000, {"AF": 1, "LD": 1}, [IndicatorCount("CS05", achieved=False)])
    assert by_line(rules, counts) == [5, 0, 0]  # a register is reported by itself


def test_parts_of_one_line_are_added_exactly(
    indicator: Callable[..., Indicator], ruleset: Callable[..., Ruleset]
) -> None:
    rules = compile_ruleset(ruleset(*(indicator(f"AF0{n}") for n in range(3))))
    sums = sums_of(rules, dict.fromkeys(rules.by_code, 0))
    counts = Counts(1000, {"AF": 90}, [IndicatorCount(f"AF0{n}", 2 + n, 4 + n) for n in range(3)])
    # 10 × (50 - 40)/50 + 10 × (60 - 40)/50 + 10 × (200/3 - 40)/50
    assert [Fraction(*points) for points in recalculate(sums, counts)] == [2 + 4 + Fraction(16, 3)]


@pytest.mark.parametrize(
    ("determines", "value", "expected"),
    [("adjusted-points", "7.5", Fraction("7.5")), ("upper-threshold", "65", Fraction(10)), (None, "", Fraction(5))],
)
def test_what_is_determined_counts(
    rules: CompiledRuleset, determines: str | None, value: str, expected: Fraction
) -> None:
    made = [Determination("AF05", determines, value)] if determines else []
    sums = sums_of(rules, {"AF01": 0, "AF05": 1, "CS05": 0, "LD02": 0})
    counts = Counts(1000, {"AF": 100, "LD": 10}, [IndicatorCount("AF05", 65, 100)])
    assert Fraction(*recalculate(sums, counts, made)[1]) == expected


CATALOGUE = load_rulesets()
PRACTICES = 12
REGISTERS = (0, 1, 40, 400, 400, 400)


def counts_of(rules: CompiledRuleset, random: Random) -> Counts:
    """Counts of every kind, without faults: some registers empty or missing, some indicators not reported."""
    registers = {name: random.choice(REGISTERS) for name in rules.ruleset.registers if random.random() < 0.97}
    kept = []
    for code, term in rules.by_code.items():
        if random.random() < 0.1 or not registers.keys() >= {*term.registers_needed, term.register or "AF"} - {"AF"}:
            continue
        if "achieved" in term.kind.counts:
            kept.append(IndicatorCount(code, achieved=random.random() < 0.7))
        elif "numerator" in term.kind.counts:
            eligible = random.choice((0, 1, 100, random.randint(0, 400)))
            kept.append(IndicatorCount(code, random.randint(eligible // 2, eligible), eligible))
        else:
            kept.append(IndicatorCount(code))
    return Counts(1000, registers, kept)


def determined(rules: CompiledRuleset) -> list[Determination]:
    """What kinds cannot do without, and an adjustment."""
    made = [Determination(next(iter(rules.by_code)), "adjusted-points", "1/3")]
    for code, term in rules.by_code.items():
        if term.indicator.kind == "protected":
            made.append(Determination(code, "reference-points", "0.5" if term.indicator.points > 1 else "0"))
        elif term.indicator.kind == "improvement":
            made.append(Determination(code, "baseline-percentage", "55"))
    return [one for one in made if one.indicator != made[0].indicator or one is made[0]]


@pytest.mark.parametrize("ruleset_id", CATALOGUE.ids)
def test_lines_are_the_sums_of_the_calculated_points(ruleset_id: str) -> None:
    rules = CATALOGUE.by_id(ruleset_id)
    names = sorted({one.prevalence_register or one.domain for one in rules.ruleset.indicators})
    line_of = {one.code: names.index(one.prevalence_register or one.domain) for one in rules.ruleset.indicators}
    sums = sums_of(rules, line_of)
    random = Random(ruleset_id)
    for number in range(PRACTICES):
        counts, made = counts_of(rules, random), determined(rules) if number % 2 else []
        expected = [Fraction(0)] * len(names)
        for one in calculate(rules, counts, made).indicators:
            expected[line_of[one.indicator.code]] += one.points
        assert [Fraction(*points) for points in recalculate(sums, counts, made)] == expected
