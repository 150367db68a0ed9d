"""Who would be paid otherwise on other national figures, by how much, and by which line?

What is compared is what practices were told: the pounds of each line, each deduction and the total, in whole pence. A
practice for which all of these stay is not affected, whatever moved behind them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from qof_payments.core.national import NationalFigures


class Stated(NamedTuple):
    """What a statement comes to."""

    pence: int
    lines: Mapping[str, int]
    """Line -> pence; deductions are among them, below 0."""


class LineChange(NamedTuple):
    """One line whose pence differ; None: the statement has no such line."""

    line: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """What other figures do to one practice; pence."""

    practice: str
    before: int
    after: int | None
    """None: it cannot be paid on them; `trouble` says why."""
    lines: tuple[LineChange, ...]
    trouble: str = ""

    @property
    def difference(self) -> int:
        return 0 if self.after is None else self.after - self.before


def change_of(practice: str, before: Stated, after: Stated) -> Change | None:
    """What differs between two statements of a practice; None: nothing does."""
    if before == after:
        return None
    lines = tuple(
        LineChange(line, before.lines.get(line), after.lines.get(line))
        for line in sorted(before.lines.keys() | after.lines.keys())
        if before.lines.get(line) != after.lines.get(line)
    )
    return Change(practice, before.pence, after.pence, lines)


def in_pence(pounds: str) -> int:
    """Decimal text with two places, as contracts carry it, in whole pence."""
    return int(pounds.replace(".", "", 1))


class Progress(NamedTuple):
    """How far the practices are that other figures pay otherwise; how many."""

    signed: int = 0
    approved: int = 0
    finance_approved: int = 0
    paid: int = 0


@dataclass(frozen=True, slots=True)
class LineTotal:
    """What happens to one line over the nation; pence."""

    line: str
    practices: int
    difference: int
    mean_before: Decimal | None
    """National mean of the register's adjusted prevalences; None where the line has none, or had none."""
    mean_after: Decimal | None


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """What other figures do to the nation; pence."""

    practices: int
    """Those with an achievement."""
    first_paid: int
    """Those without pounds as yet."""
    unchanged: int
    changed: int
    unpayable: int
    """Those with pounds that cannot be paid on the other figures."""
    signed: int
    """Of the changed and unpayable, those whose declaration was signed last, or ..."""
    approved: int
    """... approved, or ..."""
    finance_approved: int
    """... approved by finance, which pays them, and ..."""
    paid: int
    """... those that are paid already: their differences are settled by hand."""
    difference: int
    """Sum over the changed practices."""
    largest_up: Change | None
    largest_down: Change | None
    lines: tuple[LineTotal, ...]
    """Only those that differ for somebody, or whose mean moved."""


def blast_radius(
    changes: Sequence[Change],
    *,
    practices: int,
    first_paid: int,
    progress: Progress,
    before: NationalFigures | None,
    after: NationalFigures,
) -> BlastRadius:
    """Add up what changes. `before` are the figures that stand; None: there are none."""
    paid = [change for change in changes if change.after is not None]
    ups = [change for change in paid if change.difference > 0]
    downs = [change for change in paid if change.difference < 0]
    return BlastRadius(
        practices=practices,
        first_paid=first_paid,
        unchanged=practices - first_paid - len(changes),
        changed=len(paid),
        unpayable=len(changes) - len(paid),
        **progress._asdict(),
        difference=sum(change.difference for change in paid),
        largest_up=max(ups, key=lambda change: (change.difference, change.practice), default=None),
        largest_down=min(downs, key=lambda change: (change.difference, change.practice), default=None),
        lines=tuple(_lines(paid, before, after)),
    )


def _lines(changes: Iterable[Change], before: NationalFigures | None, after: NationalFigures) -> Iterable[LineTotal]:
    practices: dict[str, int] = {}
    differences: dict[str, int] = {}
    for change in changes:
        for name, was, becomes in change.lines:
            practices[name] = practices.get(name, 0) + 1
            differences[name] = differences.get(name, 0) + (becomes or 0) - (was or 0)
    means_before = {} if before is None else _means(before)
    means_after = _means(after)
    moved = {
        register
        for register in means_before.keys() | means_after.keys()
        if before is not None and means_before.get(register) != means_after.get(register)
    }
    for line in sorted(practices.keys() | moved):
        yield LineTotal(
            line, practices.get(line, 0), differences.get(line, 0), means_before.get(line), means_after.get(line)
        )


def _means(figures: NationalFigures) -> dict[str, Decimal]:
    return {name: figure.mean_adjusted_prevalence for name, figure in figures.registers.items()}
