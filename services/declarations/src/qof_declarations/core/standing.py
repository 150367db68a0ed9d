"""Where one practice stands in one collection, and what the asking person can do about it now."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from qof_declarations.core.declaration import Declaration, ReportVersion
from qof_declarations.core.determination import is_open
from qof_declarations.core.errors import DeclarationsError
from qof_declarations.core.lifecycle import (
    MEANING,
    SETTLED_STATES,
    STORED_STATES,
    TURN,
    Action,
    State,
    Turn,
    is_possible,
    state_of,
)
from qof_declarations.core.permissions import (
    can_answer,
    can_approve,
    can_determine,
    can_finance_approve,
    can_query,
    can_return,
    can_sign,
)
from qof_shared.people import Person


class RecalculatingError(DeclarationsError):
    """A newer extract, or a determination, is on its way through: what is shown now is about to change."""

    def __init__(self) -> None:
        super().__init__(
            "A newer extract of this practice, or what was determined for it, is being worked out; nothing is signed "
            "or approved meanwhile. Load the report again in a moment."
        )


@dataclass(frozen=True, slots=True)
class Payment:
    """The payment instructed for an approved declaration."""

    instruction_id: UUID
    pounds: str
    instructed_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """One practice in one collection."""

    collection: str
    practice: str
    practice_name: str
    commissioner: str
    commissioner_name: str | None
    newest_points: str | None
    """Points of the newest extract, with or without pounds; None before the first."""
    is_recalculating: bool
    """The newest points and the newest pounds are not of the same extract, or the points are without what was
    determined since: something is still to come."""
    rejection: tuple[str, ...]
    """Why the newest extract could not be calculated, a sentence for each fault; empty where it could."""
    report: ReportVersion | None
    """The newest version."""
    declaration: Declaration | None
    """The newest declaration."""
    payment: Payment | None
    open_queries: int = 0
    """What the practice queried and nobody has answered yet."""
    sign_by: date | None = None
    """The last day to sign on; None where nobody set one."""

    @property
    def state(self) -> State:
        return state_of(
            self.declaration.state if self.declaration else None,
            has_report=self.report is not None,
            has_points=self.newest_points is not None,
        )

    @property
    def turn(self) -> Turn:
        return TURN[self.state]

    @property
    def meaning(self) -> str:
        return MEANING[self.state]

    @property
    def points(self) -> str | None:
        """The report's points, or, before there is one, those of the newest extract."""
        return self.report.points if self.report else self.newest_points

    @property
    def pounds(self) -> str | None:
        return self.report.pounds if self.report else None

    @property
    def approved_version(self) -> int | None:
        return self.declaration.version if self.declaration and self.state in SETTLED_STATES else None

    @property
    def is_newer_than_approved(self) -> bool:
        """The figures moved after the approval: finance returns it, or the approved version is paid and the rest is
        settled by hand."""
        return (
            self.approved_version is not None
            and self.report is not None
            and (self.report.version != self.approved_version)
        )

    def is_late(self, today: date) -> bool:
        """Nobody has signed, or what was signed has fallen, and the day to sign by is over."""
        return self.sign_by is not None and today > self.sign_by and self.state in UNSIGNED_STATES


UNSIGNED_STATES = frozenset(State) - STORED_STATES | {State.RETURNED, State.SUPERSEDED}
"""No signature stands."""


def check_settled(standing: Standing) -> None:
    """Raises RecalculatingError while newer figures are being worked out."""
    if standing.is_recalculating:
        raise RecalculatingError


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a person can do at this moment: permission, state and figures together. For buttons."""

    can_sign: bool
    can_approve: bool
    can_return: bool
    can_determine: bool
    can_finance_approve: bool = False
    can_query: bool = False
    can_answer: bool = False


def abilities(person: Person, standing: Standing) -> Abilities:
    """What `person` can do with `standing` now."""
    declaration = standing.declaration
    signer = declaration.signed_by if declaration else ""
    approver = declaration.approval.person if declaration and declaration.approval else ""
    settled = not standing.is_recalculating
    return Abilities(
        can_sign=settled and is_possible(standing.state, Action.SIGN) and can_sign(person, practice=standing.practice),
        can_approve=settled
        and is_possible(standing.state, Action.APPROVE)
        and can_approve(person, commissioner=standing.commissioner, signed_by=signer),
        can_return=is_possible(standing.state, Action.RETURN)
        and can_return(person, commissioner=standing.commissioner, state=standing.state),
        can_determine=is_open(standing.state) and can_determine(person, commissioner=standing.commissioner),
        can_finance_approve=settled
        and is_possible(standing.state, Action.FINANCE_APPROVE)
        and can_finance_approve(person, commissioner=standing.commissioner, signed_by=signer, approved_by=approver),
        can_query=standing.report is not None and can_query(person, practice=standing.practice),
        can_answer=standing.open_queries > 0 and can_answer(person, commissioner=standing.commissioner),
    )
