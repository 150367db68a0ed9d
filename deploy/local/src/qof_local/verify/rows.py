"""What does one published row say? A practice's counts and points for one indicator, whatever file it stood in."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from qof_calculator.core.compiled import CompiledRuleset, Term
from qof_local.verify.measures import NEAR

COUNTED = frozenset({"fraction", "stepped"})
"""The kinds whose points follow from numerator and denominator alone."""


class Row(NamedTuple):
    """One practice and indicator, made by `row_of`. A count that is not shown, for whatever reason, is None."""

    practice: str
    term: Term
    numerator: int | None
    denominator: int | None
    register: int | None
    points: Fraction | None
    """None: nothing was published."""
    is_nobody: bool
    """The publication prints a dash for the counts: there was nobody to count, or nothing is counted."""
    kind: str
    is_checkable: bool
    """Whether points were published, and the counts that are shown give ours: an answer of yes or no, the points of a
    reference year and locally set tiers are input."""

    @property
    def counts(self) -> str:
        """The counts as a sentence has them."""
        if self.kind == "register":
            return f"{_shown(self.register)} on the register"
        return f"{_shown(self.numerator)} of {_shown(self.denominator)}"


def row_of(
    practice: str,
    term: Term,
    numerator: int | None,
    denominator: int | None,
    register: int | None,
    points: Fraction | None,
    is_nobody: bool = False,
) -> Row:
    """A published row, and whether it can be checked."""
    kind = term.indicator.kind
    if kind == "register":
        shown = register is not None
    else:
        shown = kind in COUNTED and numerator is not None and denominator is not None
    checkable = shown and points is not None
    return Row(practice, term, numerator, denominator, register, points, is_nobody, kind, checkable)


@dataclass(frozen=True)
class Results:
    """The published results of one nation and year."""

    name: str
    """`scotland 2012-13`."""
    rules: CompiledRuleset
    practices: Mapping[str, Sequence[Row]]
    unknown: Mapping[str, int] = field(default_factory=Counter)
    """Published code that the rule set does not have -> rows."""
    nearness: Fraction = NEAR
    """How far published points may be from exact ones."""

    @property
    def rows(self) -> Iterator[Row]:
        return chain.from_iterable(self.practices.values())

    @property
    def unpublished(self) -> frozenset[str]:
        """Indicators of the rule set whose points were published for no practice at all."""
        given = {row.term.code for row in self.rows if row.points is not None}
        return frozenset(term.code for term in self.rules.terms) - given


def by_practice(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each practice, in the file's order."""
    practices: dict[str, list[Row]] = {}
    for row in rows:
        practices.setdefault(row.practice, []).append(row)
    return practices


@lru_cache(maxsize=65_536)
def count(text: str) -> int | None:
    """A count of patients, also where a spreadsheet wrote it as `112.0`; None for `*`, `x`, `-` and nothing."""
    text = text.strip()
    if text.isdecimal():
        return int(text)
    whole, dot, zeros = text.partition(".")
    return int(whole) if dot and whole.isdecimal() and not zeros.strip("0") else None


@lru_cache(maxsize=65_536)
def number(text: str) -> Fraction | None:
    """An exact published number; None for `*`, `x`, `-` and nothing."""
    try:
        return Fraction(Decimal(text.strip()))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def points(text: str) -> Fraction | None:
    """Published points: a dash is how some sheets print 0 (the practice totals of 2013-14 prove it)."""
    return Fraction(0) if text.strip() == "-" else number(text)


def _shown(patients: int | None) -> str:
    return "not shown" if patients is None else str(patients)
