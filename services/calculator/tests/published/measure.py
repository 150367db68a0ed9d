"""How long does one practice take? Prints, never asserts: a timed test fails on somebody else's busy machine.

python services/calculator/tests/published/measure.py
"""

import sys
import time
from collections.abc import Callable
from random import Random

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.compiled import CompiledRuleset
from qof_calculator.core.counts import Counts, IndicatorCount
from qof_calculator.core.points import calculate
from qof_calculator.core.validation import faults

PRACTICES, ROUNDS = 50, 60


def practice(rules: CompiledRuleset, random: Random) -> Counts:
    """A practice that reports everything; about one fraction in six lies between its thresholds, as published."""
    indicators = []
    for code, term in rules.by_code.items():
        if "achieved" in term.kind.counts:
            indicators.append(IndicatorCount(code, achieved=True))
        elif "numerator" in term.kind.counts:
            share = random.uniform(0.5, 0.9) if random.random() < 0.2 else 1
            indicators.append(IndicatorCount(code, int(share * 300), 300))
        else:
            indicators.append(IndicatorCount(code))
    return Counts(8000, dict.fromkeys(rules.ruleset.registers, 400), indicators)


def microseconds(work: Callable[[Counts], object], practices: list[Counts]) -> float:
    """The best of some rounds, processor time per practice."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for counts in practices:
            work(counts)
        best = min(best, time.process_time() - start)
    return best / len(practices) * 1e6


def main() -> None:
    random = Random(2013)
    start = time.process_time()
    catalogue = load_rulesets()
    sys.stdout.write(f"load, lint and compile all rule sets: {(time.process_time() - start) * 1e3:.0f} ms\n")
    for rules in catalogue:
        practices = [practice(rules, random) for _ in range(PRACTICES)]
        assert not any(faults(rules, counts) for counts in practices)
        told = microseconds(lambda counts, rules=rules: calculate(rules, counts).points_text, practices)  # type: ignore[misc]
        looked = microseconds(lambda counts, rules=rules: faults(rules, counts), practices)  # type: ignore[misc]
        name = f"{rules.ruleset.ruleset_id}, {len(rules.terms)} indicators"
        sys.stdout.write(f"{name}: points {told:.0f} us, faults {looked:.0f} us per practice\n")


if __name__ == "__main__":
    main()
