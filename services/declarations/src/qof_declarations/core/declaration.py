"""What a declaration is, and how each action changes it, with the audit entry that the change leaves behind."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from qof_declarations.core.lifecycle import AUDIT_KIND, Action, State, next_state
from qof_shared.people import Person

DECLARATIONS = UUID("6b1f0c1e-6d0e-5b38-9d4e-0f4c8f1f7a52")
"""Name space of declaration ids."""


@dataclass(frozen=True, slots=True)
class ReportVersion:
    """One published report, without its document. Immutable."""

    version: int
    digest: str
    points: str
    pounds: str
    extract_id: UUID
    extract_number: int
    entitlement_id: UUID
    snapshot: str
    """Name of the national figures behind the pounds."""
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, as they were called at the time."""

    person: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Declaration:
    """A practice's word that exactly this report is right. Points, pounds and entitlement are the report's."""

    declaration_id: UUID
    collection: str
    practice: str
    version: int
    digest: str
    entitlement_id: UUID
    points: str
    pounds: str
    state: State
    statement: str | None
    signed_by: str
    signed_by_name: str
    signed_at: datetime
    protested: tuple[UUID, ...] = ()
    """The queries that were open when it was signed under protest; empty where it was not."""
    approval: Approval | None = None
    """The commissioner's, as long as it stands: a return ends it."""
    finance_approval: Approval | None = None

    @property
    def under_protest(self) -> bool:
        return bool(self.protested)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as they were called at the time."""

    person: str
    name: str
    role: str


THE_SYSTEM = Actor("openqof", "OpenQOF", "system")
"""Does what no person does: supersedes."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One step of a declaration, kept for ever."""

    declaration_id: UUID
    collection: str
    practice: str
    kind: str
    actor: Actor
    from_state: State
    to_state: State
    reason: str | None
    version: int
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A declaration as it now is, and why: neither is ever stored without the other."""

    declaration: Declaration
    entry: AuditEntry


def declaration_id(collection: str, practice: str, digest: str) -> UUID:
    """The id of the declaration on a report: the same report signed twice is one declaration."""
    return uuid5(DECLARATIONS, f"{collection}/{practice}/{digest}")


def signed(
    report: ReportVersion,
    *,
    collection: str,
    practice: str,
    state: State,
    person: Person,
    statement: str | None,
    at: datetime,
    protested: tuple[UUID, ...] = (),
    protest: str | None = None,
) -> Change:
    """The declaration on `report`, signed from `state`; raises NotPossibleNowError.

    Signed under protest it carries the open queries; `protest` says it in words, for the audit.
    """
    declaration = Declaration(
        declaration_id=declaration_id(collection, practice, report.digest),
        collection=collection,
        practice=practice,
        version=report.version,
        digest=report.digest,
        entitlement_id=report.entitlement_id,
        points=report.points,
        pounds=report.pounds,
        state=next_state(state, Action.SIGN),
        statement=statement,
        signed_by=person.person,
        signed_by_name=person.name,
        signed_at=at,
        protested=protested,
    )
    return _change(declaration, Action.SIGN, state, _actor(person), at, protest)


def approved(declaration: Declaration, *, person: Person, at: datetime) -> Change:
    """The declaration, approved; raises NotPossibleNowError."""
    return _moved(replace(declaration, approval=_approval(person, at)), Action.APPROVE, _actor(person), at)


def finance_approved(declaration: Declaration, *, person: Person, at: datetime, newer: int | None = None) -> Change:
    """The declaration, whose payment finance approved; raises NotPossibleNowError.

    `newer` is the report version that finance saw beside the approved one.
    """
    seen = f"Report version {newer} is newer; what was signed is paid." if newer is not None else None
    approving = replace(declaration, finance_approval=_approval(person, at))
    return _moved(approving, Action.FINANCE_APPROVE, _actor(person), at, seen)


def returned(declaration: Declaration, *, person: Person, reason: str, at: datetime) -> Change:
    """The declaration, returned to the practice with a reason, and no approval; raises NotPossibleNowError."""
    return _moved(replace(declaration, approval=None), Action.RETURN, _actor(person), at, reason)


def superseded(declaration: Declaration, *, by: int, at: datetime) -> Change:
    """The declaration, overtaken by report version `by`; raises NotPossibleNowError."""
    return _moved(declaration, Action.SUPERSEDE, THE_SYSTEM, at, f"Report version {by} was published; figures moved.")


def _moved(declaration: Declaration, action: Action, actor: Actor, at: datetime, reason: str | None = None) -> Change:
    after = replace(declaration, state=next_state(declaration.state, action))
    return _change(after, action, declaration.state, actor, at, reason)


def _change(
    declaration: Declaration, action: Action, before: State, actor: Actor, at: datetime, reason: str | None = None
) -> Change:
    entry = AuditEntry(
        declaration_id=declaration.declaration_id,
        collection=declaration.collection,
        practice=declaration.practice,
        kind=AUDIT_KIND[action],
        actor=actor,
        from_state=before,
        to_state=declaration.state,
        reason=reason,
        version=declaration.version,
        digest=declaration.digest,
        at=at,
    )
    return Change(declaration, entry)


def _approval(person: Person, at: datetime) -> Approval:
    return Approval(person.person, person.name, at)


def _actor(person: Person) -> Actor:
    return Actor(person.person, person.name, person.role.value)
