"""A report written quickly: byte for byte what core.report writes, in half the time.

It has a hundred and seventy rows and is made for every practice of a nation. Dictionaries of them cost more than all
else of it: each is filled key by key, and then its keys are put in order. A struct is made by position and written in
the order of its fields, which is the alphabet's here, so that nothing is left to sort.
"""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from qof_declarations.core.halves import Indicator, Line
from qof_declarations.core.report import Writing


class IndicatorRow(msgspec.Struct, frozen=True, gc=False):
    """One indicator. Fields stand in the order in which they are written; what is unset is left out."""

    denominator: int | None
    domain: str
    exclusion_reasons: Mapping[str, int] | UnsetType
    exclusions: int
    group: str
    is_unverified: bool | UnsetType
    kind: str
    lower_threshold: str | None
    numerator: int | None
    parameters: Mapping[str, str] | UnsetType
    pca_reasons: Mapping[str, int] | UnsetType
    pcas: int
    points: str
    points_available: str
    prevalence_register: str | None
    register_count: int | None
    status: str
    upper_threshold: str | None


class LineRow(msgspec.Struct, frozen=True, gc=False):
    """One line of the statement, likewise."""

    adjusted_practice_disease_factor: str | None
    contractor_population_index: str
    description: str
    formula: str
    national_prevalence: str | None
    points: str
    pounds: str
    practice_prevalence: str | None
    prevalence_register: str | None
    target_population_factor: str | UnsetType
    value_of_a_point: str


def _indicator(one: Indicator) -> IndicatorRow:
    # By position: with its fields named, a struct takes four times as long to make.
    return IndicatorRow(
        one.denominator,
        one.domain,
        one.exclusion_reasons or UNSET,
        one.exclusions,
        one.group,
        one.is_unverified or UNSET,
        one.kind,
        one.lower_threshold,
        one.numerator,
        one.parameters or UNSET,
        one.pca_reasons or UNSET,
        one.pcas,
        one.points,
        one.points_available,
        one.prevalence_register,
        one.register_count,
        one.status,
        one.upper_threshold,
    )


def _line(line: Line) -> LineRow:
    return LineRow(
        line.adjusted_practice_disease_factor,
        line.contractor_population_index,
        line.description,
        line.formula,
        line.national_prevalence,
        line.points,
        line.pounds,
        line.practice_prevalence,
        line.prevalence_register,
        UNSET if line.target_population_factor is None else line.target_population_factor,
        line.value_of_a_point,
    )


QUICKLY = Writing(_indicator, _line, msgspec.json.Encoder(order="deterministic").encode)
"""`deterministic` puts the keys of dictionaries in order and leaves structs as they are declared."""
