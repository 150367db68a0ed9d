"""Propose national figures, with reasons for everything that speaks against them, or withdraw what was proposed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid4

from qof_payments.core.gates import Thresholds, unacknowledged
from qof_payments.core.review import Review
from qof_payments.handlers.errors import (
    GatesOpenError,
    NameTakenError,
    ProposalDecidedError,
    UnknownFindingError,
    UnknownProposalError,
    UnverifiedError,
)
from qof_payments.handlers.ports import ParametersOf, UnitOfWork
from qof_payments.handlers.proposal_ports import AuditAction, AuditEntry, Proposal
from qof_payments.handlers.review_national_figures import review_national_figures


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which name and for which reasons somebody proposes figures."""

    name: str
    reason: str
    exclusions: Mapping[str, str] = field(default_factory=dict)
    """Practice -> reason."""
    acknowledgements: Mapping[str, str] = field(default_factory=dict)
    """Finding -> reason."""
    unverified_reason: str = ""


async def propose_national_figures(
    collection: str,
    *,
    terms: Terms,
    person: str,
    uow: UnitOfWork,
    parameters_of: ParametersOf,
    thresholds: Thresholds,
    now: datetime,
) -> Proposal:
    """Review the figures and keep them as a proposal. Raises a FreezeError, most of all where a gate is open."""
    reviewed = await review_national_figures(
        collection,
        exclusions=terms.exclusions,
        uow=uow,
        parameters_of=parameters_of,
        thresholds=thresholds,
    )
    if await uow.national_figures.by_name(collection, terms.name) is not None:
        raise NameTakenError(f"{collection} has national figures named {terms.name!r} already; choose another name")
    check_reasons(reviewed.review, terms.acknowledgements, terms.unverified_reason)
    proposal = Proposal(
        proposal_id=uuid4(),
        collection=collection,
        name=terms.name,
        reason=terms.reason,
        proposed_by=person,
        proposed_at=now,
        exclusions=dict(sorted(terms.exclusions.items())),
        acknowledgements=dict(sorted(terms.acknowledgements.items())),
        unverified_reason=terms.unverified_reason,
        review=reviewed.review,
    )
    if not await uow.proposals.add(proposal, reviewed.inputs, reviewed.changes):
        raise NameTakenError(
            f"figures named {terms.name!r} are proposed for {collection} already; withdraw that proposal or choose"
            " another name"
        )
    await uow.proposals.record(collection, audit_entry(proposal, "proposed", person, terms.reason, now))
    return proposal


def check_reasons(review: Review, acknowledgements: Mapping[str, str], unverified_reason: str) -> None:
    """Raises where a gate stops without a reason, where a reason is for nothing, or where a mark has none."""
    unknown = sorted(acknowledgements.keys() - {one.finding for one in review.findings})
    if unknown:
        raise UnknownFindingError(
            f"no gate finds {', '.join(unknown)}; look at the preview again and acknowledge findings by their ids"
        )
    still_open = unacknowledged(review.findings, acknowledgements)
    if still_open:
        raise GatesOpenError(still_open)
    if review.is_unverified and not unverified_reason.strip():
        marked = [*review.unverified, *review.unverified_indicators]
        raise UnverifiedError(
            f"no source confirmed {', '.join(marked)}; give unverified_reason, why practices may be paid by them"
        )


async def withdraw_proposal(
    collection: str, proposal_id: UUID, *, person: str, reason: str, uow: UnitOfWork, now: datetime
) -> Proposal:
    """Nobody can freeze it any more; the reason is kept. Raises UnknownProposalError or ProposalDecidedError."""
    await uow.national_figures.lock(collection)
    proposal = await known_proposal(collection, proposal_id, uow)
    check_open(proposal)
    withdrawn = replace(proposal, state="withdrawn", decided_by=person, decided_at=now, decision_reason=reason)
    await uow.proposals.decide(withdrawn)
    await uow.proposals.record(collection, audit_entry(proposal, "withdrew", person, reason, now))
    return withdrawn


async def known_proposal(collection: str, proposal_id: UUID, uow: UnitOfWork) -> Proposal:
    """Raises UnknownProposalError."""
    proposal = await uow.proposals.by_id(collection, proposal_id)
    if proposal is None:
        raise UnknownProposalError(f"no proposal {proposal_id} of {collection}; list those there are")
    return proposal


def check_open(proposal: Proposal) -> None:
    """Raises ProposalDecidedError."""
    if proposal.state != "open":
        raise ProposalDecidedError(
            f"the proposal {proposal.name!r} was {proposal.state} by {proposal.decided_by} at {proposal.decided_at};"
            " propose anew"
        )


def audit_entry(proposal: Proposal, action: AuditAction, person: str, reason: str, now: datetime) -> AuditEntry:
    """What is written down for good of something that somebody did with a proposal."""
    return AuditEntry(
        at=now,
        person=person,
        action=action,
        proposal_id=proposal.proposal_id,
        name=proposal.name,
        digest=proposal.review.digest,
        reason=reason,
        exclusions=proposal.exclusions,
        acknowledgements=proposal.acknowledgements,
        unverified_reason=proposal.unverified_reason,
    )
