"""What are a practice's points worth in pounds, line by line, and how was each line worked out?

Clinical points are paid by list size and prevalence, all others by list size alone (rules.md 3.2):

    pounds = points × value of a point × CPI [× APDF]
    CPI    = list size ÷ average list size                      contractor population index
    APDF   = adjusted prevalence ÷ national mean of the same    adjusted practice disease factor

Not part of it, as no source gave the formula or the data: the target population factor of additional services
and the deduction of PMS practices (rules.md 3.5, 3.6).

The work is done for each of nine thousand practices, so it is done in integers (core.exact); a test compares it
with the same rules written with Fraction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from qof_payments.core.exact import Ratio
from qof_payments.core.factor import DiseaseFactor, EntitlementError, disease_factor
from qof_payments.core.formula import formula_sentence, list_phrase
from qof_payments.core.statement import PointsLine
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
    formula: str
    """The sum in words and numbers, for a practice manager to follow; its numbers are rounded for reading."""
    pence: int
    """The only number that is rounded, and once."""

    @property
    def pounds(self) -> Decimal:
        return in_pounds(self.pence)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A practice's achievement payment before aspiration is taken off."""

    lines: tuple[EntitlementLine, ...]

    @property
    def total(self) -> Decimal:
        """Pounds: the sum of the lines."""
        return in_pounds(sum(line.pence for line in self.lines))


def in_pounds(pence: int) -> Decimal:
    """Pounds with two places."""
    return Decimal(f"{pence}E-2")


def entitlement(
    points: Iterable[PointsLine], list_size: int, registers: Mapping[str, int], terms: Terms
) -> Entitlement:
    """Turn a practice's points into pounds on frozen national figures.

    `list_size` and `registers` are patients. Raises NoListSizeError, RegisterNotReportedError or
    NoNationalFigureError; a line without points needs neither register nor figure and is worth 0.00.
    """
    if list_size <= 0:
        raise NoListSizeError("the practice has no list size; send an extract with one")
    average, parts = terms.average_list_size
    index = ratio_text(list_size * parts, average)
    by_list = list_phrase(list_size, terms)
    pounds, per_patient = terms.pounds_per_patient_point
    each = pounds * list_size, per_patient
    return Entitlement(
        tuple([_line(paid, _factor(paid, list_size, registers, terms), each, index, by_list, terms) for paid in points])
    )


def _line(
    paid: PointsLine, factor: DiseaseFactor | None, each: Ratio, index: str, by_list: str, terms: Terms
) -> EntitlementLine:
    """One line; `each` is the pounds of a point by list size alone, `index` and `by_list` say how they came about."""
    numerator, denominator = paid.points[0] * each[0], paid.points[1] * each[1]
    prevalence = national = apdf = None
    if factor is not None:
        numerator, denominator = numerator * factor.apdf[0], denominator * factor.apdf[1]
        prevalence = ratio_text(factor.register_count, factor.list_size)
        national = factor.national.mean
        apdf = ratio_text(*factor.apdf)
    pence = terms.pence(numerator, denominator)
    said = f"{pence // 100:,}.{pence % 100:02}"
    return EntitlementLine(
        paid.line,
        paid.description,
        paid.prevalence_register,
        ratio_text(*paid.points),
        terms.value_of_a_point,
        index,
        prevalence,
        national,
        apdf,
        formula_sentence(paid.points, by_list, factor, said, terms),
        pence,
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
