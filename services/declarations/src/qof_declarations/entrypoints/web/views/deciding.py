"""What may a commissioner's approver or finance do about a declaration, and if they may not: why not?"""

from dataclasses import dataclass
from uuid import UUID

from qof_declarations.core.errors import DeclarationsError
from qof_declarations.core.lifecycle import MEANING, Action, NotPossibleNowError, State, next_state
from qof_declarations.core.permissions import (
    COMMISSIONER_ROLES,
    SeparationOfDutiesError,
    check_approve,
    check_finance_approve,
)
from qof_declarations.core.standing import Standing, abilities, check_settled
from qof_declarations.entrypoints.web.views.practice import path_of
from qof_declarations.entrypoints.web.views.states import TURNS
from qof_declarations.entrypoints.web.words import moment
from qof_shared.people import Person, Role


@dataclass(frozen=True, slots=True)
class Decision:
    """What to put to the person who decides. Nothing can be decided where neither of the three is allowed."""

    declaration_id: UUID
    practice_href: str
    """The practice's page."""
    can_approve: bool
    can_finance_approve: bool
    can_return: bool
    newer_version: int | None
    """A newer report is beside what was approved: finance has to say that it has seen it."""
    approved_version: int
    has_open_queries: bool
    under_protest: bool
    why_not: str | None
    """Why the person cannot approve now, in a sentence or two."""


def decision_of(standing: Standing, person: Person) -> Decision | None:
    """What `person` may decide; None for people who never decide, and where there is nothing to decide yet."""
    declaration = standing.declaration
    if person.role not in COMMISSIONER_ROLES or declaration is None:
        return None
    can = abilities(person, standing)
    newer = standing.report.version if standing.report and standing.is_newer_than_approved else None
    return Decision(
        declaration_id=declaration.declaration_id,
        practice_href=path_of(standing),
        can_approve=can.can_approve,
        can_finance_approve=can.can_finance_approve,
        can_return=can.can_return,
        newer_version=newer,
        approved_version=declaration.version,
        has_open_queries=standing.open_queries > 0,
        under_protest=declaration.under_protest,
        why_not=None if can.can_approve or can.can_finance_approve else _why_not(standing, person),
    )


def _why_not(standing: Standing, person: Person) -> str:
    declaration = standing.declaration
    assert declaration is not None, "asked only where there is one"
    is_finance = person.role is Role.FINANCE_APPROVER
    approval, payment_approval = declaration.approval, declaration.finance_approval
    if standing.state is State.FINANCE_APPROVED and payment_approval:
        return f"{payment_approval.name} approved the payment on {moment(payment_approval.at)}."
    if standing.state is State.APPROVED and approval and not is_finance:
        return (
            f"{approval.name} approved the figures on {moment(approval.at)}. The payment is approved by a finance "
            "approver: signing, approving and approving the payment are done by three people."
        )
    try:
        if is_finance:
            approver = approval.person if approval else ""
            check_finance_approve(
                person, commissioner=standing.commissioner, signed_by=declaration.signed_by, approved_by=approver
            )
            next_state(standing.state, Action.FINANCE_APPROVE)
        else:
            check_approve(person, commissioner=standing.commissioner, signed_by=declaration.signed_by)
            next_state(standing.state, Action.APPROVE)
        check_settled(standing)
    except NotPossibleNowError as error:
        return f"{MEANING[error.state]} It is the turn of {TURNS[standing.turn]}."
    except SeparationOfDutiesError as error:
        return f"{error} Signing, approving and approving the payment are done by three people."
    except DeclarationsError as error:
        return str(error)
    raise AssertionError("whoever may approve is not asked why not")
