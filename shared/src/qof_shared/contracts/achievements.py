"""What the calculator tells: points, or the reasons why there are none."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from qof_shared.contracts.envelope import Contract
from qof_shared.contracts.extracts import Fault


class IndicatorPoints(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is said of an indicator's points whatever the counts were: the first fields of `IndicatorAchievement`, for
    those who need no more. Points are rational text, exact and unrounded."""

    indicator: str
    group: str
    domain: str
    kind: str
    """register, yes-no, fraction or another kind of the rule set."""
    status: str
    """achieved (all points), partly, not-achieved, not-available (zero register) or not-reported."""
    points: str
    points_available: str
    """0 where the points are not available to this practice; the rule set's own figure otherwise."""
    lower_threshold: str | None
    upper_threshold: str | None
    prevalence_register: str | None
    """The register whose prevalence adjusts this indicator's pay; None: paid by list size alone."""


class IndicatorAchievement(IndicatorPoints, frozen=True, array_like=True, gc=False):
    """One indicator's result. Points are rational text, exact and unrounded.

    Travels as an array, in this order: there are a hundred of them in an event that three queues carry, and with the
    names it would have nearly three times the size. New fields join at the end.
    """

    numerator: int | None = None
    denominator: int | None = None
    register_count: int | None = None
    exclusions: int = 0
    pcas: int = 0
    exclusion_reasons: dict[str, int] = {}
    """Patients by reason code; `exclusions` is their sum."""
    pca_reasons: dict[str, int] = {}
    parameters: dict[str, str] = {}
    """What the kind needs beside the thresholds, determined values included: `points_at_lower` of a stepped one."""
    is_unverified: bool = False
    """The rule set carries a mark: no source confirmed this indicator's points, thresholds or rule."""


class AppliedDetermination(msgspec.Struct, frozen=True, kw_only=True):
    """A determination that took part in the calculation, with what it changed."""

    determination_id: UUID
    indicator: str
    determines: str
    was: str | None
    """What would have counted without it; None: nothing. Of adjusted points the calculated points."""
    value: str
    reason: str
    person: str
    determined_at: datetime


class AchievementCalculated(Contract, frozen=True, kw_only=True):
    """An extract's points, with the rule set that gave them, indicator by indicator: for those who show them."""

    event: ClassVar[str] = "achievement.calculated.v2"

    extract_id: UUID
    extract_number: int
    extract_digest: str
    collection: str
    practice: str
    nation: str
    qof_year: str
    ruleset: str
    ruleset_digest: str
    calculated_at: datetime
    list_size: int
    registers: dict[str, int]
    points: str
    """Sum of the indicators' exact points."""
    points_available: str
    """What this practice could have had: the rule set's total less what is not available to it."""
    indicators: list[IndicatorAchievement]
    determinations: list[AppliedDetermination] = []
    achievement_date: date | None = None
    """The day the extract was counted at, its entries included; None: calculated by a release that did not tell it."""


class AchievementCalculatedBefore(AchievementCalculated, frozen=True, kw_only=True):
    """The same, told to everybody: by releases that had no `achievements.summed.v1`."""

    event: ClassVar[str] = "achievement.calculated.v1"


class PointsSum(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The points of those indicators of an extract that share register, domain and group. Travels as an array, in this
    order; new fields join at the end."""

    prevalence_register: str | None
    domain: str
    group: str
    points: str
    """Rational text, exact and unrounded."""


class SummedAchievement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An extract's points without its indicators: a tenth of the size, for those who add them up or only count them."""

    extract_id: UUID
    extract_number: int
    collection: str
    practice: str
    nation: str
    qof_year: str
    ruleset: str
    list_size: int
    registers: dict[str, int]
    points: str
    points_available: str
    sums: list[PointsSum]
    """In the rule set's order; the same groups for every extract of a rule set, also without points."""
    achievement_date: date | None = None
    unverified_indicators: list[str] = []
    """Indicators with points whose rules carry the mark."""
    determinations: list[AppliedDetermination] = []
    determined: dict[str, int] = {}
    """Indicator of a determination -> position in `sums` of the sum that it is part of."""


class AchievementsSummed(Contract, frozen=True, kw_only=True):
    """Extracts were calculated: what several of them came to, beside an `achievement.calculated.v2` for each."""

    event: ClassVar[str] = "achievements.summed.v1"

    calculated_at: datetime
    achievements: list[SummedAchievement]


class PointsCalculated(Contract, frozen=True, kw_only=True):
    """What is read of an `achievement.calculated` by those who need no indicator: the rest is not even decoded."""

    extract_id: UUID
    ruleset: str
    calculated_at: datetime
    points: str
    points_available: str


class ExtractRejected(Contract, frozen=True, kw_only=True):
    """An accepted extract cannot be calculated, and why: every fault at once, each with how to mend it."""

    event: ClassVar[str] = "extract.rejected.v1"

    extract_id: UUID
    extract_number: int
    collection: str
    practice: str
    ruleset: str
    rejected_at: datetime
    reasons: list[Fault]
