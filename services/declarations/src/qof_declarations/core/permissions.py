"""Who may see and do what: about the person. What the state of the declaration allows at all is lifecycle's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from qof_declarations.core.errors import DeclarationsError
from qof_declarations.core.lifecycle import State
from qof_shared.people import Person, Role


class NotAllowedError(DeclarationsError):
    """The person's role or organisation does not allow this."""


class SeparationOfDutiesError(NotAllowedError):
    """Signing, approving and approving the payment are done by three people."""


@dataclass(frozen=True, slots=True)
class OnePractice:
    """Sees this practice alone."""

    practice: str


@dataclass(frozen=True, slots=True)
class PracticesOf:
    """Sees the practices of this commissioner."""

    commissioner: str


@dataclass(frozen=True, slots=True)
class NamedPractices:
    """Sees these practices: those of several people together, each of whom sees one of them."""

    practices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EveryPractice:
    """Sees all practices."""


@dataclass(frozen=True, slots=True)
class NoPractice:
    """Sees the running of the system, and no figures."""


Scope: TypeAlias = OnePractice | PracticesOf | NamedPractices | EveryPractice | NoPractice
"""Whose figures somebody sees at all; what lies outside does not exist for them."""

PRACTICE_ROLES = frozenset({Role.PRACTICE_USER, Role.PRACTICE_DECLARER})
COMMISSIONER_ROLES = frozenset({Role.COMMISSIONER_APPROVER, Role.FINANCE_APPROVER})


def scope_of(person: Person) -> Scope:
    """Whose figures `person` sees."""
    if person.role in PRACTICE_ROLES:
        return OnePractice(person.organisation)
    if person.role in COMMISSIONER_ROLES:
        return PracticesOf(person.organisation)
    return EveryPractice() if person.role is Role.NATIONAL_TEAM else NoPractice()


def check_read(person: Person, *, practice: str, commissioner: str) -> None:
    """Reading a practice's report and declaration; raises NotAllowedError."""
    allowed = {OnePractice: practice, PracticesOf: commissioner}
    scope = scope_of(person)
    if not isinstance(scope, EveryPractice) and person.organisation != allowed.get(type(scope)):
        raise NotAllowedError(f"The figures of {practice} are not yours to see.")


def check_sign(person: Person, *, practice: str) -> None:
    """Signing a practice's declaration; raises NotAllowedError."""
    if person.role is not Role.PRACTICE_DECLARER:
        raise NotAllowedError(f"Only a practice declarer signs; your role is {person.role}.")
    if person.organisation != practice:
        raise NotAllowedError(f"You sign for {person.organisation}, not for {practice}.")


def check_return(person: Person, *, commissioner: str, state: State = State.SIGNED) -> None:
    """Returning to the practice a declaration in this state; raises NotAllowedError."""
    if state is State.APPROVED:
        _check_finance(person, commissioner=commissioner)
    elif state in (State.RETURNED, State.FINANCE_APPROVED) and person.role in COMMISSIONER_ROLES:
        _check_commissioner(person, commissioner, "approve")  # pressed again, or too late: that is for the lifecycle
    else:
        _check_approver(person, commissioner=commissioner)


def check_approve(person: Person, *, commissioner: str, signed_by: str) -> None:
    """Approving a declaration; raises NotAllowedError, or SeparationOfDutiesError for the signer."""
    _check_approver(person, commissioner=commissioner)
    if person.person == signed_by:
        raise SeparationOfDutiesError("You signed this declaration; somebody else has to approve it.")


def check_finance_approve(person: Person, *, commissioner: str, signed_by: str, approved_by: str) -> None:
    """Approving the payment; raises NotAllowedError, or SeparationOfDutiesError for signer and approver."""
    _check_finance(person, commissioner=commissioner)
    if person.person in (signed_by, approved_by):
        done = "signed" if person.person == signed_by else "approved"
        raise SeparationOfDutiesError(f"You {done} this declaration; somebody else has to approve its payment.")


def _check_approver(person: Person, *, commissioner: str) -> None:
    if person.role is not Role.COMMISSIONER_APPROVER:
        raise NotAllowedError(f"Only the commissioner's approver approves or returns; your role is {person.role}.")
    _check_commissioner(person, commissioner, "approve")


