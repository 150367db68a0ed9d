"""Declarations told how far practices are: keep it, so that a blast radius shows whose signature it meets."""

from collections.abc import Sequence

from qof_payments.handlers.ports import UnitOfWork
from qof_payments.handlers.proposal_ports import DeclarationStanding, HeardDeclaration
from qof_shared.contracts import (
    DeclarationApproved,
    DeclarationFinanceApproved,
    DeclarationReturned,
    DeclarationSigned,
    Event,
)


async def record_declarations(events: Sequence[Event], *, uow: UnitOfWork) -> None:
    """Keep the newest of each practice, in whatever order they come. Approvals are acted upon elsewhere: one that leads
    to no payment is an approval all the same."""
    await uow.declarations.record([_heard(event) for event in events])


def _heard(event: Event) -> HeardDeclaration:
    if event.name == DeclarationSigned.event:
        signed = event.content(DeclarationSigned)
        standing = DeclarationStanding("signed", signed.signed_at, signed.signed_by)
        return HeardDeclaration(signed.collection, signed.practice, signed.declaration_id, standing)
    if event.name == DeclarationReturned.event:
        returned = event.content(DeclarationReturned)
        standing = DeclarationStanding("returned", returned.returned_at, returned.returned_by)
        return HeardDeclaration(returned.collection, returned.practice, returned.declaration_id, standing)
    if event.name == DeclarationFinanceApproved.event:
        paid = event.content(DeclarationFinanceApproved)
        standing = DeclarationStanding("finance-approved", paid.finance_approved_at, paid.finance_approved_by)
        return HeardDeclaration(paid.collection, paid.practice, paid.declaration_id, standing)
    approved = event.content(DeclarationApproved)
    standing = DeclarationStanding("approved", approved.approved_at, approved.approved_by)
    return HeardDeclaration(approved.collection, approved.practice, approved.declaration_id, standing)
