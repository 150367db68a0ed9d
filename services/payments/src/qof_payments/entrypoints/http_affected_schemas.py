"""How the API tells whom other national figures would pay otherwise: over the nation, and practice by practice."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from qof_payments.core.blast_radius import BlastRadius, Change
from qof_payments.core.entitlement import in_pounds
from qof_payments.handlers.proposal_ports import PracticeProgress


class LineChangeModel(BaseModel):
    """One line of a statement, in pounds; null: the statement has no such line."""

    line: str
    before: str | None
    after: str | None


class ChangeModel(BaseModel):
    """A practice that would be paid otherwise, in pounds with two places."""

    practice: str
    before: str
    after: str | None
    """null: it cannot be paid on these figures; `trouble` says why."""
    difference: str
    lines: list[LineChangeModel]
    trouble: str

    @classmethod
    def of(cls, change: Change) -> Self:
        return cls(
            practice=change.practice,
            before=pounds(change.before),
            after=None if change.after is None else pounds(change.after),
            difference=pounds(change.difference),
            lines=[
                LineChangeModel(
                    line=line.line,
                    before=None if line.before is None else pounds(line.before),
                    after=None if line.after is None else pounds(line.after),
                )
                for line in change.lines
            ],
            trouble=change.trouble,
        )


class LineTotalModel(BaseModel):
    """One line over the nation: how many practices, by how many pounds, and the register's national figure."""

    line: str
    practices: int
    difference: str
    mean_before: str | None
    mean_after: str | None


class BlastRadiusModel(BaseModel):
    """Whom the figures would pay otherwise than those that stand. `practices` have an achievement; of these
    `first_paid` have no pounds as yet, `unchanged` keep every line and so their signatures. Of the others so many have
    `signed`, are `approved`, are `finance_approved`, are `paid`."""

    practices: int
    first_paid: int
    unchanged: int
    changed: int
    unpayable: int
    signed: int
    approved: int
    finance_approved: int
    paid: int
    difference: str
    largest_up: ChangeModel | None
    largest_down: ChangeModel | None
    lines: list[LineTotalModel]

    @classmethod
    def of(cls, radius: BlastRadius) -> Self:
        return cls(
            practices=radius.practices,
            first_paid=radius.first_paid,
            unchanged=radius.unchanged,
            changed=radius.changed,
            unpayable=radius.unpayable,
            signed=radius.signed,
            approved=radius.approved,
            finance_approved=radius.finance_approved,
            paid=radius.paid,
            difference=pounds(radius.difference),
            largest_up=ChangeModel.of(radius.largest_up) if radius.largest_up else None,
            largest_down=ChangeModel.of(radius.largest_down) if radius.largest_down else None,
            lines=[
                LineTotalModel(
                    line=line.line,
                    practices=line.practices,
                    difference=pounds(line.difference),
                    mean_before=None if line.mean_before is None else format(line.mean_before, "f"),
                    mean_after=None if line.mean_after is None else format(line.mean_after, "f"),
                )
                for line in radius.lines
            ],
        )


class HeardDeclarationModel(BaseModel):
    """What payments heard last of the practice's declaration; it may be of an earlier statement."""

    state: str
    at: datetime
    person: str


class AffectedModel(ChangeModel):
    """A practice that would be paid otherwise, and how far it is. What is paid stays; the rest is settled by hand."""

    declaration: HeardDeclarationModel | None
    paid: str | None

    @classmethod
    def of_affected(cls, change: Change, progress: PracticeProgress) -> Self:
        heard = progress.declaration
        return cls(
            **ChangeModel.of(change).model_dump(),
            declaration=HeardDeclarationModel(**heard._asdict()) if heard else None,
            paid=progress.paid,
        )


class AffectedPageModel(BaseModel):
    """One page of those who would be paid otherwise, by practice."""

    page: list[AffectedModel]
    next: str | None
    """Where the next page starts (`after=`); none: this is the last."""


def pounds(pence: int) -> str:
    """With two places."""
    return str(in_pounds(pence))
