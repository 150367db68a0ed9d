"""On which terms is a collection paid? What its practices share, worked out once and used for every one of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from qof_payments.core.exact import Ratio, decimals, short
from qof_payments.core.national import NationalFigures, RegisterFigure
from qof_payments.core.parameters import Parameters, PrevalenceRegime
from qof_payments.core.prevalence import UNIT, in_units
from qof_shared.vocabulary import ratio_text


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
    pence: Callable[[int, int], int]
    """Rounds a line's pounds."""
    registers: Mapping[str, RegisterTerms]
    pounds_per_patient_point: Ratio
    """What one point is worth for each patient of the list, before prevalence."""
    average_list_size: Ratio
    value_of_a_point: str
    """Rational text."""
    said_value: str
    """`£133.76 × CPI `."""
    said_average: str
    """` ÷ 5,891)`."""


def terms_of(figures: NationalFigures, parameters: Parameters) -> Terms:
    """The terms of everybody who is paid on these figures by these parameters."""
    value, average = parameters.value_of_a_point, parameters.average_list_size
    regime = parameters.prevalence_regime
    return Terms(
        parameters=parameters,
        pence=parameters.pence,
        registers={register: _register_terms(figure, regime) for register, figure in figures.registers.items()},
        pounds_per_patient_point=(value / average).as_integer_ratio(),
        average_list_size=average.as_integer_ratio(),
        value_of_a_point=ratio_text(*value.as_integer_ratio()),
        said_value=f"£{decimals(*value.as_integer_ratio(), 2)} × CPI ",
        said_average=f" ÷ {short(*average.as_integer_ratio())})",
    )


def _register_terms(figure: RegisterFigure, regime: PrevalenceRegime) -> RegisterTerms:
    mean = in_units(figure.mean_adjusted_prevalence)
    said_mean = f"national mean {decimals(mean * 100, UNIT, 4)} %"
    if regime == "square-root":
        said_mean = f"national mean root {decimals(mean, UNIT, 6)}"
    cut_off = None if figure.cut_off is None else in_units(figure.cut_off)
    return RegisterTerms(
        mean_units=mean,
        cut_off_units=cut_off,
        mean=format(figure.mean_adjusted_prevalence, "f"),
        said_mean=said_mean,
        said_cut_off="" if cut_off is None else f", lifted to the cut-off {decimals(cut_off * 100, UNIT, 4)} %",
    )
