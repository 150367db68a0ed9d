"""Who the people are that act on declarations and national figures, and what each may do.

Tokens are stored as SHA-256 only. Signing in by OpenID Connect takes the token's place on the pages; the person
and the role stay the same.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What a person does; the words are CQRS's."""

    PRACTICE_USER = "practice-user"
    """Reads the practice's reports."""
    PRACTICE_DECLARER = "practice-declarer"
    """Reads them and signs the declaration."""
    COMMISSIONER_APPROVER = "commissioner-approver"
    """Approves or returns declarations of the commissioner's practices."""
    FINANCE_APPROVER = "finance-approver"
    """Approves the payment of what the commissioner's approver has approved, or returns it."""
    NATIONAL_TEAM = "national-team"
    """Freezes national figures; sees every practice's money."""
    OPERATOR = "operator"
    """Keeps the system running; sees queues, workers and counts, and no practice's figures."""


WITHOUT_ORGANISATION = frozenset({Role.NATIONAL_TEAM, Role.OPERATOR})
"""They act for nobody in particular."""

SEES_OPERATIONS = (Role.OPERATOR, Role.NATIONAL_TEAM)
"""Who may see the running of the system."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts. `organisation` is a practice's or a commissioner's code; empty for who acts for nobody."""

    person: str
    name: str
    role: Role
    organisation: str


class People(Protocol):
    """Where people are looked up."""

    async def by_token(self, token: str) -> Person | None: ...

    async def by_person(self, person: str) -> Person | None:
        """The person of this id: the subject of whoever they signed in with."""


def token_digest(token: str) -> str:
    """How a token is stored. Tokens are long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
