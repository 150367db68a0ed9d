"""What the API of payments takes and gives."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel


class CompletenessModel(BaseModel):
    """Is it time to freeze? Practices known, and how many of them have an achievement."""

    collection: str
    qof_year: str
    achievement_date: date
    practices: int
    achievements: int


class LineModel(BaseModel):
    """One line of a statement; factors are rational or decimal text, pounds have two places."""

    line: str
    description: str
    prevalence_register: str | None
    points: str
    value_of_a_point: str
    contractor_population_index: str
    practice_prevalence: str | None
    national_prevalence: str | None
    adjusted_practice_disease_factor: str | None
    target_population_factor: str | None
    formula: str
    pounds: str


class DeductionModel(BaseModel):
    """What is taken off; pounds are not negative."""

    deduction: str
    description: str
    formula: str
    pounds: str


class AppliedDeterminationModel(BaseModel):
    """What a person determined about points that are paid here."""

    determination_id: UUID
    indicator: str
    determines: str
    was: str | None
    value: str
    reason: str
    person: str
    determined_at: datetime


class EntitlementModel(BaseModel):
    """A practice's pounds, line by line."""

    entitlement_id: UUID
    collection: str
    practice: str
    extract_id: UUID
    snapshot: str
    snapshot_digest: str
    parameters: str
    parameters_digest: str
    calculated_at: datetime
    list_size: int
    account_number: int
    lines: list[LineModel]
    achievement_pounds: str
    """Sum of the lines."""
    deductions: list[DeductionModel]
    pounds: str
    """What is due: the lines less the deductions; negative: to be recovered."""
    unverified: dict[str, str]
    """Money parameter -> why its value is not certain yet."""
    unverified_indicators: list[str]
    determinations: list[AppliedDeterminationModel]


class InstructionModel(BaseModel):
    """A payment that was instructed."""

    instruction_id: UUID
    declaration_id: UUID
    entitlement_id: UUID
    collection: str
    practice: str
    pounds: str
    instructed_at: datetime


class InstructionsModel(BaseModel):
    """Instructions of a collection: how many and how much in all, and one page of them."""

    instructions: int
    pounds: str
    page: list[InstructionModel]
    next: str | None
    """Where the next page starts (`after=`); none: this is the last."""
