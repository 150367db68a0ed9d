"""What is a practice to do now, by when, and how far has its declaration come?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qof_declarations.core.lifecycle import State
from qof_declarations.core.standing import Standing, abilities
from qof_declarations.entrypoints.web.words import LONDON, day, moment, pounds
from qof_shared.people import Person


@dataclass(frozen=True, slots=True)
class WhatsNext:
    """What the person is to do, in a heading and a sentence, with a link where there is something to press."""

    heading: str
    sentence: str
    action: str | None
    """What the button says."""
    href: str | None
    deadline: str | None
    """By when, as a sentence."""
    is_late: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step from the extract to the payment."""

    name: str
    state: str
    """done, now or later."""
    told: str


def path_of(standing: Standing) -> str:
    """The address of the practice's page."""
    return f"/collections/{standing.collection}/practices/{standing.practice}"


def whats_next(standing: Standing, person: Person, now: datetime) -> WhatsNext:
    """What `person` is to do about this practice."""
    heading, sentence, action, page = _next(standing, person)
    unsigned = standing.state not in (State.SIGNED, State.APPROVED, State.FINANCE_APPROVED)
    return WhatsNext(
        heading=heading,
        sentence=sentence,
        action=action,
        href=f"{path_of(standing)}{page}" if page is not None else None,
        deadline=f"Sign by {day(standing.sign_by)}." if standing.sign_by and unsigned else None,
        is_late=standing.is_late(now.astimezone(LONDON).date()),
    )


def _next(standing: Standing, person: Person) -> tuple[str, str, str | None, str | None]:
    can = abilities(person, standing)
    if standing.rejection and standing.report is None:
        return "Your extract could not be calculated", "Your GP system supplier has to send it again.", "See why", ""
    if standing.is_recalculating:
        return (
            "New figures are being worked out",
            "A newer extract, or a decision about it, is on its way. You can sign once it is here.",
            "See how far it is",
            "/waiting",
        )
    match standing.state:
        case State.AWAITING_EXTRACT:
            return (
                "Waiting for your extract",
                "Your GP system supplier sends it; you do not have to do anything.",
                "See how far it is",
                "/waiting",
            )
        case State.AWAITING_NATIONAL_FIGURES:
            return (
                "Your points are here",
                "The pounds follow when the national figures are frozen. You can sign then.",
                "See how far it is",
                "/waiting",
            )
        case State.AWAITING_SIGNATURE if can.can_sign:
            return "Review and sign", "Your report is ready.", "Review and sign", "/report"
        case State.AWAITING_SIGNATURE:
            return (
                "Ready to be signed",
                "A declarer of the practice reads the report and signs it.",
                "Read it",
                "/report",
            )
        case State.SUPERSEDED:
            sentence = "The figures moved after the declaration was signed. See what moved, then sign again."
            return "The figures moved", sentence, "See what moved", "/declaration"
        case State.RETURNED:
            sentence = "The declaration was returned with a reason. Read it, then sign again."
            return "Returned to the practice", sentence, "Read the reason", "/declaration"
        case State.SIGNED if can.can_approve:
            return "Approve or return", "The practice has signed.", "Look at it", "/declaration"
        case State.SIGNED:
            return (
                "Signed",
                "The commissioner looks at it now. There is nothing for you to do.",
                "See it",
                "/declaration",
            )
        case State.APPROVED if can.can_finance_approve:
            return "Approve the payment", "The commissioner has approved the figures.", "Look at it", "/declaration"
        case State.APPROVED:
            return "Approved", "The payment waits for the finance approver.", "See the payment", "/payment"
        case State.FINANCE_APPROVED:
            return "Approved for payment", "There is nothing left to do.", "See the payment", "/payment"


def journey(standing: Standing) -> Sequence[Step]:
    """Every step from the extract to the payment, and where this practice is."""
    declaration = standing.declaration
    state = standing.state
    has_points = standing.newest_points is not None
    is_signed = state in (State.SIGNED, State.APPROVED, State.FINANCE_APPROVED)
    is_approved = state in (State.APPROVED, State.FINANCE_APPROVED)
    done = [
        ("Extract received and points calculated", has_points, ""),
        ("Pounds worked out on national figures", standing.report is not None, _ready(standing)),
        (
            "Read and signed by the practice",
            is_signed,
            f"by {declaration.signed_by_name}, {moment(declaration.signed_at)}" if declaration and is_signed else "",
        ),
        ("Approved by the commissioner", is_approved, ""),
        ("Payment approved by finance", state is State.FINANCE_APPROVED, ""),
        ("Payment instructed", standing.payment is not None, _paid(standing)),
    ]
    first_open = next((place for place, (_, is_done, _) in enumerate(done) if not is_done), len(done))
    return [
        Step(name, "done" if place < first_open else "now" if place == first_open else "later", told)
        for place, (name, _, told) in enumerate(done)
    ]


def _ready(standing: Standing) -> str:
    report = standing.report
    return f"version {report.version}, {moment(report.published_at)}" if report else ""


def _paid(standing: Standing) -> str:
    payment = standing.payment
    return f"{pounds(payment.pounds)}, {moment(payment.instructed_at)}" if payment else ""
