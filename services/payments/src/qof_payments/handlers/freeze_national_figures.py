"""Fix proposed national figures, by a second person; from then on every practice is paid by them."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from qof_payments.core.gates import Thresholds
from qof_payments.core.national import NationalFigures
from qof_payments.core.review import moved
from qof_payments.handlers.errors import FiguresMovedError, NameTakenError, SamePersonError
from qof_payments.handlers.ports import ParametersOf, Snapshot, UnitOfWork
from qof_payments.handlers.proposal_ports import Proposal
from qof_payments.handlers.propose_national_figures import audit_entry, check_open, known_proposal
from qof_payments.handlers.review_national_figures import Reviewed, inputs_of, review_national_figures
from qof_shared.contracts import EntitlementsDue, NationalFiguresFrozen, new_event

PRACTICES_PER_MESSAGE = 100
"""How many practices one message makes due: enough to calculate in one transaction, few enough to share out."""


def figures_digest(figures: NationalFigures) -> str:
    """SHA-256, hexadecimal, of the figures' JSON; registers are in alphabetical order, so it is canonical."""
    return hashlib.sha256(msgspec.json.encode(figures)).hexdigest()


async def freeze_national_figures(
    collection: str,
    proposal_id: UUID,
    *,
    person: str,
    uow: UnitOfWork,
    parameters_of: ParametersOf,
    thresholds: Thresholds,
    now: datetime,
) -> Snapshot:
    """Freeze exactly what was proposed, and make those practices due for whom something changes. Raises a FreezeError.

    The lock keeps achievements out, so that nothing moves between the last look and the freeze. Later extracts are
    paid by the frozen figures and do not move them. Asked again by the same person, the answer is the same snapshot.
    """
    await uow.national_figures.lock(collection)
    proposal = await known_proposal(collection, proposal_id, uow)
    if proposal.snapshot_id is not None and proposal.decided_by == person:
        frozen = await uow.national_figures.by_id(proposal.snapshot_id)
        assert frozen is not None, "a decision names what was frozen"
        return frozen
    check_open(proposal)
    if proposal.proposed_by == person:
        raise SamePersonError(f"{person} proposed these figures; somebody else of the national team freezes them")
    if await uow.national_figures.by_name(collection, proposal.name) is not None:
        raise NameTakenError(f"{collection} has national figures named {proposal.name!r} already; propose anew")
    reviewed = await review_national_figures(
        collection,
        exclusions=proposal.exclusions,
        uow=uow,
        parameters_of=parameters_of,
        thresholds=thresholds,
    )
    if reviewed.review.digest != proposal.review.digest:
        raise FiguresMovedError(await _moved(proposal, reviewed, uow))
    snapshot = await _snapshot(proposal, person, uow, now)
    await uow.national_figures.add(snapshot)
    decided = replace(proposal, state="frozen", decided_by=person, decided_at=now, snapshot_id=snapshot.snapshot_id)
    await uow.proposals.decide(decided)
    await uow.proposals.record(collection, audit_entry(proposal, "froze", person, proposal.reason, now))
    _tell(snapshot, reviewed.due, uow, now)
    return snapshot


async def _moved(proposal: Proposal, reviewed: Reviewed, uow: UnitOfWork) -> list[str]:
    kept = await uow.proposals.inputs(proposal.proposal_id)
    before, after = await asyncio.to_thread(lambda: (inputs_of(kept), inputs_of(reviewed.inputs)))
    return moved(proposal.review, reviewed.review, before, after)


async def _snapshot(proposal: Proposal, person: str, uow: UnitOfWork, now: datetime) -> Snapshot:
    newest = await uow.national_figures.newest(proposal.collection)
    review = proposal.review
    return Snapshot(
        snapshot_id=uuid4(),
        collection=proposal.collection,
        number=newest.number + 1 if newest else 1,
        name=proposal.name,
        digest=figures_digest(review.figures),
        figures=review.figures,
        parameters_id=review.parameters_id,
        parameters_digest=review.parameters_digest,
        frozen_at=now,
        frozen_by=person,
        reason=proposal.reason,
        proposal_id=proposal.proposal_id,
        proposed_by=proposal.proposed_by,
        exclusions=proposal.exclusions,
        acknowledgements=proposal.acknowledgements,
        unverified_reason=proposal.unverified_reason,
    )


def _tell(snapshot: Snapshot, due: Sequence[str], uow: UnitOfWork, now: datetime) -> None:
    correlation_id = str(snapshot.snapshot_id)
    frozen = NationalFiguresFrozen(
        snapshot_id=snapshot.snapshot_id,
        collection=snapshot.collection,
        name=snapshot.name,
        digest=snapshot.digest,
        frozen_at=now,
        frozen_by=snapshot.frozen_by,
        reason=snapshot.reason,
        practices=snapshot.figures.practices,
        mean_prevalence={
            register: format(figure.mean_prevalence, "f") for register, figure in snapshot.figures.registers.items()
        },
        proposed_by=snapshot.proposed_by,
        exclusions=dict(snapshot.exclusions),
        acknowledgements=dict(snapshot.acknowledgements),
        unverified_reason=snapshot.unverified_reason,
    )
    uow.outbox.add(new_event(frozen, occurred_at=now, correlation_id=correlation_id))
    for start in range(0, len(due), PRACTICES_PER_MESSAGE):
        part = EntitlementsDue(
            snapshot_id=snapshot.snapshot_id,
            collection=snapshot.collection,
            practices=list(due[start : start + PRACTICES_PER_MESSAGE]),
        )
        uow.outbox.add(new_event(part, occurred_at=now, correlation_id=correlation_id))
