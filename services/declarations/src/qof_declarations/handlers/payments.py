"""Recording the payments that were instructed, so that a practice sees its money on its declaration."""

from collections.abc import Sequence

from qof_declarations.handlers.ports import Instruction, UnitOfWork
from qof_shared.contracts import Event, PaymentInstructed


async def record_payments(events: Sequence[Event], *, uow: UnitOfWork) -> None:
    """Keep the instruction of each declaration; payments makes one only, whatever happens."""
    contents = [event.content(PaymentInstructed) for event in events]
    instructions = {
        content.declaration_id: Instruction(
            declaration_id=content.declaration_id,
            instruction_id=content.instruction_id,
            pounds=content.pounds,
            instructed_at=content.instructed_at,
        )
        for content in contents
    }
    await uow.declarations.record_instructions(list(instructions.values()))
