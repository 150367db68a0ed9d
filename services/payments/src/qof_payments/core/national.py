"""What is the nation's mean prevalence of each register, for everybody the same and frozen once?

A national figure is the unweighted mean over practices (proved on the published Scottish results, rules.md 12).
The sums are exact; the mean is then rounded once, half up, to 24 decimals. That decimal *is* the official
figure, and every payment is exact relative to it.

A practice counts for a register if it has a list and reports the register, also where it reports none: on the
published figures of 2012-13 leaving the zeros out would lift osteoporosis's mean by 8 %.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from qof_payments.core.parameters import Parameters
from qof_payments.core.prevalence import UNIT, freeze, square_root_units

NO_LIST_SIZE = "no list size"

FINE: int = UNIT * 10**16
"""Units per 1 in which prevalences are summed: 16 decimals finer than a frozen figure."""


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
    as `mean_prevalence`; under the square root a mean of roots."""


@dataclass(frozen=True, slots=True)
class NationalFigures:
    """The national figures of a collection."""

    registers: Mapping[str, RegisterFigure]
    """In alphabetical order."""
    practices: int
    """How many practices the figures were made from."""
    left_out: Mapping[str, str]
    """Practice -> reason, for those that were given but do not count."""


class _Reported(NamedTuple):
    """A register's counts and the lists they are of, practice by practice: as pairs, a nation would fill memory."""

    counts: list[int]
    lists: list[int]


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
    reported: dict[str, _Reported] = {}
    for practice, list_size, registers in practices:
        if practice in seen:
            raise NationalFiguresError(f"practice {practice} was given twice; give its newest figures only")
        seen.add(practice)
        if practice in exclusions:
            left_out[practice] = exclusions[practice]
        elif list_size <= 0:
            left_out[practice] = NO_LIST_SIZE
        else:
            for register, count in registers.items():
                if count < 0:
                    raise NationalFiguresError(f"practice {practice} reports {count} patients on {register}")
                of_register = reported.get(register) or reported.setdefault(register, _Reported([], []))
                of_register.counts.append(count)
                of_register.lists.append(list_size)
    return NationalFigures(
        registers={
            name: _figure(name, list(zip(*reported[name], strict=True)), parameters) for name in sorted(reported)
        },
        practices=len(seen) - len(left_out),
        left_out=dict(sorted(left_out.items())),
    )


def _figure(register: str, counted: list[tuple[int, int]], parameters: Parameters) -> RegisterFigure:
    mean = _mean(counted)
    cut_off, adjusted_mean = None, mean
    if parameters.cut_off_share is not None:
        cut_off = freeze(parameters.cut_off_share * _highest(counted))
        # The frozen cut-off is what practices are shown and paid by, so the mean is made from it too.
        adjusted_mean = _mean_above(counted, Fraction(cut_off), roots=parameters.prevalence_regime == "square-root")
    return RegisterFigure(
        register=register,
        practices=len(counted),
        total_register=sum(count for count, _ in counted),
        total_list=sum(list_size for _, list_size in counted),
        mean_prevalence=mean,
        cut_off=cut_off,
        mean_adjusted_prevalence=adjusted_mean,
    )


def _mean(quotients: list[tuple[int, int]]) -> Decimal:
    """The exact mean of quotients, rounded once to a frozen figure.

    Summed in units so fine that the remainders dropped (less than one unit each) decide nothing: the exact sum lies
    between `low` and `low + n`, and where both ends round to one decimal so does everything between. Where
    they do not, the slow exact sum decides.
    """
    n = len(quotients)
    low = sum(numerator * FINE // denominator for numerator, denominator in quotients)
    mean = freeze(Fraction(low, n * FINE))
    if mean == freeze(Fraction(low + n, n * FINE)):
        return mean
    exact = sum((Fraction(numerator, denominator) for numerator, denominator in quotients), Fraction())
    return freeze(exact / n)


def _highest(counted: list[tuple[int, int]]) -> Fraction:
    most, of = counted[0]
    for count, list_size in counted:
        if count * of > most * list_size:
            most, of = count, list_size
    return Fraction(most, of)


def _mean_above(counted: list[tuple[int, int]], cut_off: Fraction, *, roots: bool) -> Decimal:
    floor, unit = cut_off.numerator, cut_off.denominator
    lifted = [
        (count, list_size) if count * unit >= floor * list_size else (floor, unit) for count, list_size in counted
    ]
    if roots:
        return _mean([(square_root_units(numerator, denominator), UNIT) for numerator, denominator in lifted])
    return _mean(lifted)
