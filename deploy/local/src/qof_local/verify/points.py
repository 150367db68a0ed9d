"""Does the calculator give the published points, indicator by indicator?

Every practice's published counts go through `qof_calculator.core.points.calculate`, the function that pays.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from qof_calculator.core.compiled import CompiledRuleset, Term
from qof_calculator.core.counts import Counts, IndicatorCount
from qof_calculator.core.kinds import FRACTION
from qof_calculator.core.points import Achievement, calculate
from qof_local.verify.measures import (
    AWARD,
    DOCUMENTED,
    EMPTY_REGISTER,
    EVERY,
    NEAR,
    POINTS_SHARE,
    UNKNOWN,
    Difference,
    Measure,
    cause_of,
    decimal_text,
    is_near,
)
from qof_local.verify.rows import COUNTED, Results, Row
from qof_shared.counts import DeterminationLike
from qof_shared.vocabulary import rational_text

LIST = 10**9
"""Results come without list sizes, and no point depends on one: larger than any register."""
NONE = Fraction(0)
NOBODY: Mapping[str, int] = {}
"""Exclusions and PCAs, which are not published: one for all, as there are half a million."""

Heard = Callable[[int], None]
"""Is told how many practices are done."""


@dataclass(frozen=True)
class Calculated:
    """A year's published results beside what the calculator gives for them."""

    results: Results
    texts: Mapping[str, Mapping[str, str]]
    """Practice -> indicator -> exact points as text."""

    def of(self, row: Row) -> Fraction:
        return _exact(self.texts[row.practice][row.term.code])

    def is_equal(self, row: Row) -> bool:
        """Whether a row's published points are ours."""
        return row.points is not None and is_near(self.of(row), row.points, self.results.nearness)


def calculate_year(results: Results, heard: Heard) -> Calculated:
    """Calculate every practice from its own rows."""
    texts: dict[str, Mapping[str, str]] = {}
    for done, (practice, rows) in enumerate(results.practices.items(), 1):
        achievement = calculate_practice(results.rules, rows)
        texts[practice] = {result.indicator.code: result.points_text for result in achievement.indicators}
        heard(done)
    return Calculated(results, texts)


def calculate_practice(
    rules: CompiledRuleset,
    rows: Sequence[Row],
    determinations: Sequence[DeterminationLike] = (),
    registers: Mapping[str, int] | None = None,
) -> Achievement:
    """One practice's points from its published counts; a row's own register wins over one from elsewhere."""
    known = dict(registers or {})
    for row in rows:
        if row.term.register is not None and row.register is not None:
            known[row.term.register] = row.register
    return calculate(rules, Counts(LIST, known, list(_counts(rows))), determinations)


def _counts(rows: Sequence[Row]) -> Iterator[IndicatorCount]:
    for row in rows:
        needed = row.term.kind.counts
        if "achieved" in needed:
            # The answer was not published, but only a yes is given points.
            yield IndicatorCount(row.term.code, None, None, bool(row.points), NOBODY, NOBODY)
        elif not needed:
            yield IndicatorCount(row.term.code, None, None, None, NOBODY, NOBODY)
        elif row.numerator is not None and row.denominator is not None:
            yield IndicatorCount(row.term.code, row.numerator, row.denominator, None, NOBODY, NOBODY)


def measures(calculated: Calculated) -> list[Measure]:
    """What the published counts and points are held against; measures without a row are left out."""
    results = calculated.results
    checkable = [row for row in results.rows if row.is_checkable]
    empty = [row for row in checkable if row.kind != "register" and row.denominator == 0]
    nobody = [row for row in results.rows if row.is_nobody and row.term.kind.counts == FRACTION]
    rest = [row for row in results.rows if not row.is_checkable and row.points is not None]
    known = {row.term.code for row in results.rows}
    strangers = [
        Difference("all practices", code, f"rows: {rows:,}", "not in the rule set", UNKNOWN)
        for code, rows in sorted(results.unknown.items())
    ]
    found = [
        Measure(results.name, "indicators of the rule set", len(known) + len(strangers), strangers),
        Measure(
            results.name,
            "points",
            len(checkable),
            [told(row, calculated.of(row)) for row in checkable if not calculated.is_equal(row)],
            threshold=POINTS_SHARE,
            notes=_notes(results),
        ),
        _no_points(results, "zero denominator: 0 points", empty, EVERY),
        _no_points(results, "no counts but a dash: 0 points", nobody, None),
        Measure(
            results.name,
            "not calculable: a value its kind can give",
            len(rest),
            [_impossible(row) for row in rest if not is_possible(row.term, row.points or NONE)],
        ),
    ]
    return [measure for measure in found if measure.checked]


