"""What are a practice's points worth in pounds, line by line, and how was each line worked out?

Clinical points are paid by list size and prevalence, additional services in some years by list size and target
population, all others by list size alone (rules.md 3.2):

    pounds = points × value of a point × CPI [× APDF | × TPF]
    CPI    = list size ÷ average list size                      contractor population index
    APDF   = adjusted prevalence ÷ national mean of the same    adjusted practice disease factor
    TPF    = share of the list that a service is for ÷ the nation's share of the same

The work is done for each of nine thousand practices, so it is done in integers (core.exact); a test compares it
with the same rules written with Fraction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from qof_payments.core.exact import Ratio, lowest
from qof_payments.core.factor import DiseaseFactor, EntitlementError, disease_factor
from qof_payments.core.formula import factor_phrase, formula_sentence, list_phrase
from qof_payments.core.rounding import pence
from qof_payments.core.statement import PointsLine
from qof_payments.core.target_population import target_factor, target_phrase
from qof_payments.core.terms import Terms
from qof_shared.vocabulary import ratio_text


class NoListSizeError(EntitlementError):
    """Without a list size there is no contractor population index."""


class EntitlementLine(NamedTuple):
    """One line of a statement, with every number of its sum, exact and as it is told: rational text."""

    line: str
    description: str
    prevalence_register: str | None
    points: str
    value_of_a_point: str
    contractor_population_index: str
    practice_prevalence: str | None
    """Register ÷ list, a fraction of 1, before any cut-off or root; None where nothing is adjusted."""
    national_prevalence: str | None
    """The national mean that the practice's adjusted prevalence is divided by; decimal text (24 decimals)."""
    adjusted_practice_disease_factor: str | None
    target_population_factor: str | None
    """Of an additional service; None where the year has none or its counts are not known."""
    formula: str
    """The sum in words and numbers, for a practice manager to follow; its numbers are rounded for reading."""
    pence: int
    """The only number that is rounded, and once."""

    @property
    def pounds(self) -> Decimal:
        return in_pounds(self.pence)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A practice's unadjusted achievement payment: before anything is taken off."""

    lines: tuple[EntitlementLine, ...]
    not_applied: Mapping[str, str] = field(default_factory=dict)
    """Line -> why a factor that the year knows could not be applied to it."""

    @property
    def pence(self) -> int:
        return sum(line.pence for line in self.lines)

    @property
    def total(self) -> Decimal:
        """Pounds: the sum of the lines."""
        return in_pounds(self.pence)


class _ByList(NamedTuple):
    """What all lines of a practice share."""

    pounds: Ratio
    """Of one point, by list size alone."""
    cpi: str
    said: str


def in_pounds(pence: int) -> Decimal:
    """Pounds with two places."""
    return Decimal(f"{pence}E-2")


def entitlement(
    points: Iterable[PointsLine],
    list_size: int,
    registers: Mapping[str, int],
    terms: Terms,
    targets: Mapping[str, int] | None = None,
) -> Entitlement:
    """Turn a practice's points into pounds on frozen national figures.

    `list_size`, `registers` and `targets` (its target population by group) are patients. Raises NoListSizeError,
    RegisterNotReportedError or NoNationalFigureError; a line without points needs neither register nor figure and is
    worth 0.00.
    """
    if list_size <= 0:
        raise NoListSizeError("the practice has no list size; send an extract with one")
    by_list = _by_list(list_size, terms)
    not_applied: dict[str, str] = {}
    lines = []
    for paid in points:
        if paid.target_group is None:
            lines.append(_line(paid, _factor(paid, list_size, registers, terms), by_list, terms))
        else:
            lines.append(_service_line(paid, list_size, targets or {}, by_list, terms, not_applied))
    return Entitlement(tuple(lines), not_applied)


def _by_list(list_size: int, terms: Terms) -> _ByList:
    average, parts = terms.average_list_size
    index = terms.rounding.index((list_size * parts, average))
    value = terms.value
    return _ByList(
        terms.rounding.point(lowest(value[0] * index[0], value[1] * index[1])),
        ratio_text(*index),
        list_phrase(list_size, index, terms),
    )


def _line(paid: PointsLine, factor: DiseaseFactor | None, by_list: _ByList, terms: Terms) -> EntitlementLine:
    if factor is None:
        return _paid(paid, by_list, terms)
    apdf = terms.rounding.factor(factor.apdf)
    return _paid(
        paid,
        by_list,
        terms,
        apdf,
        f" × {factor_phrase(factor, apdf, terms)}",
        ratio_text(factor.register_count, factor.list_size),
        factor.national.mean,
        ratio_text(*apdf),
    )


def _service_line(
    paid: PointsLine,
    list_size: int,
    targets: Mapping[str, int],
    by_list: _ByList,
    terms: Terms,
    not_applied: dict[str, str],
) -> EntitlementLine:
    """The line of an additional service; where its factor is not known the line and `not_applied` say why."""
    found = target_factor(paid.target_group or paid.line, list_size, targets, terms)
    if isinstance(found, str):
        not_applied[paid.line] = found
        return _paid(paid, by_list, terms, said=f" ({found})")
    return _paid(paid, by_list, terms, found.factor, f" × {target_phrase(found)}", tpf=ratio_text(*found.factor))


def _paid(
    paid: PointsLine,
    by_list: _ByList,
    terms: Terms,
    factor: Ratio = (1, 1),
    said: str = "",
    prevalence: str | None = None,
    national: str | None = None,
    apdf: str | None = None,
    tpf: str | None = None,
) -> EntitlementLine:
    """One line: its points by list size and by `factor`, rounded here and nowhere else; `said` explains the factor."""
    points, each = paid.points, by_list.pounds
    whole = pence(points[0] * each[0] * factor[0], points[1] * each[1] * factor[1])
    return EntitlementLine(
        paid.line,
        paid.description,
        paid.prevalence_register,
        ratio_text(*points),
        terms.value_of_a_point,
        by_list.cpi,
        prevalence,
        national,
        apdf,
        tpf,
        formula_sentence(points, by_list.said, said, f"{whole // 100:,}.{whole % 100:02}"),
        whole,
    )


def _factor(paid: PointsLine, list_size: int, registers: Mapping[str, int], terms: Terms) -> DiseaseFactor | None:
    if paid.prevalence_register is None:
        return None
    try:
        return disease_factor(paid.prevalence_register, list_size, registers, terms)
    except EntitlementError:
        if paid.points[0]:
            raise
        return None  # no points to adjust, so nothing is lost by not knowing the factor
