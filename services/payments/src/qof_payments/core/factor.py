"""By which factor does prevalence raise or lower a practice's pay for a disease? (APDF, rules.md 3.4)"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from qof_payments.core.national import NationalFigures, RegisterFigure
from qof_payments.core.parameters import Parameters
from qof_payments.core.prevalence import UNIT, adjusted_prevalence


class EntitlementError(ValueError):
    """The practice's pounds cannot be calculated from what is known."""


class RegisterNotReportedError(EntitlementError):
    """Points are to be adjusted by a register that the practice did not report."""


class NoNationalFigureError(EntitlementError):
    """The national figures have no usable mean for a register."""


@dataclass(frozen=True, slots=True)
class DiseaseFactor:
    """An adjusted practice disease factor with all that went into it. Prevalences are fractions of 1."""

    register_count: int
    list_size: int
    practice_prevalence: Fraction
    """Register ÷ list, before any cut-off or root."""
    adjusted_prevalence: Fraction
    """The same as the year's regime counts it."""
    national: RegisterFigure
    apdf: Fraction
    """Adjusted prevalence ÷ national mean of the adjusted prevalences: 1 on average."""


def disease_factor(
    register: str, list_size: int, registers: Mapping[str, int], figures: NationalFigures, parameters: Parameters
) -> DiseaseFactor:
    """The factor of one practice and register; `list_size` (above 0) and `registers` are patients.

    Raises RegisterNotReportedError and NoNationalFigureError. A register of nobody gives 0 under true
    prevalence and the cut-off's factor under the older regimes (there points are then not available).
    """
    count = registers.get(register)
    if count is None:
        raise RegisterNotReportedError(
            f"register {register} adjusts points but was not reported; send an extract with it"
        )
    national = figures.registers.get(register)
    if national is None:
        raise NoNationalFigureError(
            f"the national figures have no register {register}; freeze figures that were made from practices with it"
        )
    prevalence = Fraction(count, list_size)
    adjusted = adjusted_prevalence(parameters.prevalence_regime, prevalence, national.cut_off)
    mean_units = int(national.mean_adjusted_prevalence * UNIT)
    if adjusted and not mean_units:
        raise NoNationalFigureError(f"nobody in the nation is on register {register}; a factor would divide by 0")
    return DiseaseFactor(
        register_count=count,
        list_size=list_size,
        practice_prevalence=prevalence,
        adjusted_prevalence=adjusted,
        national=national,
        apdf=Fraction(adjusted.numerator * UNIT, adjusted.denominator * mean_units) if adjusted else Fraction(),
    )
