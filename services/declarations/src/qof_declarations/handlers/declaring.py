"""Signing, approving and returning: each decides with the practice's row locked, and each may be pressed twice."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from qof_declarations.core.declaration import Change, Declaration, approved, returned, signed
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import ALREADY_DONE, Action, NotPossibleNowError, State
from qof_declarations.core.permissions import check_approve, check_return, check_sign, scope_of
from qof_declarations.core.standing import Standing, check_settled
from qof_declarations.handlers.errors import DigestMissingError, FiguresMovedError, ReasonMissingError
from qof_declarations.handlers.ports import Standings, UnitOfWork
from qof_declarations.handlers.reading import DeclarationView, lock_standing, moved_between, newest_report, view
from qof_shared.contracts import Contract, DeclarationApproved, DeclarationReturned, DeclarationSigned, new_event
from qof_shared.people import Person


@dataclass(frozen=True, slots=True)
class Decided:
    """The declaration afterwards; `is_new` is False where the same had been decided before."""

    view: DeclarationView
    is_new: bool


async def sign_declaration(
    collection: str,
    practice: str,
    *,
    digest: str | None,
    statement: str | None,
    person: Person,
    uow: UnitOfWork,
    now: datetime,
) -> Decided:
    """Sign exactly the report with this digest.

    Raises NotFoundError, NotAllowedError, ReportAwaitedError, DigestMissingError, FiguresMovedError,
    RecalculatingError or NotPossibleNowError. The same digest signed again is the same declaration, by whomever.
    """
    standings = uow.standings(scope_of(person))
    standing = await lock_standing(standings, collection, practice, person=person)
    check_sign(person, practice=practice)
    report = await newest_report(standings, standing)
    if digest is None:
        raise DigestMissingError
    current = standing.declaration
    if current and current.digest == digest and current.state in ALREADY_DONE[Action.SIGN]:
        return Decided(await view(standings, standing, person=person), is_new=False)
    if digest != report.digest:
        raise await _figures_moved(standings, standing, digest)
    check_settled(standing)
    change = signed(
        report,
        collection=collection,
        practice=practice,
        state=standing.state,
        person=person,
        statement=statement,
        at=now,
    )
    content = DeclarationSigned(
        declaration_id=change.declaration.declaration_id,
        collection=collection,
        practice=practice,
        report_version=report.version,
        report_digest=report.digest,
        signed_by=person.person,
        signed_at=now,
    )
    return await _store(change, content, standing, standings, person=person, uow=uow, now=now)


async def approve_declaration(declaration_id: UUID, *, person: Person, uow: UnitOfWork, now: datetime) -> Decided:
    """Approve the declaration: payments may instruct its pounds.

    Raises NotFoundError, NotAllowedError, SeparationOfDutiesError, RecalculatingError or NotPossibleNowError.
    """
    standings, standing, declaration = await _lock_declaration(declaration_id, Action.APPROVE, person=person, uow=uow)
    check_approve(person, commissioner=standing.commissioner, signed_by=declaration.signed_by)
    if declaration.state in ALREADY_DONE[Action.APPROVE]:
        return Decided(await view(standings, standing, person=person), is_new=False)
    change = approved(declaration, person=person, at=now)
    check_settled(standing)
    content = DeclarationApproved(
        declaration_id=declaration_id,
        collection=declaration.collection,
        practice=declaration.practice,
        report_version=declaration.version,
        report_digest=declaration.digest,
        entitlement_id=declaration.entitlement_id,
        pounds=declaration.pounds,
        approved_by=person.person,
        approved_at=now,
    )
    return await _store(change, content, standing, standings, person=person, uow=uow, now=now)


async def return_declaration(
    declaration_id: UUID, *, reason: str, person: Person, uow: UnitOfWork, now: datetime
) -> Decided:
    """Return the declaration to the practice, which may sign again.

    Raises NotFoundError, NotAllowedError, ReasonMissingError or NotPossibleNowError.
    """
    standings, standing, declaration = await _lock_declaration(declaration_id, Action.RETURN, person=person, uow=uow)
    check_return(person, commissioner=standing.commissioner)
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
    return await _store(change, content, standing, standings, person=person, uow=uow, now=now)


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


async def _figures_moved(standings: Standings, standing: Standing, digest: str) -> FiguresMovedError:
    """What to answer to an old digest: what moved since, where the digest is one of ours."""
    report = standing.report
    assert report is not None, "asked only where there is a report"
    versions = await standings.versions(standing.collection, standing.practice)
    old = next((about.version for about in versions if about.digest == digest), None)
    moved = await moved_between(standings, standing, old, report.version) if old is not None else ()
    return FiguresMovedError(digest=report.digest, version=report.version, moved=moved)


async def _store(
    change: Change,
    content: Contract,
    standing: Standing,
    standings: Standings,
    *,
    person: Person,
    uow: UnitOfWork,
    now: datetime,
) -> Decided:
    await uow.declarations.record([change])
    report = standing.report
    assert report is not None, "nothing is declared without a report"
    uow.outbox.add(new_event(content, occurred_at=now, correlation_id=str(report.extract_id)))
    after = replace(standing, declaration=change.declaration)
    return Decided(await view(standings, after, person=person), is_new=True)
