"""What is the nation's mean prevalence of each register, for everybody the same and frozen once?

A national figure is the unweighted mean over practices (proved on the published Scottish results, rules.md 12).
The sums are exact; the mean is then rounded once, half up, to 24 decimals. That decimal *is* the official
figure, and every payment is exact relative to it.

A practice counts for a register if it has a list and reports the register, also where it reports none: on the
published figures of 2012-13 leaving the zeros out would lift osteoporosis's mean by 8 %.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from operator import mul
from typing import Any, NamedTuple

from qof_payments.core.parameters import Parameters
from qof_payments.core.prevalence import UNIT, freeze, in_units, square_root_units

NO_LIST_SIZE = "no list size"

FINE: int = UNIT * 10**12
"""Units per 1 in which prevalences are summed: 12 decimals finer than a frozen figure, and four machine words."""


class NationalFiguresError(ValueError):
    """The practices given cannot be averaged."""


@dataclass(frozen=True, slots=True)
class RegisterFigure:
    """One register's national figures. Prevalences are fractions of 1 with 24 decimals."""

    register: str
    practices: int
    """How many practices reported the register."""
    total_register: int
    total_list: int
    """Patients of those practices' lists."""
    mean_prevalence: Decimal
    """Unweighted mean of the practices' prevalences, before any cut-off or root: for people to read."""
    cut_off: Decimal | None
    """The prevalence to which lower ones are lifted; None under true prevalence."""
    mean_adjusted_prevalence: Decimal
    """Mean of the adjusted prevalences: what a practice's own is divided by. Under true prevalence the same
    as `mean_prevalence`; under the square root a mean of roots, or the root of the mean where the year says so."""


@dataclass(frozen=True, slots=True)
class NationalFigures:
    """The national figures of a collection."""

    registers: Mapping[str, RegisterFigure]
    """In alphabetical order."""
    practices: int
    """How many practices the figures were made from."""
    left_out: Mapping[str, str]
    """Practice -> reason, for those that were given but do not count."""


class _Column(NamedTuple):
    """A register's counts in practices that name the same registers in the same order, and what those share."""

    counts: Sequence[int]
    lists: Sequence[int]
    fine: Sequence[int]
    """What one patient is of each list, in units of `FINE`, cut off: one division for all registers of a practice."""


