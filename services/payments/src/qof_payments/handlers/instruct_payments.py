"""Finance approved the payment of a declaration: instruct exactly the sum that was approved, once for ever."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from qof_payments.core.instruction import Payable, RefusedInstructionError, check_instruction, instruction_id
from qof_payments.handlers.ports import UnitOfWork
from qof_shared.contracts import DeclarationFinanceApproved, Event, PaymentInstructed, new_event
from qof_shared.errors import PermanentError


class InstructionError(PermanentError):
    """An approval does not lead to a payment; somebody must look."""


async def instruct_payments(events: Sequence[Event], *, uow: UnitOfWork, now: datetime) -> None:
    """Instruct a batch of approvals. An approval of what is instructed already has no further effect."""
    for event in events:
        approved = event.content(DeclarationFinanceApproved)
        entitlement = await uow.entitlements.by_id(approved.entitlement_id)
        if entitlement is None:
            raise InstructionError(f"practice {approved.practice}: no entitlement {approved.entitlement_id}")
        try:
            check_instruction(
                Payable(approved.entitlement_id, approved.collection, approved.practice, Decimal(approved.pounds)),
                Payable(
                    entitlement.entitlement_id,
                    entitlement.collection,
                    entitlement.practice,
                    Decimal(entitlement.pounds),
                ),
            )
        except RefusedInstructionError as error:
            raise InstructionError(str(error)) from error
        instruction = PaymentInstructed(
            instruction_id=instruction_id(approved.collection, approved.practice),
            declaration_id=approved.declaration_id,
            entitlement_id=approved.entitlement_id,
            collection=approved.collection,
            practice=approved.practice,
            pounds=approved.pounds,
            instructed_at=now,
        )
        standing = await uow.instructions.add(instruction)
        if standing is None:
            uow.outbox.add(
                new_event(
                    instruction,
                    occurred_at=now,
                    correlation_id=event.correlation_id,
                    causation_id=event.message_id,
                )
            )
        elif standing.entitlement_id != approved.entitlement_id:
            raise InstructionError(
                f"practice {approved.practice} was paid £{standing.pounds} for {approved.collection} already "
                f"(entitlement {standing.entitlement_id}); a second payment is never made, adjust by hand"
            )
