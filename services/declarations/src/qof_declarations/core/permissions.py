"""Who may see and do what: about the person, never about the state of the declaration (that is lifecycle)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from qof_declarations.core.errors import DeclarationsError
from qof_shared.people import Person, Role


class NotAllowedError(DeclarationsError):
    """The person's role or organisation does not allow this."""


class SeparationOfDutiesError(NotAllowedError):
    """Nobody approves what they signed."""


@dataclass(frozen=True, slots=True)
class OnePractice:
    """Sees this practice alone."""

    practice: str


@dataclass(frozen=True, slots=True)
class PracticesOf:
    """Sees the practices of this commissioner."""

    commissioner: str


@dataclass(frozen=True, slots=True)
class EveryPractice:
    """Sees all practices."""


Scope: TypeAlias = OnePractice | PracticesOf | EveryPractice
"""Whose figures somebody sees at all; what lies outside does not exist for them."""

PRACTICE_ROLES = frozenset({Role.PRACTICE_USER, Role.PRACTICE_DECLARER})


def scope_of(person: Person) -> Scope:
    """Whose figures `person` sees."""
    if person.role in PRACTICE_ROLES:
        return OnePractice(person.organisation)
    if person.role is Role.COMMISSIONER_APPROVER:
        return PracticesOf(person.organisation)
    return EveryPractice()


def check_read(person: Person, *, practice: str, commissioner: str) -> None:
    """Reading a practice's report and declaration; raises NotAllowedError."""
    allowed = {OnePractice: practice, PracticesOf: commissioner}
    scope = scope_of(person)
    if not isinstance(scope, EveryPractice) and person.organisation != allowed[type(scope)]:
        raise NotAllowedError(f"The figures of {practice} are not yours to see.")


def check_sign(person: Person, *, practice: str) -> None:
    """Signing a practice's declaration; raises NotAllowedError."""
    if person.role is not Role.PRACTICE_DECLARER:
        raise NotAllowedError(f"Only a practice declarer signs; your role is {person.role}.")
    if person.organisation != practice:
        raise NotAllowedError(f"You sign for {person.organisation}, not for {practice}.")


def check_return(person: Person, *, commissioner: str) -> None:
    """Returning a declaration to the practice; raises NotAllowedError."""
    if person.role is not Role.COMMISSIONER_APPROVER:
        raise NotAllowedError(f"Only the commissioner's approver approves or returns; your role is {person.role}.")
    if person.organisation != commissioner:
        raise NotAllowedError(f"This practice belongs to {commissioner}; you approve for {person.organisation}.")


def check_approve(person: Person, *, commissioner: str, signed_by: str) -> None:
    """Approving a declaration; raises NotAllowedError, or SeparationOfDutiesError for the signer."""
    check_return(person, commissioner=commissioner)
    if person.person == signed_by:
        raise SeparationOfDutiesError("You signed this declaration; somebody else has to approve it.")


def check_determine(person: Person, *, commissioner: str) -> None:
    """Determining what the counts do not say, for a practice of this commissioner; raises NotAllowedError."""
    if person.role is Role.NATIONAL_TEAM:
        return
    if person.role is not Role.COMMISSIONER_APPROVER:
        raise NotAllowedError(
            f"Only the commissioner's approver and the national team determine; your role is {person.role}."
        )
    if person.organisation != commissioner:
        raise NotAllowedError(f"This practice belongs to {commissioner}; you determine for {person.organisation}.")


def check_determine_many(person: Person) -> None:
    """Determining for many practices at once; raises NotAllowedError."""
    if person.role is not Role.NATIONAL_TEAM:
        raise NotAllowedError(f"Only the national team determines for many practices; your role is {person.role}.")


def check_oversee(person: Person) -> None:
    """Seeing the work list and the progress of many practices; raises NotAllowedError."""
    if person.role in PRACTICE_ROLES:
        raise NotAllowedError(f"The list of practices is for commissioners and the national team, not {person.role}s.")


def can_read(person: Person, *, practice: str, commissioner: str) -> bool:
    return _passes(lambda: check_read(person, practice=practice, commissioner=commissioner))


def can_sign(person: Person, *, practice: str) -> bool:
    return _passes(lambda: check_sign(person, practice=practice))


def can_return(person: Person, *, commissioner: str) -> bool:
    return _passes(lambda: check_return(person, commissioner=commissioner))


def can_approve(person: Person, *, commissioner: str, signed_by: str) -> bool:
    return _passes(lambda: check_approve(person, commissioner=commissioner, signed_by=signed_by))


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
