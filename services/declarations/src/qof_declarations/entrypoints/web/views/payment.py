"""Where is a practice's payment: what was done, what is to come, who is to act, what are the pounds made of?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from qof_declarations.core.declaration import Declaration
from qof_declarations.core.lifecycle import AUDIT_KIND, Action, State
from qof_declarations.core.standing import Standing
from qof_declarations.entrypoints.web.views.practice import Step
from qof_declarations.entrypoints.web.views.report import Part
from qof_declarations.entrypoints.web.views.states import TURNS
from qof_declarations.entrypoints.web.words import moment, pounds
from qof_declarations.handlers.paying import PaymentView
from qof_declarations.handlers.reading import DeclarationView


@dataclass(frozen=True, slots=True)
class Instructed:
    """The line of the instruction, as it is to be found again."""

    reference: str
    pounds: str
    at: str
    is_recovered: bool
    """More was paid during the year than was earned: the practice pays it back."""


@dataclass(frozen=True, slots=True)
class PaymentPart:
    """A practice's payment, told."""

    heading: str
    sentence: str
    steps: Sequence[Step]
    instructed: Instructed | None
    lines: Sequence[Part]
    """What the achievement is worth, then what is taken off."""
    due: str | None
    version: int | None
    is_signed: bool
    """The figures shown are those that were signed, not a forecast."""
    is_newer: bool


def payment_part(found: PaymentView) -> PaymentPart:
    """Tell a payment."""
    standing = found.view.standing
    heading, sentence = _told(found.view)
    return PaymentPart(
        heading=heading,
        sentence=sentence,
        steps=_steps(standing),
        instructed=_instructed(standing),
        lines=_lines(found.document) if found.document else (),
        due=pounds(found.document["pounds"]) if found.document else None,
        version=found.version,
        is_signed=standing.state in _SIGNED,
        is_newer=standing.is_newer_than_approved,
    )


def _told(view: DeclarationView) -> tuple[str, str]:
    standing = view.standing
    declaration, payment = standing.declaration, standing.payment
    if payment is not None:
        heading = (
            f"{pounds(_unsigned(payment.pounds))} {'to be paid back' if Decimal(payment.pounds) < 0 else 'instructed'}"
        )
        return heading, f"The payment was instructed on {moment(payment.instructed_at)}. There is nothing left to do."
    turn = TURNS[standing.turn]
    match standing.state:
        case State.FINANCE_APPROVED:
            return (
                "Approved, the instruction follows",
                "Every approval is there. The payment is instructed by itself, as a rule within a minute; nobody has "
                "to do anything.",
            )
        case State.APPROVED:
            return "Waiting for the finance approver", f"The figures are approved. It is the turn of {turn}."
        case State.SIGNED:
            return "Waiting for the commissioner", f"The practice has signed. It is the turn of {turn}."
        case State.RETURNED:
            return "Returned to the practice", f"{_why_returned(view)} Nothing is paid until the practice signs again."
        case State.SUPERSEDED:
            return (
                "The figures moved after the signature",
                f"Nothing is paid for the earlier figures. It is the turn of {turn}, which reviews and signs again.",
            )
    said = "The report is ready to be signed." if declaration is None and standing.report else standing.meaning
    return "Not signed yet", f"{said} It is the turn of {turn}."


def _why_returned(view: DeclarationView) -> str:
    for entry in reversed(view.audit):
        if entry.kind == AUDIT_KIND[Action.RETURN]:
            return f"{entry.actor.name} returned it on {moment(entry.at)}: “{entry.reason}”"
    return ""


def _steps(standing: Standing) -> Sequence[Step]:
    """From the signature to the instruction: each with who did it and when, or whose turn it is."""
    declaration, payment = standing.declaration, standing.payment
    stands = declaration if declaration and standing.state in _SIGNED else None
    done = [
        ("Signed by the practice", _signed(stands)),
        ("Figures approved by the commissioner", _approved(stands)),
        ("Payment approved by finance", _finance_approved(stands)),
        ("Payment instructed", f"{pounds(payment.pounds)}, {moment(payment.instructed_at)}" if payment else ""),
    ]
    first_open = next((place for place, (_, told) in enumerate(done) if not told), len(done))
    turn = "It follows by itself." if standing.state is State.FINANCE_APPROVED else f"Turn of {TURNS[standing.turn]}."
    return [
        Step(name, "done", told)
        if place < first_open
        else Step(name, "now", turn)
        if place == first_open
        else Step(name, "later", "")
        for place, (name, told) in enumerate(done)
    ]


_SIGNED = frozenset({State.SIGNED, State.APPROVED, State.FINANCE_APPROVED})


def _signed(declaration: Declaration | None) -> str:
    if declaration is None:
        return ""
    protest = ", under protest" if declaration.under_protest else ""
    return f"{declaration.signed_by_name}, {moment(declaration.signed_at)}, version {declaration.version}{protest}"


def _approved(declaration: Declaration | None) -> str:
    approval = declaration.approval if declaration else None
    return f"{approval.name}, {moment(approval.at)}" if approval else ""


def _finance_approved(declaration: Declaration | None) -> str:
    approval = declaration.finance_approval if declaration else None
    return f"{approval.name}, {moment(approval.at)}" if approval else ""


def _instructed(standing: Standing) -> Instructed | None:
    payment = standing.payment
    if payment is None:
        return None
    return Instructed(
        reference=str(payment.instruction_id),
        pounds=pounds(_unsigned(payment.pounds)),
        at=moment(payment.instructed_at),
        is_recovered=Decimal(payment.pounds) < 0,
    )


def _lines(document: Mapping[str, Any]) -> Sequence[Part]:
    """The achievement payment, and each deduction: aspiration that was paid during the year among them."""
    achievement = document.get("achievement_pounds", document["pounds"])
    return [
        Part("Achievement payment", "What the points are worth, line by line in the report", pounds(achievement)),
        *(
            Part(f"Less {one['description']}", one["formula"], pounds(-Decimal(one["pounds"])))
            for one in document.get("deductions", {}).values()
        ),
    ]


def _unsigned(amount: str) -> Decimal:
    return abs(Decimal(amount))