def _check_finance(person: Person, *, commissioner: str) -> None:
    if person.role is not Role.FINANCE_APPROVER:
        raise NotAllowedError(
            "The commissioner has approved. Only the commissioner's finance approver approves the payment or returns "
            f"it; your role is {person.role}."
        )
    _check_commissioner(person, commissioner, "approve")


def _check_commissioner(person: Person, commissioner: str, deed: str) -> None:
    if person.organisation != commissioner:
        raise NotAllowedError(f"This practice belongs to {commissioner}; you {deed} for {person.organisation}.")


def check_query(person: Person, *, practice: str) -> None:
    """Querying a practice's figures, and withdrawing a query; raises NotAllowedError."""
    if person.role not in PRACTICE_ROLES:
        raise NotAllowedError(f"Only people of the practice query its figures; your role is {person.role}.")
    if person.organisation != practice:
        raise NotAllowedError(f"You query the figures of {person.organisation}, not those of {practice}.")


def check_answer(person: Person, *, commissioner: str) -> None:
    """Answering a practice's query; raises NotAllowedError."""
    if person.role is not Role.COMMISSIONER_APPROVER:
        raise NotAllowedError(f"Only the commissioner's approver answers queries; your role is {person.role}.")
    _check_commissioner(person, commissioner, "answer")


def check_approve_many(person: Person) -> None:
    """Approving many at once, figures or payments; raises NotAllowedError."""
    if person.role not in COMMISSIONER_ROLES:
        raise NotAllowedError(f"Only the commissioner's approver and finance approve; your role is {person.role}.")


def check_determine(person: Person, *, commissioner: str) -> None:
    """Determining what the counts do not say, for a practice of this commissioner; raises NotAllowedError."""
    if person.role is Role.NATIONAL_TEAM:
        return
    if person.role is not Role.COMMISSIONER_APPROVER:
        raise NotAllowedError(
            f"Only the commissioner's approver and the national team determine; your role is {person.role}."
        )
    _check_commissioner(person, commissioner, "determine")


def check_determine_many(person: Person) -> None:
    """Determining for many practices at once; raises NotAllowedError."""
    if person.role is not Role.NATIONAL_TEAM:
        raise NotAllowedError(f"Only the national team determines for many practices; your role is {person.role}.")


def check_oversee(person: Person) -> None:
    """Seeing the work list and the progress of many practices; raises NotAllowedError."""
    if person.role in PRACTICE_ROLES or isinstance(scope_of(person), NoPractice):
        raise NotAllowedError(f"The list of practices is for commissioners and the national team, not {person.role}s.")


def check_national(person: Person) -> None:
    """Seeing and doing what concerns the whole country; raises NotAllowedError."""
    if person.role is not Role.NATIONAL_TEAM:
        raise NotAllowedError(f"This is for the national team; your role is {person.role}.")


def can_read(person: Person, *, practice: str, commissioner: str) -> bool:
    return _passes(lambda: check_read(person, practice=practice, commissioner=commissioner))


def can_sign(person: Person, *, practice: str) -> bool:
    return _passes(lambda: check_sign(person, practice=practice))


def can_return(person: Person, *, commissioner: str, state: State = State.SIGNED) -> bool:
    return _passes(lambda: check_return(person, commissioner=commissioner, state=state))


def can_approve(person: Person, *, commissioner: str, signed_by: str) -> bool:
    return _passes(lambda: check_approve(person, commissioner=commissioner, signed_by=signed_by))


def can_finance_approve(person: Person, *, commissioner: str, signed_by: str, approved_by: str) -> bool:
    return _passes(
        lambda: check_finance_approve(person, commissioner=commissioner, signed_by=signed_by, approved_by=approved_by)
    )


def can_query(person: Person, *, practice: str) -> bool:
    return _passes(lambda: check_query(person, practice=practice))


def can_answer(person: Person, *, commissioner: str) -> bool:
    return _passes(lambda: check_answer(person, commissioner=commissioner))


def can_determine(person: Person, *, commissioner: str) -> bool:
    return _passes(lambda: check_determine(person, commissioner=commissioner))


def can_oversee(person: Person) -> bool:
    return _passes(lambda: check_oversee(person))


def _passes(check: Callable[[], None]) -> bool:
    try:
        check()
    except NotAllowedError:
        return False
    return True
