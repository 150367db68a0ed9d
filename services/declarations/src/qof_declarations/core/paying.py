"""How far has the money of a practice come, from the signature to the instruction?"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from qof_declarations.core.lifecycle import State
from qof_declarations.core.standing import Standing


class PaymentStep(StrEnum):
    """The last thing that was done for the payment."""

    SIGNED = "signed"
    """The commissioner is to approve the figures."""
    APPROVED = "approved"
    """Finance is to approve the payment."""
    FINANCE_APPROVED = "finance-approved"
    """The instruction follows by itself."""
    INSTRUCTED = "instructed"


@dataclass(frozen=True, slots=True)
class Sum:
    """What so many practices come to. Pounds are exact; below 0 where more is recovered than paid."""

    practices: int = 0
    pounds: Decimal = Decimal("0.00")

    def plus(self, pounds: str) -> "Sum":
        """With one more practice."""
        return Sum(self.practices + 1, self.pounds + Decimal(pounds))


def payment_step(standing: Standing) -> PaymentStep | None:
    """None where no signature stands."""
    if standing.payment is not None:
        return PaymentStep.INSTRUCTED
    return _STEPS.get(standing.state)


_STEPS = {
    State.SIGNED: PaymentStep.SIGNED,
    State.APPROVED: PaymentStep.APPROVED,
    State.FINANCE_APPROVED: PaymentStep.FINANCE_APPROVED,
}
