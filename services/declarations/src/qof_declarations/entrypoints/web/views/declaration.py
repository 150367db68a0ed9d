"""What is to be confirmed, by whom, what moved, and what happened to an earlier signature?"""

from collections.abc import Sequence
from dataclasses import dataclass

from qof_declarations.core.declaration import AuditEntry, Declaration
from qof_declarations.core.differences import Difference, cells
from qof_declarations.core.lifecycle import AUDIT_KIND, Action, State
from qof_declarations.core.standing import UNSIGNED_STATES, Standing
from qof_declarations.entrypoints.web.words import moment, points, pounds
from qof_declarations.handlers.confirming import Confirmation
from qof_shared.people import Person, Role

SHOWN_FIRST = 12
"""Of what moved so many rows are seen at once; the rest is one press away."""
SHORT_DIGEST = 12

LONGEST_STATEMENT = 2_000
"""Characters, as over the API."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved, as rows of (what, before, now); the most important first."""

    rows: Sequence[tuple[str, str, str]]
    more: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Returned:
    """Why it came back."""

    reason: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Signature:
    """What was signed, for reading."""

    rows: Sequence[tuple[str, str]]
    statement: str | None
    is_of_newest: bool
    """It is of the figures that the page shows."""


@dataclass(frozen=True, slots=True)
class DeclarationPart:
    """A declaration, told to one person."""

    heading: str
    sentence: str
    can_sign: bool
    signing_is_for: str | None
    """Who may sign, where the person may not and somebody is to."""
    is_waiting: bool
    """Newer figures are on their way and the page is to look again by itself."""
    returned: Returned | None
    moved_since_read: Moved | None
    moved_since_signed: Moved | None
    signature: Signature | None


def declaration_part(found: Confirmation, person: Person, *, has_moved: bool = False) -> DeclarationPart:
    """Tell a declaration; `has_moved`: the person wanted to sign figures that are no longer the newest."""
    standing = found.view.standing
    unsigned = standing.state in UNSIGNED_STATES
    heading, sentence = _told(standing, can_sign=found.view.can.can_sign, has_moved=has_moved)
    return DeclarationPart(
        heading=heading,
        sentence=sentence,
        can_sign=found.view.can.can_sign,
        signing_is_for=_signing_is_for(person) if unsigned and not found.view.can.can_sign else None,
        is_waiting=standing.is_recalculating and unsigned,
        returned=_returned(found.view.audit) if standing.state is State.RETURNED else None,
        moved_since_read=moved_part(found.moved_since_read),
        moved_since_signed=None if found.moved_since_read else moved_part(found.view.moved_since),
        signature=_signature(standing, found) if standing.declaration else None,
    )


def moved_part(differences: Sequence[Difference]) -> Moved | None:
    """What moved as a table; None where nothing did. How a line was worked out is told behind the figures."""
    figures = [cells(one) for one in differences if not one.pointer.endswith("/formula")]
    formulas = [cells(one) for one in differences if one.pointer.endswith("/formula")]
    first = figures[:SHOWN_FIRST] or formulas
    return Moved(first, figures[SHOWN_FIRST:] + formulas if figures else []) if first else None


def short_digest(digest: str) -> str:
    """The beginning of a digest, enough to compare by eye."""
    return digest[:SHORT_DIGEST]


def _told(standing: Standing, *, can_sign: bool, has_moved: bool) -> tuple[str, str]:
    if has_moved and standing.state in UNSIGNED_STATES:
        return (
            "The figures moved while you were reading",
            "You have not signed anything. See what moved below."
            + (" Then sign the new figures: what you typed is still there." if can_sign else ""),
        )
    if has_moved and standing.declaration:
        return (
            "Signed already, with newer figures",
            f"The figures moved while you were reading, and {standing.declaration.signed_by_name} signed the new ones.",
        )
    if standing.is_recalculating and standing.state in UNSIGNED_STATES:
        return (
            "New figures are being worked out",
            "A newer extract, or a decision about it, is on its way. Until it is here nobody can sign, so that nobody "
            "signs what is about to change.",
        )
    match standing.state:
        case State.SUPERSEDED:
            return "The figures moved after the signature", "The signature no longer stands. See what moved below."
        case State.RETURNED:
            return "Returned to the practice", "The signature no longer stands. The reason is below."
        case State.SIGNED:
            return "Signed", "The commissioner looks at it now."
        case State.APPROVED:
            return "Approved by the commissioner", "The payment waits for the commissioner's finance approver."
        case State.FINANCE_APPROVED:
            return "Approved for payment", "There is nothing left to do."
    if can_sign:
        return "Confirm and sign", "You sign exactly the figures on this page."
    return "Not signed yet", "These are the figures that are to be signed."


def _signing_is_for(person: Person) -> str:
    if person.role is Role.PRACTICE_USER:
        return "A declarer of your practice signs. You can read everything here, and query what you think is wrong."
    if person.role is Role.PRACTICE_DECLARER:
        return "You can sign once the new figures are here."
    return "A declarer of the practice signs."


def _returned(audit: Sequence[AuditEntry]) -> Returned | None:
    for entry in reversed(audit):
        if entry.kind == AUDIT_KIND[Action.RETURN]:
            return Returned(entry.reason or "", entry.actor.name, moment(entry.at))
    return None


def _signature(standing: Standing, found: Confirmation) -> Signature:
    declaration = standing.declaration
    assert declaration is not None, "asked only where there is one"
    return Signature(
        rows=[*_signed_rows(declaration), *_approved_rows(declaration), *_protested_rows(found)],
        statement=declaration.statement,
        is_of_newest=standing.report is not None and standing.report.digest == declaration.digest,
    )


def _signed_rows(declaration: Declaration) -> Sequence[tuple[str, str]]:
    return [
        ("Signed by", f"{declaration.signed_by_name}, {moment(declaration.signed_at)}"),
        ("Points", points(declaration.points)),
        ("Due to the practice", pounds(declaration.pounds)),
        ("Version", str(declaration.version)),
    ]


def _approved_rows(declaration: Declaration) -> Sequence[tuple[str, str]]:
    approvals = (("Figures approved by", declaration.approval), ("Payment approved by", declaration.finance_approval))
    return [(name, f"{one.name}, {moment(one.at)}") for name, one in approvals if one]


def _protested_rows(found: Confirmation) -> Sequence[tuple[str, str]]:
    indicators = dict.fromkeys(indicator for query in found.protested for indicator in query.indicators)
    return [("Under protest against", ", ".join(indicators))] if indicators else []
