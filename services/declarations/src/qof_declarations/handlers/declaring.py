"""Approving, approving the payment, returning: decided with the practice's row locked, and pressed twice."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from qof_declarations.core.declaration import (
    Change,
    Declaration,
    approved,
    finance_approved,
    returned,
)
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import ALREADY_DONE, Action, NotPossibleNowError, State
from qof_declarations.core.permissions import (
    check_approve,
    check_finance_approve,
    check_return,
    scope_of,
)
from qof_declarations.core.standing import Standing, check_settled
from qof_declarations.handlers.errors import (
    NewerFiguresError,
    ReasonMissingError,
)
from qof_declarations.handlers.ports import Standings, UnitOfWork
from qof_declarations.handlers.reading import DeclarationView, lock_standing, view
from qof_shared.contracts import (
    Contract,
    DeclarationApproved,
    DeclarationFinanceApproved,
    DeclarationReturned,
    new_event,
)
from qof_shared.people import Person


@dataclass(frozen=True, slots=True)
class Decided:
    """The declaration afterwards; `is_new` is False where the same had been decided before."""

    view: DeclarationView
    is_new: bool


async def approve_declaration(declaration_id: UUID, *, person: Person, uow: UnitOfWork, now: datetime) -> Decided:
    """Approve the figures: finance is to approve their payment.

    Raises NotFoundError, NotAllowedError, SeparationOfDutiesError, RecalculatingError or NotPossibleNowError.
    """
    standings, standing, declaration = await _lock_declaration(declaration_id, Action.APPROVE, person=person, uow=uow)
    decision = decide_approval(standing, declaration, person=person, now=now)
    return await _store(decision, standing, standings, person=person, uow=uow, now=now)


async def finance_approve(
    declaration_id: UUID, *, newer_version: int | None = None, person: Person, uow: UnitOfWork, now: datetime
) -> Decided:
    """Approve the payment of what the commissioner's approver has approved: payments instructs it.

    Where a newer report is there, finance says with `newer_version` that it has seen it, or returns the declaration.
    Raises NotFoundError, NotAllowedError, SeparationOfDutiesError, RecalculatingError, NewerFiguresError or
    NotPossibleNowError.
    """
    standings, standing, declaration = await _lock_declaration(
        declaration_id, Action.FINANCE_APPROVE, person=person, uow=uow
    )
    decision = decide_finance_approval(standing, declaration, newer_version=newer_version, person=person, now=now)
    return await _store(decision, standing, standings, person=person, uow=uow, now=now)


Decision: TypeAlias = tuple[Change, Contract] | None
"""What changes and how it is told; None where it was decided so before."""


def decide_approval(standing: Standing, declaration: Declaration, *, person: Person, now: datetime) -> Decision:
    """What approving a locked practice's declaration comes to; raises as `approve_declaration` does."""
    check_approve(person, commissioner=standing.commissioner, signed_by=declaration.signed_by)
    if declaration.state in ALREADY_DONE[Action.APPROVE]:
        return None
    change = approved(declaration, person=person, at=now)
    check_settled(standing)
    return change, DeclarationApproved(
        declaration_id=declaration.declaration_id,
        collection=declaration.collection,
        practice=declaration.practice,
        report_version=declaration.version,
        report_digest=declaration.digest,
        entitlement_id=declaration.entitlement_id,
        pounds=declaration.pounds,
        approved_by=person.person,
        approved_at=now,
    )


def decide_finance_approval(
    standing: Standing, declaration: Declaration, *, newer_version: int | None = None, person: Person, now: datetime
) -> Decision:
    """What approving the payment of a locked practice comes to; raises as `finance_approve` does."""
    approval = declaration.approval
    check_finance_approve(
        person,
        commissioner=standing.commissioner,
        signed_by=declaration.signed_by,
        approved_by=approval.person if approval else "",
    )
    if declaration.state in ALREADY_DONE[Action.FINANCE_APPROVE]:
        return None
    newer = standing.report.version if standing.report and standing.is_newer_than_approved else None
    change = finance_approved(declaration, person=person, at=now, newer=newer)
    check_settled(standing)
    if newer is not None and newer != newer_version:
        raise NewerFiguresError(approved=declaration.version, newer=newer)
    assert approval is not None, "nothing is approved by nobody"
    return change, DeclarationFinanceApproved(
        declaration_id=declaration.declaration_id,
        collection=declaration.collection,
        practice=declaration.practice,
        report_version=declaration.version,
        report_digest=declaration.digest,
        entitlement_id=declaration.entitlement_id,
        pounds=declaration.pounds,
        approved_by=approval.person,
        approved_at=approval.at,
        finance_approved_by=person.person,
        finance_approved_at=now,
    )


async def return_declaration(
    declaration_id: UUID, *, reason: str, person: Person, uow: UnitOfWork, now: datetime
) -> Decided:
    """Return the declaration to the practice, which may sign again: what is signed the commissioner's approver, what
    is approved finance.

    Raises NotFoundError, NotAllowedError, ReasonMissingError or NotPossibleNowError.
    """
    standings, standing, declaration = await _lock_declaration(declaration_id, Action.RETURN, person=person, uow=uow)
    check_return(person, commissioner=standing.commissioner, state=declaration.state)
    if not reason.strip():
        raise ReasonMissingError
    if declaration.state in ALREADY_DONE[Action.RETURN]:
        return Decided(await view(standings, standing, person=person), is_new=False)
    change = returned(declaration, person=person, reason=reason.strip(), at=now)
    content = DeclarationReturned(
        declaration_id=declaration_id,
        collection=declaration.collection,
        practice=declaration.practice,
        report_version=declaration.version,
        report_digest=declaration.digest,
        returned_by=person.person,
        returned_at=now,
        reason=reason.strip(),
    )
    return await _store((change, content), standing, standings, person=person, uow=uow, now=now)


async def _lock_declaration(
    declaration_id: UUID, action: Action, *, person: Person, uow: UnitOfWork
) -> tuple[Standings, Standing, Declaration]:
    standings = uow.standings(scope_of(person))
    key = await standings.practice_of(declaration_id)
    if key is None:
        raise NotFoundError(f"There is no declaration {declaration_id}, or it is not yours to see.")
    standing = await lock_standing(standings, *key, person=person)
    declaration = standing.declaration
    if declaration is None or declaration.declaration_id != declaration_id:
        raise NotPossibleNowError(State.SUPERSEDED, action)  # the practice has signed another report since
    return standings, standing, declaration


def tell(content: Contract, standing: Standing, *, uow: UnitOfWork, now: datetime) -> None:
    """Tell what was decided, as part of the journey of the practice's newest report."""
    assert standing.report is not None, "nothing is declared without a report"
    uow.outbox.add(new_event(content, occurred_at=now, correlation_id=str(standing.report.extract_id)))


async def _store(
    decision: Decision,
    standing: Standing,
    standings: Standings,
    *,
    person: Person,
    uow: UnitOfWork,
    now: datetime,
) -> Decided:
    if decision is None:
        return Decided(await view(standings, standing, person=person), is_new=False)
    change, content = decision
    await uow.declarations.record([change])
    tell(content, standing, uow=uow, now=now)
    after = replace(standing, declaration=change.declaration)
    return Decided(await view(standings, after, person=person), is_new=True)
