"""What the API of payments takes and gives."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from qof_payments.handlers.ports import Snapshot


class FreezeRequest(BaseModel):
    """Freeze what is there under a name."""

    name: str = Field(min_length=1, max_length=100, examples=["2012-13 final"])
    reason: str = Field(min_length=1, max_length=1000, examples=["all practices in, plausibility checked"])


class RegisterFigureModel(BaseModel):
    """One register's national figures. Prevalences are decimal text, a fraction of 1."""

    prevalence_register: str
    practices: int
    total_register: int
    total_list: int
    mean_prevalence: str
    cut_off: str | None
    mean_adjusted_prevalence: str


class NationalFiguresModel(BaseModel):
    """National figures frozen under a name."""

    snapshot_id: UUID
    collection: str
    number: int
    name: str
    digest: str
    parameters: str
    parameters_digest: str
    frozen_at: datetime
    frozen_by: str
    reason: str
    practices: int
    left_out: dict[str, str]
    registers: list[RegisterFigureModel]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        return cls(
            snapshot_id=snapshot.snapshot_id,
            collection=snapshot.collection,
            number=snapshot.number,
            name=snapshot.name,
            digest=snapshot.digest,
            parameters=snapshot.parameters_id,
            parameters_digest=snapshot.parameters_digest,
            frozen_at=snapshot.frozen_at,
            frozen_by=snapshot.frozen_by,
            reason=snapshot.reason,
            practices=snapshot.figures.practices,
            left_out=dict(snapshot.figures.left_out),
            registers=[
                RegisterFigureModel(
                    prevalence_register=figure.register,
                    practices=figure.practices,
                    total_register=figure.total_register,
                    total_list=figure.total_list,
                    mean_prevalence=format(figure.mean_prevalence, "f"),
                    cut_off=None if figure.cut_off is None else format(figure.cut_off, "f"),
                    mean_adjusted_prevalence=format(figure.mean_adjusted_prevalence, "f"),
                )
                for figure in snapshot.figures.registers.values()
            ],
        )


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
    formula: str
    pounds: str


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
    lines: list[LineModel]
    pounds: str


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