def small_registers(results: Results, restored: Mapping[str, Mapping[str, int]]) -> Measure:
    """Does one patient on a suppressed register give its points, and nobody none (rules.md 2.1)?

    `restored` (practice -> register -> patients, 0 to 4) is what the published factors give back.
    """
    checked, differences = 0, []
    for practice, rows in results.practices.items():
        registers = restored.get(practice, {})
        hidden = [row for row in rows if row.kind == "register" and row.register is None and row.points is not None]
        hidden = [row for row in hidden if row.term.register in registers]
        if not hidden:
            continue
        found = calculate_practice(results.rules, hidden, registers=registers).indicators
        points = {one.indicator.code: one.points for one in found}
        checked += len(hidden)
        for row in hidden:
            if points[row.term.code] != row.points:
                empty = registers[row.term.register or ""] == 0
                differences.append(told(row, points[row.term.code], EMPTY_REGISTER if empty else None))
    return Measure(results.name, "points of a register of 0 to 4", checked, differences)


def is_possible(term: Term, points: Fraction) -> bool:
    """Whether the kind can give these points at all."""
    full = term.indicator.points
    if term.indicator.kind in ("yes-no", "register"):
        return points in (0, full)
    if tiers := term.indicator.parameters.get("tiers"):
        return points == 0 or points in {Fraction(tier) for tier in tiers.split()}
    return 0 <= points <= full


def told(row: Row, ours: Fraction, cause: str | None = None) -> Difference:
    """A row whose published points are not ours."""
    published = row.points if row.points is not None else NONE
    why = cause or cause_of(row.practice, published, ours)
    return Difference(row.practice, row.term.code, decimal_text(published), decimal_text(ours), why, row.counts)


def _no_points(results: Results, name: str, rows: Sequence[Row], threshold: Fraction | None) -> Measure:
    differences = [told(row, NONE) for row in rows if row.points]
    return Measure(results.name, name, len(rows), differences, threshold, is_award_excused=True)


def _impossible(row: Row) -> Difference:
    kind = f"{row.kind} of {rational_text(row.term.indicator.points)}"
    cause = AWARD if row.practice in DOCUMENTED else UNKNOWN
    return Difference(row.practice, row.term.code, decimal_text(row.points or NONE), kind, cause, row.counts)


def _notes(results: Results) -> list[str]:
    """What says nothing about the calculation, with numbers."""
    reasons = Counter(_reason(row) for row in results.rows if not row.is_checkable)
    notes = [f"rows not checkable, {reason}: {rows:,}" for reason, rows in sorted(reasons.items())]
    if results.nearness != NEAR:
        notes.append(f"points are published rounded, so they are compared to {decimal_text(results.nearness)}")
    if absent := sorted({term.code for term in results.rules.terms} - {row.term.code for row in results.rows}):
        notes.append(f"indicators of the rule set without a row: {', '.join(absent)}")
    return notes


def _reason(row: Row) -> str:
    if row.points is None:
        return "points not published"
    if row.kind == "yes-no":
        return "as yes/no is input"
    if row.kind != "register" and row.kind not in COUNTED:
        return f"as {row.kind} takes more than counts"
    return "a dash for the counts" if row.is_nobody else "counts or register not shown"


@lru_cache(maxsize=65_536)
def _exact(text: str) -> Fraction:
    return Fraction(text)
