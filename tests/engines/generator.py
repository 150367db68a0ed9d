"""Which practices try an engine hardest? Makes extracts without faults for any rule set: some ordinary, some nasty.

A practice is what its extract is in JSON, with its determinations beside it. The same seed makes the same practice.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil
from random import Random
from typing import Any

from tests.engines.determined import determine
from tests.engines.reference_points import Indicator

NASTY, PERFECT = 0.5, 0.04
"""Shares of the practices in which every indicator is drawn towards an edge, and in which everything is achieved."""
HUGE = 10**21
"""A list beyond any machine word: whoever leaves exact integers is found out."""
PRIMES = (2, 3, 7, 13, 97, 101, 997, 7919, 104_729, 15_485_863)
PERCENT = ("0", "0.01", "1/3", "12.5", "33.33", "40", "50", "66.67", "89", "90", "99.99", "100")


def generate(document: Mapping[str, Any], indicators: Sequence[Indicator], seed: str) -> dict[str, Any]:
    """One practice's counts under a rule set; `indicators` are the document's, read."""
    random = Random(seed)
    list_size = _list_size(random)
    drawn = random.random()
    nasty, perfect = drawn < NASTY, drawn > 1 - PERFECT
    whole = dict.fromkeys(document["registers"], list_size)
    registers = whole if perfect else _registers(document, random, list_size, nasty)
    bounded = {row["code"]: row.get("denominator_within_register", True) for row in document["indicators"]}
    payable = [indicator for indicator in indicators if _needs(indicator) <= registers.keys()]
    determined = {indicator.code: determine(indicator, random, nasty) for indicator in payable}
    counts = []
    for indicator in payable:
        if perfect:
            counts.append({"indicator": indicator.code, **_everything(indicator, list_size)})
            continue
        if random.random() < (0.08 if nasty else 0.01):
            continue
        limit = registers[indicator.register] if indicator.register is not None else list_size
        if not bounded[indicator.code] and random.random() < 0.2:
            limit = max(limit, 1) * 2
        edges = _edges(indicator, determined[indicator.code]) if nasty else ()
        counts.append({"indicator": indicator.code, **_counts(indicator, random, limit, edges)})
    random.shuffle(counts)
    return {
        "list_size": list_size,
        "registers": registers,
        "indicators": counts,
        "determinations": [
            {"indicator": code, "determines": what, "value": value}
            for code, said in determined.items()
            for what, value in said.items()
        ],
    }


def _list_size(random: Random) -> int:
    drawn = random.random()
    if drawn < 0.02:
        return random.randint(1, 5)
    if drawn < 0.04:
        return random.randint(HUGE // 10, HUGE)
    return max(1, round(random.lognormvariate(8.8, 0.6)))


def _registers(document: Mapping[str, Any], random: Random, list_size: int, nasty: bool) -> dict[str, int]:
    registers = {}
    for register in document["registers"]:
        drawn = random.random()
        if nasty and drawn < 0.03:
            continue  # not reported
        if drawn < (0.12 if nasty else 0.02):
            registers[register] = 0
        elif nasty and drawn < 0.2:
            registers[register] = random.choice((1, list_size))
        else:
            registers[register] = min(list_size, int(list_size * random.betavariate(2, 60)))
    return registers


def _needs(indicator: Indicator) -> set[str]:
    """The registers without which it can be neither available nor paid: reporting it without them is a fault."""
    named = (*indicator.gates, indicator.prevalence_register, indicator.register)
    return {register for register in named if register is not None}


def _everything(indicator: Indicator, list_size: int) -> dict[str, Any]:
    """Counts of a practice that met the indicator for everybody."""
    if indicator.kind in ("register", "holistic", "protected"):
        return {}
    return {"achieved": True} if indicator.kind == "yes-no" else {"numerator": list_size, "denominator": list_size}


def _counts(indicator: Indicator, random: Random, limit: int, edges: Sequence[Fraction]) -> dict[str, Any]:
    """Counts as the indicator's kind has them; drawn towards the edges, if any are given."""
    if indicator.kind in ("register", "holistic"):
        return {}
    if indicator.kind == "protected" and random.random() < 0.5:
        return {}  # its counts are shown, if there are any, and pay nothing
    if indicator.kind == "yes-no":
        return {"achieved": random.random() < 0.7}
    numerator, denominator = _fraction(random, limit, edges)
    counts: dict[str, Any] = {"numerator": numerator, "denominator": denominator}
    for field in ("exclusions", "pcas"):
        if random.random() < 0.3:
            counts[field] = {"a": random.randint(0, 9), "b": random.randint(0, 9)}
    return counts


def _fraction(random: Random, limit: int, edges: Sequence[Fraction]) -> tuple[int, int]:
    """Numerator and denominator, the latter at most the limit."""
    if limit == 0:
        return 0, 0
    if not edges:
        denominator = max(1, int(limit * random.uniform(0.6, 1)))
        return min(denominator, int(denominator * random.betavariate(12, 2))), denominator
    return random.choice(_NASTY)(random.choice(edges), random, limit)


def _edges(indicator: Indicator, said: Mapping[str, str]) -> Sequence[Fraction]:
    """The percentages at which this indicator's points change their rule; any others, if there are none."""
    edges = [edge for edge in (indicator.lower, indicator.upper) if edge is not None]
    edges += [Fraction(said[what]) for what in ("lower-threshold", "upper-threshold") if what in said]
    tiers = said.get("tier-percentages", indicator.parameters.get("tier_percentages", ""))
    edges += [Fraction(begin) for begin in tiers.split()]
    if "baseline-percentage" in said:
        baseline = Fraction(said["baseline-percentage"])
        edges += [baseline + Fraction(indicator.parameters[f"improvement_{end}"]) for end in ("lower", "upper")]
    return [edge for edge in edges if edge <= 100] or [Fraction(percent) for percent in PERCENT]


def _at(edge: Fraction, random: Random, limit: int) -> tuple[int, int]:
    """Exactly on the edge, where the limit allows it."""
    least = (edge / 100).denominator
    if least > limit:
        return _anything(edge, random, limit)
    denominator = least * random.randint(1, limit // least)
    return int(edge * denominator / 100), denominator


def _beside(edge: Fraction, random: Random, limit: int) -> tuple[int, int]:
    """One patient short of the edge, or one beyond."""
    denominator = random.randint(1, limit)
    numerator = ceil(edge * denominator / 100) + random.choice((-1, 0, 1))
    return min(max(numerator, 0), denominator), denominator


def _prime(edge: Fraction, random: Random, limit: int) -> tuple[int, int]:
    """A denominator that shares nothing with a hundred."""
    denominator = random.choice([prime for prime in PRIMES if prime <= limit] or [1])
    return random.randint(0, denominator), denominator


def _anything(edge: Fraction, random: Random, limit: int) -> tuple[int, int]:
    denominator = random.randint(0, limit)
    return random.randint(0, denominator), denominator


def _everybody(edge: Fraction, random: Random, limit: int) -> tuple[int, int]:
    return limit, limit


def _nobody(edge: Fraction, random: Random, limit: int) -> tuple[int, int]:
    return 0, random.choice((0, limit))


_NASTY: Sequence[Callable[[Fraction, Random, int], tuple[int, int]]] = (
    _at,
    _beside,
    _prime,
    _anything,
    _everybody,
    _nobody,
)
