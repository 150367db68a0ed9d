"""What are a practice's points worth in pounds, line by line, and how was each line worked out?

Clinical points are paid by list size and prevalence, all others by list size alone (rules.md 3.2):

    pounds = points × value of a point × CPI [× APDF]
    CPI    = list size ÷ average list size                      contractor population index
    APDF   = adjusted prevalence ÷ national mean of the same    adjusted practice disease factor

Not part of it, as no source gave the formula or the data: the target population factor of additional services
and the deduction of PMS practices (rules.md 3.5, 3.6).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Protocol

from qof_payments.core.factor import DiseaseFactor, EntitlementError, disease_factor
from qof_payments.core.formula import formula_sentence, list_phrase
from qof_payments.core.national import NationalFigures
from qof_payments.core.parameters import Parameters
from qof_shared.vocabulary import parse_rational


class NoListSizeError(EntitlementError):
    """Without a list size there is no contractor population index."""


class IndicatorPoints(Protocol):
    """What is needed of an indicator's result; the contract's IndicatorAchievement fits."""

    @property
    def domain(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def points(self) -> str: ...
    @property
    def prevalence_register(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class PointsLine:
    """Points that are paid by one sum: those of a prevalence register, or a domain's points without one."""

    line: str
    """The register's code, or the domain's name."""
    description: str
    prevalence_register: str | None
    points: Fraction


@dataclass(frozen=True, slots=True)
class EntitlementLine:
    """One line of a statement, with every number of its sum. All exact but `pounds`, which is rounded once."""

    line: str
    description: str
    prevalence_register: str | None
    points: Fraction
    value_of_a_point: Fraction
    contractor_population_index: Fraction
    practice_prevalence: Fraction | None
    """Register ÷ list, a fraction of 1, before any cut-off or root; None where nothing is adjusted."""
    national_prevalence: Decimal | None
    """The national mean that the practice's adjusted prevalence is divided by (24 decimals)."""
    adjusted_practice_disease_factor: Fraction | None
    formula: str
    """The sum in words and numbers, for a practice manager to follow; its numbers are rounded for reading."""
    pounds: Decimal


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A practice's achievement payment before aspiration is taken off."""

    lines: tuple[EntitlementLine, ...]
    total: Decimal
    """Pounds: the sum of the lines."""


ONE = Fraction(1)

_points = lru_cache(maxsize=16_384)(parse_rational)


def points_by_line(indicators: Iterable[IndicatorPoints]) -> tuple[PointsLine, ...]:
    """Add up indicators' exact points to statement lines: registers in alphabetical order, then domains.

    A line without points is kept, so that a practice sees what it did not earn. Raises ValueError for points
    that are no exact number.
    """
    points: dict[tuple[bool, str], Fraction] = {}
    groups: dict[tuple[bool, str], set[str]] = {}
    for indicator in indicators:
        register = indicator.prevalence_register
        key = (register is None, indicator.domain if register is None else register)
        earned = _points(indicator.points)
        if key not in points:
            points[key] = earned
            groups[key] = set()
        elif earned:
            points[key] += earned
        groups[key].add(indicator.group)
    return tuple(
        PointsLine(
            line=name,
            description=f"{name}: paid by list size" if by_list else ", ".join(sorted(groups[by_list, name])),
            prevalence_register=None if by_list else name,
            points=points[by_list, name],
        )
        for by_list, name in sorted(points)
    )


def entitlement(
    points: Iterable[PointsLine],
    list_size: int,
    registers: Mapping[str, int],
    figures: NationalFigures,
    parameters: Parameters,
) -> Entitlement:
    """Turn a practice's points into pounds on frozen national figures.

    `list_size` and `registers` are patients. Raises NoListSizeError, RegisterNotReportedError or
    NoNationalFigureError; a line without points needs neither register nor figure and is worth 0.00.
    """
    if list_size <= 0:
        raise NoListSizeError("the practice has no list size; send an extract with one")
    index = list_size / parameters.average_list_size
    pounds_per_point = parameters.value_of_a_point * index
    by_list = list_phrase(list_size, parameters)
    lines = []
    for paid in points:
        factor = _factor(paid, list_size, registers, figures, parameters)
        pounds = parameters.round_pounds(_product(paid.points, pounds_per_point, factor.apdf if factor else ONE))
        lines.append(
            EntitlementLine(
                line=paid.line,
                description=paid.description,
                prevalence_register=paid.prevalence_register,
                points=paid.points,
                value_of_a_point=parameters.value_of_a_point,
                contractor_population_index=index,
                practice_prevalence=factor.practice_prevalence if factor else None,
                national_prevalence=factor.national.mean_adjusted_prevalence if factor else None,
                adjusted_practice_disease_factor=factor.apdf if factor else None,
                formula=formula_sentence(paid.points, by_list, factor, pounds, parameters.prevalence_regime),
                pounds=pounds,
            )
        )
    return Entitlement(lines=tuple(lines), total=sum((line.pounds for line in lines), Decimal("0.00")))


def _product(points: Fraction, pounds_per_point: Fraction, apdf: Fraction) -> Fraction:
    """Multiplied as integers and reduced once, which takes half the time of two multiplications of fractions."""
    return Fraction(
        points.numerator * pounds_per_point.numerator * apdf.numerator,
        points.denominator * pounds_per_point.denominator * apdf.denominator,
    )


def _factor(
    paid: PointsLine,
    list_size: int,
    registers: Mapping[str, int],
    figures: NationalFigures,
    parameters: Parameters,
) -> DiseaseFactor | None:
    if paid.prevalence_register is None:
        return None
    try:
        return disease_factor(paid.prevalence_register, list_size, registers, figures, parameters)
    except EntitlementError:
        if paid.points:
            raise
        return None  # no points to adjust, so nothing is lost by not knowing the factor
