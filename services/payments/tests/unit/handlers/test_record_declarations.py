"""What declarations tell of a practice is kept, whatever it is."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from qof_payments.handlers.record_declarations import record_declarations
from qof_shared.contracts import (
    Contract,
    DeclarationApproved,
    DeclarationFinanceApproved,
    DeclarationReturned,
    DeclarationSigned,
    Event,
    new_event,
)
from qof_shared.testing.fakes import NOON

DECLARATION = uuid4()
ABOUT: dict[str, Any] = {
    "declaration_id": DECLARATION,
    "collection": "QOF",
    "practice": "A81001",
    "report_version": 1,
    "report_digest": "f" * 64,
}


def event(content: Contract) -> Event:
    return new_event(content, occurred_at=NOON, correlation_id="journey")


async def test_signed_returned_approved_and_paid_are_kept_with_who_and_when(uow: Any) -> None:
    later = NOON + timedelta(hours=1)
    await record_declarations(
        [
            event(DeclarationSigned(**ABOUT, signed_by="d1", signed_at=NOON)),
            event(DeclarationReturned(**ABOUT, returned_by="c1", returned_at=later, reason="look again")),
            event(
                DeclarationApproved(**ABOUT, entitlement_id=uuid4(), pounds="1.00", approved_by="c2", approved_at=later)
            ),
            event(
                DeclarationFinanceApproved(
                    **ABOUT,
                    entitlement_id=uuid4(),
                    pounds="1.00",
                    approved_by="c2",
                    approved_at=later,
                    finance_approved_by="f1",
                    finance_approved_at=later + timedelta(hours=1),
                )
            ),
        ],
        uow=uow,
    )
    assert {(one.collection, one.practice, one.declaration_id) for one in uow.declarations.heard} == {
        ("QOF", "A81001", DECLARATION)
    }
    assert [one.standing for one in uow.declarations.heard] == [
        ("signed", NOON, "d1"),
        ("returned", later, "c1"),
        ("approved", later, "c2"),
        ("finance-approved", later + timedelta(hours=1), "f1"),
    ]
