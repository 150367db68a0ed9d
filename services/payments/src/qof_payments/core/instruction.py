"""May this payment be instructed, and under which id? Once per practice and collection, for what was approved.

The sum may be negative: then more aspiration was paid than was earned, and the instruction is to recover it.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid5

INSTRUCTIONS = UUID("6f0d2f5e-93c1-5d0a-9f6e-0c6b8a3e7d14")
"""Namespace of instruction ids (RFC 9562, version 5). Never changes: a new one would allow a second payment."""

ASPIRATION_PAYMENTS = UUID("b7f9e0a4-6d0b-5c65-8a0e-3f5c2c9d41e7")
"""Namespace of the ids of monthly aspiration payments. Never changes, for the same reason."""


class RefusedInstructionError(Exception):
    """What was approved is not what was calculated: nothing may be instructed."""


class OtherEntitlementError(RefusedInstructionError):
    """The approval names another entitlement."""


class OtherCollectionError(RefusedInstructionError):
    """The approval is for another collection."""


class OtherPracticeError(RefusedInstructionError):
    """The approval is for another practice."""


class OtherPoundsError(RefusedInstructionError):
    """The approval is for other pounds."""


@dataclass(frozen=True, slots=True)
class Payable:
    """A sum for a practice: as a commissioner approved it, or as an entitlement states it."""

    entitlement_id: UUID
    collection: str
    practice: str
    pounds: Decimal


def instruction_id(collection: str, practice: str) -> UUID:
    """The one id that paying this practice for this collection can have, however often it is asked for.

    Codes of practices have no slash, so different pairs never make the same name.
    """
    return uuid5(INSTRUCTIONS, f"{collection}/{practice}")


def aspiration_payment_id(collection: str, practice: str, month: int) -> UUID:
    """The one id that a month's aspiration payment to a practice can have, however often it is asked for."""
    return uuid5(ASPIRATION_PAYMENTS, f"{collection}/{practice}/{month}")


def check_instruction(approved: Payable, entitlement: Payable) -> None:
    """Let pass exactly the sum that was approved; raises the RefusedInstructionError that says what differs."""
    differences: tuple[tuple[type[RefusedInstructionError], str, object, object], ...] = (
        (OtherEntitlementError, "entitlement", approved.entitlement_id, entitlement.entitlement_id),
        (OtherCollectionError, "collection", approved.collection, entitlement.collection),
        (OtherPracticeError, "practice", approved.practice, entitlement.practice),
        (OtherPoundsError, "pounds", approved.pounds, entitlement.pounds),
    )
    for error, what, was_approved, was_calculated in differences:
        if was_approved != was_calculated:
            raise error(
                f"practice {approved.practice}, collection {approved.collection}: {what} {was_approved} was approved, "
                f"but the entitlement has {was_calculated}; nothing is instructed, the practice must declare again"
            )
