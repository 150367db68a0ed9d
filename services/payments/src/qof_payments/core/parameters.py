"""With which numbers does a year turn points into pounds? The form of a parameter set; the numbers are data.

A set belongs to one nation and one QOF year and lies in `qof_payments/parameters/<id>.yaml`. No year and no
regulated number is written in code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

from qof_payments.core.exact import half_up

PrevalenceRegime = Literal["square-root", "cut-off", "true-prevalence"]
"""How a practice's prevalence becomes a factor: regimes A, B and C of rules.md 3.4."""

AspirationMethod = Literal["share-of-last-year"]
"""How aspiration payments are fixed: a share of last year's achievement payment (rules.md 4)."""

ROUNDING_PROFILES: Mapping[str, Callable[[int, int], int]] = {
    "once-per-line-half-up-to-the-penny": lambda numerator, denominator: half_up(100 * numerator, denominator),
}
"""Where and how pounds (a ratio, not negative) become pence, by the name a parameter set gives it."""


class ParametersError(Exception):
    """Base of what can be wrong with money parameters."""


class InvalidParametersError(ParametersError):
    """A parameter set contradicts itself or the form of parameter sets."""


class UnknownParametersError(ParametersError):
    """There is no parameter set for this nation and QOF year."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The money parameters of one nation and QOF year. Raises InvalidParametersError where they contradict.

    `sources` says for every value where it was read; `unverified` says of some why they are not yet certain.
    """

    parameters_id: str
    """``scotland-2012-13``: nation and QOF year."""
    nation: str
    qof_year: str
    value_of_a_point: Fraction
    """Pounds for one point of a practice of average list and average prevalence."""
    average_list_size: Fraction
    """Registered patients: what a practice's list is divided by to give its contractor population index."""
    prevalence_regime: PrevalenceRegime
    cut_off_share: Fraction | None
    """Share of the highest prevalence below which a practice is lifted to it; None without a cut-off."""
    aspiration_rate: Fraction
    """Share of last year's achievement payment that is paid during the year."""
    aspiration_method: AspirationMethod
    rounding_profile: str
    sources: Mapping[str, str]
    unverified: Mapping[str, str]
    digest: str
    """SHA-256, hexadecimal, of the canonical form of the whole set, its sources included."""

    def __post_init__(self) -> None:
        faults = []
        if self.value_of_a_point <= 0:
            faults.append("value_of_a_point is pounds above 0")
        if self.average_list_size <= 0:
            faults.append("average_list_size is patients above 0")
        if self.prevalence_regime not in get_args(PrevalenceRegime):
            faults.append(f"prevalence_regime is one of {', '.join(get_args(PrevalenceRegime))}")
        elif self.prevalence_regime == "true-prevalence" and self.cut_off_share is not None:
            faults.append("true prevalence knows no cut-off: leave out cut_off_share")
        elif self.prevalence_regime != "true-prevalence" and self.cut_off_share is None:
            faults.append(f"the {self.prevalence_regime} regime needs a cut_off_share")
        if self.cut_off_share is not None and not 0 <= self.cut_off_share < 1:
            faults.append("cut_off_share is a share from 0 to below 1")
        if not 0 <= self.aspiration_rate <= 1:
            faults.append("aspiration_rate is a share from 0 to 1")
        if self.aspiration_method not in get_args(AspirationMethod):
            faults.append(f"aspiration_method is one of {', '.join(get_args(AspirationMethod))}")
        if self.rounding_profile not in ROUNDING_PROFILES:
            faults.append(f"rounding_profile is one of {', '.join(ROUNDING_PROFILES)}")
        if faults:
            raise InvalidParametersError(f"parameters {self.parameters_id}: {'; '.join(faults)}")

    @property
    def pence(self) -> Callable[[int, int], int]:
        """Rounds an exact sum of pounds once, as this year's profile says."""
        return ROUNDING_PROFILES[self.rounding_profile]

    def round_pounds(self, pounds: Fraction) -> Decimal:
        """The same of a Fraction, in pounds with two places."""
        return Decimal(f"{self.pence(*pounds.as_integer_ratio())}E-2")
