"""The national team has a month's aspiration paid: each practice once, for ever."""

from dataclasses import dataclass
from datetime import datetime

from qof_payments.core.aspiration import MONTHS
from qof_payments.core.entitlement import in_pounds
from qof_payments.core.instruction import aspiration_payment_id
from qof_payments.handlers.acts import MoneyError, known_collection, make_due
from qof_payments.handlers.money_ports import AspirationPayment, MonthTotals
from qof_payments.handlers.ports import UnitOfWork
from qof_shared.contracts import AspirationInstructed, new_event


class UnknownMonthError(MoneyError):
    """A QOF year has twelve months, from April on."""


@dataclass(frozen=True, slots=True)
class InstructedMonth:
    """What this request instructed, and what stands for the month in all."""

    instructed: int
    pence: int
    totals: MonthTotals


async def instruct_aspiration(
    collection: str, month: int, *, reason: str, person: str, uow: UnitOfWork, now: datetime
) -> InstructedMonth:
    """Instruct what practices with an accepted offer have not been paid for the month yet. Raises a MoneyError.

    Asked again it pays nobody again: it finds those only who came to their terms since. A practice whose year end is
    instructed gets nothing more. What was instructed is what the year end takes off, so the practice's entitlement is
    calculated again.
    """
    await known_collection(collection, uow)
    if not 1 <= month <= MONTHS:
        raise UnknownMonthError(f"month {month}: give 1 (April) to {MONTHS} (March)")
    await uow.national_figures.lock(collection)
    payments = [
        AspirationPayment(aspiration_payment_id(collection, practice, month), practice, month, pence)
        for practice, pence in await uow.money.payable(collection, month)
    ]
    if payments:
        number = await uow.money.record_act("aspiration", collection, person=person, reason=reason, at=now)
        await uow.money.add_payments(collection, number, payments)
        for payment in payments:
            _tell(payment, collection, person, uow, now)
        await make_due(collection, [payment.practice for payment in payments], uow=uow, now=now)
    totals = {one.month: one for one in await uow.money.months(collection)}
    return InstructedMonth(
        instructed=len(payments),
        pence=sum(payment.pence for payment in payments),
        totals=totals.get(month, MonthTotals(month, 0, 0)),
    )


def _tell(payment: AspirationPayment, collection: str, person: str, uow: UnitOfWork, now: datetime) -> None:
    instructed = AspirationInstructed(
        payment_id=payment.payment_id,
        collection=collection,
        practice=payment.practice,
        month=payment.month,
        pounds=str(in_pounds(payment.pence)),
        instructed_by=person,
        instructed_at=now,
    )
    uow.outbox.add(new_event(instructed, occurred_at=now, correlation_id=str(payment.payment_id)))
