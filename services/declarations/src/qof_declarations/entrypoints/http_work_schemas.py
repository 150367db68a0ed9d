"""What the API shows of work lists, reminders and approvals of many. Points are rational text, pounds decimal text."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from qof_declarations.core.anomaly import Anomaly
from qof_declarations.core.lifecycle import State, Turn
from qof_declarations.core.summary import Summary
from qof_declarations.core.work_list import WorkFilter
from qof_declarations.entrypoints.csv_text import Cell
from qof_declarations.entrypoints.http_problems import problem_of
from qof_declarations.entrypoints.http_report_schemas import FromCore
from qof_declarations.entrypoints.http_schemas import PaymentModel
from qof_declarations.handlers.overseeing import Outcome, Reminder, WorkEntry, WorkList
from qof_shared.vocabulary import parse_rational, two_places

MOST_AT_ONCE = 500


class FlagModel(FromCore):
    """Something to look at."""

    anomaly: Anomaly
    sentence: str


class InBriefModel(FromCore):
    """Last year's figures."""

    list_size: int
    points: str
    points_available: str
    pounds: str


class WorkEntryModel(BaseModel):
    """One practice of a work list."""

    practice: str
    practice_name: str
    commissioner: str
    state: State
    turn: Turn
    points: str | None
    pounds: str | None
    list_size: int | None
    is_recalculating: bool
    is_late: bool
    open_queries: int
    under_protest: bool
    report_version: int | None
    approved_version: int | None
    is_newer_than_approved: bool
    declaration_id: UUID | None
    signed_at: datetime | None
    payment: PaymentModel | None
    last_year: InBriefModel | None
    flags: list[FlagModel]
    """What differs from last year by more than the thresholds."""
    can_approve: bool
    can_return: bool
    can_finance_approve: bool


class WorkListModel(BaseModel):
    """One page of practices; ask with `after=next` for the one behind it."""

    practices: list[WorkEntryModel]
    next: str | None
    sign_by: date | None
    last_year: str | None
    """The collection that last year's figures are of."""
    counts: Mapping[WorkFilter, int]
    """Your practices by filter, whatever you chose."""


class ApprovalsRequest(BaseModel):
    """Declarations to be approved at once."""

    declaration_ids: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)


class RefusedModel(BaseModel):
    """Why nothing was approved: the same type and words as alone."""

    type: str
    detail: str


class OutcomeModel(BaseModel):
    """What came of one declaration."""

    declaration_id: UUID
    practice: str | None
    state: State | None
    is_approved: bool
    is_new: bool
    """False where it had been approved before."""
    refused: RefusedModel | None


class ApprovalsModel(BaseModel):
    """What came of each, in the order asked."""

    approved: int
    refused: int
    declarations: list[OutcomeModel]


class ReminderModel(BaseModel):
    """A practice that has not signed, and what to say to it."""

    practice: str
    practice_name: str
    commissioner: str
    state: State
    turn: Turn
    is_late: bool
    sign_by: date | None
    text: str


class RemindersModel(BaseModel):
    reminders: list[ReminderModel]


def work_list_model(found: WorkList) -> WorkListModel:
    """A work list as the API shows it."""
    return WorkListModel(
        practices=[_entry_model(entry) for entry in found.entries],
        next=found.next,
        sign_by=found.collection.sign_by,
        last_year=found.previous.collection if found.previous else None,
        counts=found.counts,
    )


def _entry_model(entry: WorkEntry) -> WorkEntryModel:
    standing = entry.standing
    declaration = standing.declaration
    return WorkEntryModel(
        practice=standing.practice,
        practice_name=standing.practice_name,
        commissioner=standing.commissioner,
        state=standing.state,
        turn=standing.turn,
        points=standing.points,
        pounds=standing.pounds,
        list_size=entry.summary.list_size if entry.summary else None,
        is_recalculating=standing.is_recalculating,
        is_late=entry.is_late,
        open_queries=standing.open_queries,
        under_protest=declaration.under_protest if declaration else False,
        report_version=standing.report.version if standing.report else None,
        approved_version=standing.approved_version,
        is_newer_than_approved=standing.is_newer_than_approved,
        declaration_id=declaration.declaration_id if declaration else None,
        signed_at=declaration.signed_at if declaration else None,
        payment=PaymentModel.model_validate(standing.payment) if standing.payment else None,
        last_year=InBriefModel.model_validate(entry.last_year) if entry.last_year else None,
        flags=[FlagModel.model_validate(flag) for flag in entry.flags],
        can_approve=entry.can.can_approve,
        can_return=entry.can.can_return,
        can_finance_approve=entry.can.can_finance_approve,
    )


