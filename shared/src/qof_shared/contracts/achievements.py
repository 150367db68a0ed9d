"""What the calculator tells: points, or the reasons why there are none."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from qof_shared.contracts.envelope import Contract
from qof_shared.contracts.extracts import Fault


class IndicatorAchievement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One indicator's result. Points are rational text, exact and unrounded."""

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
    numerator: int | None = None
    denominator: int | None = None
    register_count: int | None = None
    exclusions: int = 0
    pcas: int = 0
    lower_threshold: str | None = None
    upper_threshold: str | None = None
    prevalence_register: str | None = None
    """The register whose prevalence adjusts this indicator's pay; None: paid by list size alone."""


class AchievementCalculated(Contract, frozen=True, kw_only=True):
    """An extract's points, with the rule set that gave them."""

    event: ClassVar[str] = "achievement.calculated.v1"

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
