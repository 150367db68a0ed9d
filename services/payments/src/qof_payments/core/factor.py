"""By which factor does prevalence raise or lower a practice's pay for a disease? (APDF, rules.md 3.4)"""

from collections.abc import Mapping
from typing import NamedTuple

from qof_payments.core.exact import Ratio
from qof_payments.core.prevalence import UNIT, adjusted_prevalence
from qof_payments.core.terms import RegisterTerms, Terms


class EntitlementError(ValueError):
    """The practice's pounds cannot be calculated from what is known."""


class RegisterNotReportedError(EntitlementError):
    """Points are to be adjusted by a register that the practice did not report."""


class NoNationalFigureError(EntitlementError):
    """The national figures have no usable mean for a register."""


class DiseaseFactor(NamedTuple):
    """An adjusted practice disease factor with all that went into it. Ratios need not be in lowest terms."""

    register_count: int
    list_size: int
    adjusted_prevalence: Ratio
    """Register ÷ list as the year's regime counts it, a fraction of 1."""
    national: RegisterTerms
    apdf: Ratio
    """Adjusted prevalence ÷ national mean of the adjusted prevalences: 1 on average."""


def disease_factor(register: str, list_size: int, registers: Mapping[str, int], terms: Terms) -> DiseaseFactor:
    """The factor of one practice and register; `list_size` (above 0) and `registers` are patients.

    Raises RegisterNotReportedError and NoNationalFigureError. A register of nobody gives 0 under true
    prevalence and the cut-off's factor under the older regimes (there points are then not available).
    """
    count = registers.get(register)
    if count is None:
        raise RegisterNotReportedError(
            f"register {register} adjusts points but was not reported; send an extract with it"
        )
    national = terms.registers.get(register)
    if national is None:
        raise NoNationalFigureError(
            f"the national figures have no register {register}; freeze figures that were made from practices with it"
        )
    regime = terms.parameters.prevalence_regime
    adjusted = numerator, denominator = adjusted_prevalence(regime, count, list_size, national.cut_off_units)
    if numerator and not national.mean_units:
        raise NoNationalFigureError(f"nobody in the nation is on register {register}; a factor would divide by 0")
    apdf = (numerator * UNIT, denominator * national.mean_units) if numerator else (0, 1)
    return DiseaseFactor(count, list_size, adjusted, national, apdf)
