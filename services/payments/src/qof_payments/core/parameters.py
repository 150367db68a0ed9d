"""With which numbers does a year turn points into pounds? The form of a parameter set; the numbers are data.

A set belongs to one nation and one QOF year and lies in `qof_payments/parameters/<id>.yaml`. No year and no
regulated number is written in code.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

from qof_payments.core.rounding import ROUNDING_PROFILES, RoundingProfile, pence

PrevalenceRegime = Literal["square-root", "cut-off", "true-prevalence"]
"""How a practice's prevalence becomes a factor: regimes A, B and C of rules.md 3.4."""

Rebase = Literal["mean-of-roots", "root-of-mean"]
"""By what a root is divided under regime A: the nation's mean root, so that the mean factor is 1, or the root of the
nation's mean (rules.md 3.4)."""

AverageListBasis = Literal["census-constant", "national-average"]
"""Where the average list size comes from: the census, the same for years, or the nation's average at a date."""

AspirationMethod = Literal["share-of-last-year", "points"]
"""How aspiration payments are fixed: a share of last year's achievement payment, or of agreed points (rules.md 4)."""


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
    """The year's usual one."""
    rounding_profile: str
    """A name in `core.rounding.ROUNDING_PROFILES`."""
    sources: Mapping[str, str]
    unverified: Mapping[str, str]
    digest: str
    """SHA-256, hexadecimal, of the canonical form of the whole set, its sources included."""
    rebase: Rebase = "mean-of-roots"
    average_list_basis: AverageListBasis = "census-constant"
    average_list_date: date | None = None
    """The day of which the nation's average is; None: census."""
    list_date: date | None = None
    """The day of which the contractor's own list is, inside the year."""
    prevalence_date: date | None = None
    """The day of which the registers are that make national prevalence."""
    uprating_index: Fraction = Fraction(1)
    """By which last year's achievement payment is multiplied before aspiration is taken of it."""
    aspiration_points_share: Fraction | None = None
    """Share of the agreed points' value that the points method pays; None: the year has no points method."""
    target_population_groups: Mapping[str, str] = field(default_factory=dict)
    """Group of indicators -> whom it is for, where the target population factor applies; empty: it does not."""
    pms_deduction: Fraction | None = None
    """Pounds taken off a PMS practice of `pms_deduction_list` patients; None: nothing is."""
    pms_deduction_list: Fraction | None = None
    """Its own base, fixed when the deduction was: never the moving average list."""
    changes: Mapping[str, str] = field(default_factory=dict)
    """Value -> why it breaks with the year before, where it does."""

    def __post_init__(self) -> None:
        faults = [*self._faults_of_prevalence(), *self._faults_of_lists(), *self._faults_of_pay()]
        if faults:
            raise InvalidParametersError(f"parameters {self.parameters_id}: {'; '.join(faults)}")

    def _faults_of_prevalence(self) -> Iterable[str]:
        if self.prevalence_regime not in get_args(PrevalenceRegime):
            yield f"prevalence_regime is one of {', '.join(get_args(PrevalenceRegime))}"
        elif self.prevalence_regime == "true-prevalence" and self.cut_off_share is not None:
            yield "true prevalence knows no cut-off: leave out cut_off_share"
        elif self.prevalence_regime != "true-prevalence" and self.cut_off_share is None:
            yield f"the {self.prevalence_regime} regime needs a cut_off_share"
        if self.cut_off_share is not None and not 0 <= self.cut_off_share < 1:
            yield "cut_off_share is a share from 0 to below 1"
        if self.rebase not in get_args(Rebase):
            yield f"rebase is one of {', '.join(get_args(Rebase))}"

    def _faults_of_lists(self) -> Iterable[str]:
        if self.average_list_size <= 0:
            yield "average_list_size is patients above 0"
        if self.average_list_basis not in get_args(AverageListBasis):
            yield f"average_list_basis is one of {', '.join(get_args(AverageListBasis))}"
        elif self.average_list_basis == "national-average" and self.average_list_date is None:
            yield "a national average is of a day: give average_list_date"
        elif self.average_list_basis == "census-constant" and self.average_list_date is not None:
            yield "the census's constant is of no day of its own: leave out average_list_date"

    def _faults_of_pay(self) -> Iterable[str]:
        if self.value_of_a_point <= 0:
            yield "value_of_a_point is pounds above 0"
        if not 0 <= self.aspiration_rate <= 1:
            yield "aspiration_rate is a share from 0 to 1"
        if self.aspiration_points_share is not None and not 0 <= self.aspiration_points_share <= 1:
            yield "aspiration_points_share is a share from 0 to 1"
        if self.aspiration_method not in get_args(AspirationMethod):
            yield f"aspiration_method is one of {', '.join(get_args(AspirationMethod))}"
        elif self.aspiration_method == "points" and self.aspiration_points_share is None:
            yield "the points method needs an aspiration_points_share"
        if self.uprating_index <= 0:
            yield "uprating_index is a factor above 0"
        if (self.pms_deduction is None) != (self.pms_deduction_list is None):
            yield "pms_deduction and pms_deduction_list go together"
        elif self.pms_deduction is not None and (self.pms_deduction < 0 or not self.pms_deduction_list):
            yield "pms_deduction is pounds from 0, pms_deduction_list patients above 0"
        if self.rounding_profile not in ROUNDING_PROFILES:
            yield f"rounding_profile is one of {', '.join(ROUNDING_PROFILES)}"

    @property
    def rounding(self) -> RoundingProfile:
        return ROUNDING_PROFILES[self.rounding_profile]

    @property
    def pounds_per_patient_point(self) -> Fraction:
        """What one point is worth for each patient of the list, before prevalence: what a re-basing must not change."""
        return self.value_of_a_point / self.average_list_size


def round_pounds(pounds: Fraction) -> Decimal:
    """Exact pounds, not negative, to the penny, half up, with two places."""
    return Decimal(f"{pence(*pounds.as_integer_ratio())}E-2")
