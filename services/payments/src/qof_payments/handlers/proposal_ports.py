"""What proposing and freezing national figures needs from outside: proposals, their audit, declarations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from qof_payments.core.blast_radius import Change
from qof_payments.core.review import Review

ProposalState = Literal["open", "frozen", "withdrawn"]
AuditAction = Literal["proposed", "withdrew", "froze"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """National figures that one person proposes and another may freeze; a decision is made once."""

    proposal_id: UUID
    collection: str
    name: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    exclusions: Mapping[str, str]
    """Practice -> reason."""
    acknowledgements: Mapping[str, str]
    """Finding -> reason."""
    unverified_reason: str
    review: Review
    state: ProposalState = "open"
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None
    """Of a withdrawal."""
    snapshot_id: UUID | None = None
    """Of a freeze."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Somebody did something about a collection's national figures. Never changed, never removed."""

    at: datetime
    person: str
    action: AuditAction
    proposal_id: UUID
    name: str
    digest: str
    """Of the review that was proposed."""
    reason: str
    exclusions: Mapping[str, str]
    acknowledgements: Mapping[str, str]
    unverified_reason: str


class DeclarationStanding(NamedTuple):
    """What payments heard of a practice's declaration."""

    state: Literal["signed", "returned", "approved", "finance-approved"]
    at: datetime
    person: str


@dataclass(frozen=True, slots=True)
class HeardDeclaration:
    """A declaration was signed, returned, approved or approved by finance."""

    collection: str
    practice: str
    declaration_id: UUID
    standing: DeclarationStanding


@dataclass(frozen=True, slots=True)
class PracticeProgress:
    """How far a practice is with its declaration and payment."""

    declaration: DeclarationStanding | None = None
    paid: str | None = None
    """Pounds that were instructed."""


NO_PROGRESS = PracticeProgress()


class Proposals(Protocol):
    async def add(self, proposal: Proposal, inputs: bytes, changes: Sequence[Change]) -> bool:
        """Keep a proposal; False where an open one of the collection has its name."""

    async def by_id(self, collection: str, proposal_id: UUID) -> Proposal | None: ...
    async def all(self, collection: str) -> list[Proposal]: ...

    async def inputs(self, proposal_id: UUID) -> bytes:
        """What its figures were made from."""

    async def decide(self, decided: Proposal) -> None:
        """Keep the decision on an open proposal."""

    async def changes(self, proposal_id: UUID, after: str, limit: int) -> list[Change]:
        """Whom its figures pay otherwise, by practice, from the one behind `after` on."""

    async def record(self, collection: str, entry: AuditEntry) -> None: ...
    async def audit(self, collection: str) -> list[AuditEntry]:
        """Everything that was done, the oldest first."""


class Declarations(Protocol):
    async def record(self, heard: Sequence[HeardDeclaration]) -> None:
        """Keep the newest of each practice."""

    async def progress(self, collection: str, practices: Sequence[str]) -> Mapping[str, PracticeProgress]:
        """Of those practices that have signed, or of whom more is known."""
