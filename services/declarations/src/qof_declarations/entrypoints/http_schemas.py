"""What the API of declarations takes and gives. Points are rational text, pounds decimal text; never a float."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from qof_declarations.core.determination import Determination
from qof_declarations.core.differences import Difference, Kind
from qof_declarations.core.lifecycle import State, Turn
from qof_declarations.entrypoints.http_report_schemas import FromCore, ReportVersionModel
from qof_declarations.handlers.reading import DeclarationView
from qof_shared.vocabulary import Determines


class SignRequest(BaseModel):
    """What the practice wants to say beside its signature."""

    statement: str | None = Field(default=None, max_length=2000, examples=["Checked against our own system."])
    under_protest: bool = Field(default=False, description="Your open queries stand beside the signature.")


class ReturnRequest(BaseModel):
    """Why the declaration goes back to the practice."""

    reason: str = Field(min_length=1, max_length=2000, examples=["The diabetes register is half of last year's."])


class FinanceApproveRequest(BaseModel):
    """What finance has seen beside what it pays."""

    newer_version: int | None = Field(
        default=None, description="The newest report version, where it is not the approved one: you have seen it."
    )


class DifferenceModel(FromCore):
    """One thing that moved: `pointer` is a JSON Pointer into the report."""

    pointer: str
    kind: Kind
    before: Any = Field(serialization_alias="from")
    after: Any = Field(serialization_alias="to")
    sentence: str


class ApprovalModel(FromCore):
    """Who approved."""

    person: str
    name: str
    at: datetime


class DeclarationModel(FromCore):
    """What was signed, by whom, and who approved it; a return ends the approval."""

    declaration_id: UUID
    version: int
    digest: str
    points: str
    pounds: str
    state: State
    statement: str | None
    signed_by: str
    signed_by_name: str
    signed_at: datetime
    under_protest: bool
    protested: list[UUID]
    """The queries that were open when it was signed under protest."""
    approval: ApprovalModel | None
    finance_approval: ApprovalModel | None


class PaymentModel(FromCore):
    """The payment that was instructed."""

    instruction_id: UUID
    pounds: str
    instructed_at: datetime


class ActorModel(FromCore):
    person: str
    name: str
    role: str


class AuditEntryModel(FromCore):
    """One step, kept for ever."""

    declaration_id: UUID
    kind: str
    actor: ActorModel
    from_state: State
    to_state: State
    reason: str | None
    version: int
    digest: str
    at: datetime


class WithdrawalModel(FromCore):
    """Who ended a determination, and why."""

    actor: ActorModel
    reason: str
    at: datetime


class DeterminationModel(BaseModel):
    """What somebody determined about an indicator of a practice, and why. Kept for ever."""

    determination_id: UUID
    collection: str
    practice: str
    indicator: str
    determines: Determines
    value: str
    """Rational text: points or a percentage; tier percentages are several, separated by blanks."""
    reason: str
    actor: ActorModel
    at: datetime
    withdrawal: WithdrawalModel | None


def determination_model(determination: Determination) -> DeterminationModel:
    """A determination as the API shows it."""
    subject, withdrawal = determination.subject, determination.withdrawal
    return DeterminationModel(
        determination_id=determination.determination_id,
        collection=determination.collection,
        practice=subject.practice,
        indicator=subject.indicator,
        determines=subject.determines,
        value=determination.value,
        reason=determination.reason,
        actor=ActorModel.model_validate(determination.actor),
        at=determination.at,
        withdrawal=WithdrawalModel.model_validate(withdrawal) if withdrawal else None,
    )


class NationalFiguresModel(FromCore):
    """The newest national figures of the collection."""

    name: str
    digest: str
    practices: int
    frozen_at: datetime


class DeclarationViewModel(BaseModel):
    """Where a practice stands: state, whose turn, what was signed, approved and paid, and what you can do now."""

    collection: str
    practice: str
    practice_name: str
    commissioner: str
    commissioner_name: str | None
    state: State
    turn: Turn
    meaning: str
    points: str | None
    pounds: str | None
    newest_points: str | None
    is_recalculating: bool
    rejection: list[str]
    """Why the newest extract could not be calculated, what was determined included; empty where it could."""
    report: ReportVersionModel | None
    declaration: DeclarationModel | None
    approved_version: int | None
    is_newer_than_approved: bool
    moved_since: list[DifferenceModel]
    payment: PaymentModel | None
    national_figures: NationalFiguresModel | None
    can_sign: bool
    can_approve: bool
    can_return: bool
    can_determine: bool
    can_finance_approve: bool
    can_query: bool
    can_answer: bool
    open_queries: int
    """What the practice queried and nobody has answered; `GET .../queries` has them."""
    sign_by: date | None
    determinations: list[DeterminationModel]
    """What stands of what somebody determined; `GET .../determinations` has all that ever did."""
    audit: list[AuditEntryModel]


class ProgressModel(BaseModel):
    """How many practices are in which state."""

    collection: str
    practices: int
    by_state: Mapping[State, int]
    national_figures: NationalFiguresModel | None


def view_model(view: DeclarationView) -> DeclarationViewModel:
    """A declaration as the API shows it."""
    standing = view.standing
    return DeclarationViewModel(
        collection=standing.collection,
        practice=standing.practice,
        practice_name=standing.practice_name,
        commissioner=standing.commissioner,
        commissioner_name=standing.commissioner_name,
        state=standing.state,
        turn=standing.turn,
        meaning=standing.meaning,
        points=standing.points,
        pounds=standing.pounds,
        newest_points=standing.newest_points,
        is_recalculating=standing.is_recalculating,
        rejection=list(standing.rejection),
        report=ReportVersionModel.model_validate(standing.report) if standing.report else None,
        declaration=DeclarationModel.model_validate(standing.declaration) if standing.declaration else None,
        approved_version=standing.approved_version,
        is_newer_than_approved=standing.is_newer_than_approved,
        moved_since=[DifferenceModel.model_validate(difference) for difference in view.moved_since],
        payment=PaymentModel.model_validate(standing.payment) if standing.payment else None,
        national_figures=(
            NationalFiguresModel.model_validate(view.national_figures) if view.national_figures else None
        ),
        can_sign=view.can.can_sign,
        can_approve=view.can.can_approve,
        can_return=view.can.can_return,
        can_determine=view.can.can_determine,
        can_finance_approve=view.can.can_finance_approve,
        can_query=view.can.can_query,
        can_answer=view.can.can_answer,
        open_queries=standing.open_queries,
        sign_by=standing.sign_by,
        determinations=[determination_model(one) for one in view.determinations],
        audit=[AuditEntryModel.model_validate(entry) for entry in view.audit],
    )


def moved_json(moved: Sequence[Difference]) -> list[dict[str, Any]]:
    """Differences as members of a problem."""
    return [DifferenceModel.model_validate(difference).model_dump(mode="json", by_alias=True) for difference in moved]
