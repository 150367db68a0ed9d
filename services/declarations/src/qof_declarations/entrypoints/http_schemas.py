"""What the API of declarations takes and gives. Points are rational text, pounds decimal text; never a float."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from qof_declarations.core.differences import Difference, Kind
from qof_declarations.core.lifecycle import State, Turn
from qof_declarations.handlers.reading import DeclarationView, WorkListEntry


class SignRequest(BaseModel):
    """What the practice wants to say beside its signature."""

    statement: str | None = Field(default=None, max_length=2000, examples=["Checked against our own system."])


class ReturnRequest(BaseModel):
    """Why the declaration goes back to the practice."""

    reason: str = Field(min_length=1, max_length=2000, examples=["The diabetes register is half of last year's."])


class _FromCore(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ReportVersionModel(_FromCore):
    """One version of a report; `digest` is its ETag."""

    version: int
    digest: str
    points: str
    pounds: str
    extract_id: UUID
    extract_number: int
    entitlement_id: UUID
    snapshot: str
    published_at: datetime


class ReportVersionsModel(BaseModel):
    """Every version of a practice's report, newest first."""

    versions: list[ReportVersionModel]


class ReportModel(BaseModel):
    """The document that is signed, as canonical JSON: SHA-256 of exactly these bytes is the digest and the ETag."""

    collection: str
    practice: str
    nation: str
    qof_year: str
    list_size: int
    registers: dict[str, int]
    points: str
    points_available: str
    pounds: str
    indicators: dict[str, dict[str, str | int | None]]
    """Indicator -> its result, with numerator, denominator, thresholds and points."""
    lines: dict[str, dict[str, str | None]]
    """Statement line -> its pounds, with every number of the sum."""
    worked_out_with: dict[str, str]


class DifferenceModel(_FromCore):
    """One thing that moved: `pointer` is a JSON Pointer into the report."""

    pointer: str
    kind: Kind
    before: Any = Field(serialization_alias="from")
    after: Any = Field(serialization_alias="to")
    sentence: str


class DeclarationModel(_FromCore):
    """What was signed, by whom."""

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


class PaymentModel(_FromCore):
    """The payment that was instructed."""

    instruction_id: UUID
    pounds: str
    instructed_at: datetime


class ActorModel(_FromCore):
    person: str
    name: str
    role: str


class AuditEntryModel(_FromCore):
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


class NationalFiguresModel(_FromCore):
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
    audit: list[AuditEntryModel]


class WorkListEntryModel(BaseModel):
    """One practice of a work list."""

    practice: str
    practice_name: str
    commissioner: str
    state: State
    turn: Turn
    points: str | None
    pounds: str | None
    is_recalculating: bool
    report_version: int | None
    approved_version: int | None
    is_newer_than_approved: bool
    declaration_id: UUID | None
    signed_at: datetime | None
    payment: PaymentModel | None
    can_approve: bool
    can_return: bool


class WorkListModel(BaseModel):
    """One page of practices by code; ask with `after=next` for the one behind it."""

    practices: list[WorkListEntryModel]
    next: str | None


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
        audit=[AuditEntryModel.model_validate(entry) for entry in view.audit],
    )


def entry_model(entry: WorkListEntry) -> WorkListEntryModel:
    """One practice of a work list as the API shows it."""
    standing = entry.standing
    declaration = standing.declaration
    return WorkListEntryModel(
        practice=standing.practice,
        practice_name=standing.practice_name,
        commissioner=standing.commissioner,
        state=standing.state,
        turn=standing.turn,
        points=standing.points,
        pounds=standing.pounds,
        is_recalculating=standing.is_recalculating,
        report_version=standing.report.version if standing.report else None,
        approved_version=standing.approved_version,
        is_newer_than_approved=standing.is_newer_than_approved,
        declaration_id=declaration.declaration_id if declaration else None,
        signed_at=declaration.signed_at if declaration else None,
        payment=PaymentModel.model_validate(standing.payment) if standing.payment else None,
        can_approve=entry.can.can_approve,
        can_return=entry.can.can_return,
    )


def moved_json(moved: Sequence[Difference]) -> list[dict[str, Any]]:
    """Differences as members of a problem."""
    return [DifferenceModel.model_validate(difference).model_dump(mode="json", by_alias=True) for difference in moved]
