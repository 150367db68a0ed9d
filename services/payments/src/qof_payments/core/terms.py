"""On which terms is a collection paid? What its practices share, worked out once and used for every one of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from qof_payments.core.exact import Ratio, decimals, short
from qof_payments.core.national import NationalFigures, RegisterFigure
from qof_payments.core.parameters import Parameters
from qof_payments.core.prevalence import UNIT, in_units
from qof_payments.core.rounding import RoundingProfile
from qof_shared.vocabulary import ratio_text


@dataclass(frozen=True, slots=True)
class TargetPopulation:
    """The nation's patients for whom an additional service is, and all its patients."""

    target: int
    registered: int


@dataclass(frozen=True, slots=True)
class RegisterTerms:
    """One register's national figures, ready for arithmetic and for a statement."""

    mean_units: int
    """Mean of the adjusted prevalences, in units of the 24th decimal."""
    cut_off_units: int | None
    mean: str
    """The same mean as a statement gives it, decimal text."""
    said_mean: str
    """`national mean 1.6000 %`."""
    said_cut_off: str
    """`, lifted to the cut-off 0.0900 %`: of a practice below it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """National figures and parameters, as entitlements are worked out with them."""

    parameters: Parameters
    rounding: RoundingProfile
    registers: Mapping[str, RegisterTerms]
    targets: Mapping[str, TargetPopulation]
    """The nation's, by group; a group that is paid by its target population but is not here has no factor."""
    value: Ratio
    """Pounds of a point."""
    average_list_size: Ratio
    value_of_a_point: str
    """Rational text."""
    said_value: str
    """`£133.76 × CPI `."""
    said_average: str
    """` ÷ 5,891)`."""


def terms_of(
    figures: NationalFigures, parameters: Parameters, targets: Mapping[str, TargetPopulation] | None = None
) -> Terms:
    """The terms of everybody who is paid on these figures by these parameters; `targets` are the nation's target
    populations, for years whose additional services are paid by them."""
    value, average = parameters.value_of_a_point, parameters.average_list_size
    return Terms(
        parameters=parameters,
        rounding=parameters.rounding,
        registers={register: _register_terms(figure, parameters) for register, figure in figures.registers.items()},
        targets=targets or {},
        value=value.as_integer_ratio(),
        average_list_size=average.as_integer_ratio(),
        value_of_a_point=ratio_text(*value.as_integer_ratio()),
        said_value=f"£{decimals(*value.as_integer_ratio(), 2)} × CPI ",
        said_average=f" ÷ {short(*average.as_integer_ratio())})",
    )


def _register_terms(figure: RegisterFigure, parameters: Parameters) -> RegisterTerms:
    mean = in_units(figure.mean_adjusted_prevalence)
    said_mean = f"national mean {decimals(mean * 100, UNIT, 4)} %"
    if parameters.prevalence_regime == "square-root":
        root = "national mean root" if parameters.rebase == "mean-of-roots" else "root of the national mean"
        said_mean = f"{root} {decimals(mean, UNIT, 6)}"
    cut_off = None if figure.cut_off is None else in_units(figure.cut_off)
    return RegisterTerms(
        mean_units=mean,
        cut_off_units=cut_off,
        mean=format(figure.mean_adjusted_prevalence, "f"),
        said_mean=said_mean,
        said_cut_off="" if cut_off is None else f", lifted to the cut-off {decimals(cut_off * 100, UNIT, 4)} %",
    )
