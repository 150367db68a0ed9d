"""Is every practice's published total what the calculator adds up?

A practice's rows are all present where every indicator of the rule set has a row with published points. What cannot
be calculated from published counts (suppressed counts, documented awards) goes into the calculator as what it is there:
points determined by a person. So the total compared is the calculator's own sum, exact, and nothing is left out of it.

An indicator whose points were published for nobody (2013-14: PE001) is nobody's row. Where all of these are answers of
yes or no, the practice's answers are those with which its published points come nearest to its published total.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from qof_calculator.core.compiled import Term
from qof_calculator.core.points import Achievement
from qof_local.verify.measures import (
    DOCUMENTED,
    EVERY,
    TOTAL_NEAR,
    Difference,
    Measure,
    cause_of,
    decimal_text,
    is_near,
)
from qof_local.verify.points import NONE, Calculated, Heard, calculate_practice, is_possible
from qof_local.verify.rows import Row, row_of
from qof_local.verify.scotland import Total
from qof_shared.vocabulary import Determines, rational_text

MOST_UNPUBLISHED = 4
"""So many indicators without a single published number may be answered from the total; with more it proves nothing."""


class Determined(NamedTuple):
    """Published points that stand in for a calculation."""

    indicator: str
    determines: str
    value: str


@dataclass(frozen=True)
class Totals:
    """The practices whose rows are all present, as the calculator adds them up."""

    measure: Measure
    achievements: Mapping[str, Achievement]


def add_up(calculated: Calculated, totals: Mapping[str, Total], heard: Heard) -> Totals:
    """Add up every practice with a total whose rows are all present."""
    results = calculated.results
    unpublished = [results.rules.by_code[code] for code in sorted(results.unpublished)]
    achievements: dict[str, Achievement] = {}
    differences, by_hand = [], 0
    needed = len(results.rules.terms) - len(unpublished) if _are_answers(unpublished) else None
    for done, (practice, rows) in enumerate(results.practices.items(), 1):
        given = [row for row in rows if row.points is not None]
        published = totals[practice].points if practice in totals else None
        if published is not None and len({row.term.code for row in given}) == needed:
            answered = [*given, *_answers(practice, unpublished, given, published)]
            stand_ins = [row for row in given if _stands_in(row, calculated)]
            by_hand += sum(row.is_checkable for row in stand_ins)
            achievement = calculate_practice(results.rules, answered, [_determined(row) for row in stand_ins])
            achievements[practice] = achievement
            if not is_near(achievement.points, published, TOTAL_NEAR):
                differences.append(_difference(practice, published, achievement.points))
        heard(done)
    notes = [f"documented awards, determined as such and added up: {by_hand}"] if by_hand else []
    if unpublished:
        codes = ", ".join(term.code for term in unpublished)
        notes.append(f"published for nobody, so answered from the total: {codes}")
    if absent := len(results.practices) - len(achievements):
        notes.append(f"practices without a total or without all their rows: {absent}")
    measure = Measure(results.name, "practice totals", len(achievements), differences, EVERY, notes=notes)
    return Totals(measure, achievements)


def _are_answers(terms: Sequence[Term]) -> bool:
    """Whether a total can answer these: few, and each all points or none."""
    return len(terms) <= MOST_UNPUBLISHED and all(term.indicator.kind == "yes-no" for term in terms)


def _answers(practice: str, terms: Sequence[Term], given: Sequence[Row], total: Fraction) -> list[Row]:
    """The unpublished rows, with the answers that come nearest to the total."""
    if not terms:
        return []
    missing = total - sum((row.points or NONE for row in given), NONE)
    choices = product(*((NONE, term.indicator.points) for term in terms))
    chosen = min(choices, key=lambda points: abs(sum(points, NONE) - missing))
    return [row_of(practice, term, None, None, None, points) for term, points in zip(terms, chosen, strict=True)]


def _stands_in(row: Row, calculated: Calculated) -> bool:
    """Whether published points stand in for ours: they cannot be calculated, or are a documented award."""
    if row.kind == "yes-no":
        return not is_possible(row.term, row.points or NONE)
    return not row.is_checkable or (row.practice in DOCUMENTED and not calculated.is_equal(row))


def _determined(row: Row) -> Determined:
    return Determined(row.term.code, Determines.ADJUSTED_POINTS, rational_text(row.points or NONE))


def _difference(practice: str, published: Fraction, ours: Fraction) -> Difference:
    cause = cause_of(practice, published, ours)
    return Difference(practice, "total", decimal_text(published), decimal_text(ours), cause)