def approvals_model(outcomes: Sequence[Outcome]) -> ApprovalsModel:
    """Approvals as the API answers them."""
    found = [_outcome_model(one) for one in outcomes]
    approved = sum(one.is_approved for one in found)
    return ApprovalsModel(approved=approved, refused=len(found) - approved, declarations=found)


def _outcome_model(outcome: Outcome) -> OutcomeModel:
    problem = problem_of(outcome.refusal) if outcome.refusal else None
    return OutcomeModel(
        declaration_id=outcome.declaration_id,
        practice=outcome.practice,
        state=outcome.state,
        is_approved=problem is None,
        is_new=outcome.is_new,
        refused=RefusedModel(type=problem.slug, detail=problem.detail) if problem else None,
    )


def reminder_model(reminder: Reminder) -> ReminderModel:
    """A reminder as the API shows it."""
    standing = reminder.standing
    return ReminderModel(
        practice=standing.practice,
        practice_name=standing.practice_name,
        commissioner=standing.commissioner,
        state=standing.state,
        turn=standing.turn,
        is_late=reminder.is_late,
        sign_by=standing.sign_by,
        text=reminder.text,
    )


WORK_HEADER = (
    *("practice", "name", "commissioner", "state", "turn", "points", "pounds", "list_size", "late", "open_queries"),
    *("under_protest", "report_version", "approved_version", "newer_than_approved", "signed_by", "signed_at"),
    *("approved_by", "approved_at", "finance_approved_by", "finance_approved_at", "paid", "instructed_at"),
    *("points_last_year", "pounds_last_year", "list_size_last_year", "flags", "declaration_id"),
)
REMINDER_HEADER = ("practice", "name", "commissioner", "state", "turn", "late", "sign_by", "text")


def work_rows(entries: Sequence[WorkEntry]) -> Iterator[Sequence[Cell]]:
    """A work list as rows below `WORK_HEADER`."""
    for entry in entries:
        standing, last = entry.standing, entry.last_year
        declaration, payment = standing.declaration, standing.payment
        approval = declaration.approval if declaration else None
        paid = declaration.finance_approval if declaration else None
        yield (
            *(standing.practice, standing.practice_name, standing.commissioner, standing.state, standing.turn),
            *(_points(standing.points), standing.pounds, _list_size(entry.summary), entry.is_late),
            *(standing.open_queries, declaration.under_protest if declaration else False),
            *(standing.report.version if standing.report else None, standing.approved_version),
            standing.is_newer_than_approved,
            *((declaration.signed_by_name, declaration.signed_at.isoformat()) if declaration else (None, None)),
            *((approval.name, approval.at.isoformat()) if approval else (None, None)),
            *((paid.name, paid.at.isoformat()) if paid else (None, None)),
            *((payment.pounds, payment.instructed_at.isoformat()) if payment else (None, None)),
            *((_points(last.points), last.pounds) if last else (None, None)),
            _list_size(last),
            " ".join(flag.sentence for flag in entry.flags),
            str(declaration.declaration_id) if declaration else None,
        )


def reminder_rows(reminders: Sequence[Reminder]) -> Iterator[Sequence[Cell]]:
    """Reminders as rows below `REMINDER_HEADER`."""
    for one in reminders:
        standing = one.standing
        by = standing.sign_by.isoformat() if standing.sign_by else None
        yield (
            *(standing.practice, standing.practice_name, standing.commissioner, standing.state, standing.turn),
            *(one.is_late, by, one.text),
        )


def _points(points: str | None) -> str | None:
    return None if points is None else two_places(parse_rational(points))


def _list_size(summary: Summary | None) -> int | None:
    return summary.list_size if summary else None
