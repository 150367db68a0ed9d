"""Which nation is calculated? Practices of one year, a hundred indicators each, as extracts lie decoded in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.compiled import CompiledRuleset, compile_ruleset
from qof_calculator.core.ruleset import Ruleset
from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.parameters import Parameters
from qof_shared.contracts import Extract, IndicatorCounts

NATION, YEAR = "england", "2012-13"
INDICATORS = 100
DISTINCT = 9000
"""Practices that differ; a larger nation has them several times under other codes, as memory is finite."""
BETWEEN = 1 / 6
"""Share of the fractions that lie between their thresholds, as in the published results of the year."""


@dataclass(frozen=True, slots=True)
class Nation:
    """A year and its practices."""

    rules: CompiledRuleset
    parameters: Parameters
    extracts: list[Extract]

    def of(self, practices: int) -> "Nation":
        """The same year with so many practices."""
        distinct = len(self.extracts)
        return Nation(self.rules, self.parameters, [self.extracts[n % distinct] for n in range(practices)])


def nation(distinct: int = DISTINCT, seed: int = 1) -> Nation:
    rules = compile_ruleset(cut(load_rulesets().for_year(NATION, YEAR).ruleset, INDICATORS))
    random = Random(seed)
    return Nation(rules, load_parameters(NATION, YEAR), [_extract(rules, random) for _ in range(distinct)])


def cut(ruleset: Ruleset, indicators: int) -> Ruleset:
    """The year with so many indicators: all fractions and registers before any yes/no, which cost the least."""
    ranked = sorted(ruleset.indicators, key=lambda one: one.kind == "yes-no")
    kept = {one.code for one in ranked[:indicators]}
    return replace(ruleset, indicators=tuple(one for one in ruleset.indicators if one.code in kept))


def _extract(rules: CompiledRuleset, random: Random) -> Extract:
    list_size = max(900, round(random.lognormvariate(8.8, 0.5)))
    registers = {name: int(list_size * random.betavariate(2, 50)) for name in rules.ruleset.registers}
    counts = [_counts(code, rules, registers, list_size, random) for code in rules.by_code]
    return Extract(
        practice="A81001",
        collection="QOF",
        achievement_date=date(2013, 3, 31),
        list_size=list_size,
        registers=registers,
        indicators=counts,
    )


def _counts(
    code: str, rules: CompiledRuleset, registers: Mapping[str, int], list_size: int, random: Random
) -> IndicatorCounts:
    indicator = rules.by_code[code].indicator
    if indicator.kind == "yes-no":
        return IndicatorCounts(indicator=code, achieved=random.random() < 0.95)
    if indicator.kind == "register":
        return IndicatorCounts(indicator=code)
    patients = registers[indicator.register] if indicator.register else list_size
    denominator = int(patients * random.uniform(0.7, 1))
    lower, upper = float(indicator.lower_threshold or 0), float(indicator.upper_threshold or 100)
    between = random.random() < BETWEEN
    percentage = random.uniform(lower, upper) if between else random.uniform(upper, 100)
    return IndicatorCounts(
        indicator=code,
        numerator=min(denominator, -int(-denominator * percentage // 100)),
        denominator=denominator,
        exclusions={"unsuitable": random.randint(0, 9)},
        pcas={"declined": random.randint(0, 9), "newly-registered": random.randint(0, 3)},
    )