def _columns(counts: Iterable[Sequence[int]], lists: Sequence[int]) -> list[_Column]:
    fine = [FINE // list_size for list_size in lists]
    return [_Column(of_register, lists, fine) for of_register in counts]


def national_figures(
    practices: Iterable[tuple[str, int, Mapping[str, int]]],
    parameters: Parameters,
    *,
    exclusions: Mapping[str, str] | None = None,
) -> NationalFigures:
    """Average the practices' registers by the year's regime.

    `practices` gives code, list size and registers (patients); `exclusions` names practices that a national
    decision leaves out, each with its reason. Raises NationalFiguresError for a practice given twice and for
    a negative register. The order of the practices does not matter.
    """
    exclusions = exclusions or {}
    seen: set[str] = set()
    left_out: dict[str, str] = {}
    # Practices mostly name the same registers in the same order: rows as they come, turned into columns at once.
    rows: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for practice, list_size, registers in practices:
        if practice in seen:
            raise NationalFiguresError(f"practice {practice} was given twice; give its newest figures only")
        seen.add(practice)
        if practice in exclusions:
            left_out[practice] = exclusions[practice]
        elif list_size <= 0:
            left_out[practice] = NO_LIST_SIZE
        else:
            rows.setdefault(tuple(registers), []).append((practice, list_size, *registers.values()))
    reported: dict[str, list[_Column]] = {}
    for names, of_names in rows.items():
        codes, lists, *counts = zip(*of_names, strict=True)
        for name, column in zip(names, _columns(counts, lists), strict=True):
            least = min(column.counts)
            if least < 0:
                code = codes[column.counts.index(least)]
                raise NationalFiguresError(f"practice {code} reports {least} patients on {name}")
            reported.setdefault(name, []).append(column)
    return NationalFigures(
        registers={name: _figure(name, reported[name], parameters) for name in sorted(reported)},
        practices=len(seen) - len(left_out),
        left_out=dict(sorted(left_out.items())),
    )


def register_figure(register: str, counted: list[tuple[int, int]], parameters: Parameters) -> RegisterFigure:
    """One register's figures from its counts and the lists they are of; at least one practice, every list above 0."""
    counts, lists = zip(*counted, strict=True)
    return _figure(register, _columns([counts], lists), parameters)


def _figure(register: str, columns: Sequence[_Column], parameters: Parameters) -> RegisterFigure:
    mean = _mean_prevalence(columns)
    cut_off, adjusted_mean = None, mean
    if parameters.cut_off_share is not None:
        counted = _quotients(columns)
        cut_off = freeze(parameters.cut_off_share * _highest(counted))
        # The frozen cut-off is what practices are shown and paid by, so the mean is made from it too.
        adjusted_mean = _mean_above(counted, Fraction(cut_off), parameters)
    return RegisterFigure(
        register=register,
        practices=sum(len(column.counts) for column in columns),
        total_register=sum(sum(column.counts) for column in columns),
        total_list=sum(sum(column.lists) for column in columns),
        mean_prevalence=mean,
        cut_off=cut_off,
        mean_adjusted_prevalence=adjusted_mean,
    )


def _quotients(columns: Iterable[_Column]) -> list[tuple[int, int]]:
    return [pair for column in columns for pair in zip(column.counts, column.lists, strict=True)]


def _mean_prevalence(columns: Sequence[_Column]) -> Decimal:
    """The exact mean of the prevalences, rounded once; each patient loses less than a unit at first."""
    n = sum(len(column.counts) for column in columns)
    low = sum(sum(map(mul, column.counts, column.fine)) for column in columns)
    decided = _decided(low, sum(sum(column.counts) for column in columns), n)
    return _mean(_quotients(columns)) if decided is None else decided


def _mean(quotients: Sequence[tuple[int, int]]) -> Decimal:
    """The exact mean of quotients, rounded once to a frozen figure; each loses less than a unit at first."""
    n = len(quotients)
    decided = _decided(sum([numerator * FINE // denominator for numerator, denominator in quotients]), n, n)
    if decided is not None:
        return decided
    return freeze(sum((Fraction(numerator, denominator) for numerator, denominator in quotients), Fraction()) / n)


def _decided(low: int, lost: int, n: int) -> Decimal | None:
    """The frozen mean of `n` quotients whose exact sum lies between `low` and `low + lost`.

    The units are so fine that what was lost decides nothing: where both ends round to one decimal so does everything
    between. None where they do not, and only the slow exact sum can say.
    """
    mean = freeze(Fraction(low, n * FINE))
    return mean if mean == freeze(Fraction(low + lost, n * FINE)) else None


def _highest(counted: list[tuple[int, int]]) -> Fraction:
    most, of = counted[0]
    for count, list_size in counted:
        if count * of > most * list_size:
            most, of = count, list_size
    return Fraction(most, of)


def _mean_above(counted: list[tuple[int, int]], cut_off: Fraction, parameters: Parameters) -> Decimal:
    floor, unit = cut_off.numerator, cut_off.denominator
    lifted = [
        (count, list_size) if count * unit >= floor * list_size else (floor, unit) for count, list_size in counted
    ]
    if parameters.prevalence_regime != "square-root":
        return _mean(lifted)
    if parameters.rebase == "root-of-mean":
        return freeze(Fraction(square_root_units(in_units(_mean(lifted)), UNIT), UNIT))
    return _mean([(square_root_units(numerator, denominator), UNIT) for numerator, denominator in lifted])
