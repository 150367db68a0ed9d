"""What payments tells: national figures frozen, entitlements calculated, payments instructed."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from qof_shared.contracts.achievements import AppliedDetermination
from qof_shared.contracts.envelope import Contract


class NationalFiguresFrozen(Contract, frozen=True, kw_only=True):
    """The national figures of a collection are fixed under a name; every entitlement from now on uses them."""

    event: ClassVar[str] = "national_figures.frozen.v1"

    snapshot_id: UUID
    collection: str
    name: str
    digest: str
    frozen_at: datetime
    frozen_by: str
    reason: str
    practices: int
    """How many practices the figures were made from."""
    mean_prevalence: dict[str, str]
    """Register -> unweighted mean of the practices' prevalences, decimal text (a fraction of 1, not a percentage)."""
    proposed_by: str = ""
    """Who proposed what `frozen_by` froze; two people since figures are proposed."""
    exclusions: dict[str, str] = {}
    """Practice -> why it is left out of the figures; it is paid by them all the same."""
    acknowledgements: dict[str, str] = {}
    """Finding of a plausibility gate -> why the figures are right all the same."""
    unverified_reason: str = ""
    """Why practices are paid by values that no source confirmed; empty where there are none."""


class EntitlementsDue(Contract, frozen=True, kw_only=True):
    """Work for payments itself: these practices' entitlements are to be calculated on the newest national figures.

    `snapshot_id` are the figures that were the newest then.
    """

    event: ClassVar[str] = "entitlements.due.v1"

    snapshot_id: UUID
    collection: str
    practices: list[str]


class EntitlementLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a statement, with every number of its formula. Factors are rational or decimal text."""

    line: str
    """Stable name: a register (`AF`) for prevalence-adjusted points, a QOF domain for the others."""
    description: str
    prevalence_register: str | None = None
    points: str
    value_of_a_point: str
    contractor_population_index: str
    practice_prevalence: str | None = None
    national_prevalence: str | None = None
    adjusted_practice_disease_factor: str | None = None
    target_population_factor: str | None = None
    """Of an additional service, where the year's terms apply it."""
    formula: str
    """The sum in words and numbers, e.g. `22 points x £133.76 x APDF 0.8975 x CPI 1.2176`."""
    pounds: str
    """Two places, rounded once, half up."""


class EntitlementDeduction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is taken off a practice's achievement payment: the PMS deduction, aspiration paid during the year."""

    deduction: str
    """pms or aspiration."""
    description: str
    formula: str
    pounds: str
    """What is taken off: two places, not negative."""


class EntitlementCalculated(Contract, frozen=True, kw_only=True):
    """A practice's pounds for an extract on a snapshot, line by line. Never changes: a new sum is a new id."""

    event: ClassVar[str] = "entitlement.calculated.v1"

    entitlement_id: UUID
    collection: str
    practice: str
    extract_id: UUID
    extract_number: int
    snapshot_id: UUID
    snapshot: str
    snapshot_number: int
    """Grows with every freeze of the collection: the higher one is the newer."""
    snapshot_digest: str
    parameters: str
    parameters_digest: str
    calculated_at: datetime
    list_size: int
    lines: list[EntitlementLine]
    pounds: str
    """What is due: the lines less the deductions. Negative where more was paid during the year than was earned."""
    achievement_pounds: str = ""
    """Sum of the lines: the unadjusted achievement payment."""
    deductions: list[EntitlementDeduction] = []
    unverified: dict[str, str] = {}
    """Money parameter -> why its value is not certain yet."""
    unverified_indicators: list[str] = []
    """Indicators whose rules carry the same mark and whose points are paid here."""
    determinations: list[AppliedDetermination] = []
    """What people determined about the points that are paid here."""
    account_number: int = 0
    """Grows with every change of what the practice is paid by beside its points: contract terms, aspiration paid. Of
    the same extract and snapshot the higher one is the newer."""


class PaymentInstructed(Contract, frozen=True, kw_only=True):
    """A payment was instructed for an approved declaration: once, for ever."""

    event: ClassVar[str] = "payment.instructed.v1"

    instruction_id: UUID
    declaration_id: UUID
    entitlement_id: UUID
    collection: str
    practice: str
    pounds: str
    """Negative: to be recovered from the practice."""
    instructed_at: datetime


class AspirationInstructed(Contract, frozen=True, kw_only=True):
    """A month's aspiration payment was instructed: once, for ever. The year's end takes it off."""

    event: ClassVar[str] = "aspiration.instructed.v1"

    payment_id: UUID
    collection: str
    practice: str
    month: int
    """1 is April."""
    pounds: str
    instructed_by: str
    instructed_at: datetime
