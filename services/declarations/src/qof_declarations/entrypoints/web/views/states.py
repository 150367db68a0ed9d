"""What is a state called on a page, and whose turn is it? Words first; the colour of a tag says nothing alone."""

from collections.abc import Mapping
from typing import NamedTuple

from qof_declarations.core.lifecycle import State, Turn
from qof_declarations.core.standing import Standing
from qof_shared.people import Role


class Tag(NamedTuple):
    """A state in a word or three, and the colour of its tag."""

    text: str
    colour: str


TAGS: Mapping[State, Tag] = {
    State.AWAITING_EXTRACT: Tag("Waiting for the extract", "grey"),
    State.AWAITING_NATIONAL_FIGURES: Tag("Waiting for national figures", "grey"),
    State.AWAITING_SIGNATURE: Tag("Not signed", "white"),
    State.SIGNED: Tag("Signed", "blue"),
    State.RETURNED: Tag("Returned", "orange"),
    State.SUPERSEDED: Tag("Figures moved", "orange"),
    State.APPROVED: Tag("Approved", "aqua-green"),
    State.FINANCE_APPROVED: Tag("Payment approved", "green"),
}

PAID = Tag("Payment instructed", "green")

TURNS: Mapping[Turn, str] = {
    Turn.SUPPLIER: "the practice's GP system supplier",
    Turn.NATIONAL_TEAM: "the national team",
    Turn.PRACTICE: "the practice",
    Turn.COMMISSIONER: "the commissioner's approver",
    Turn.FINANCE: "the commissioner's finance approver",
    Turn.NOBODY: "nobody",
}

ROLES: Mapping[str, str] = {
    Role.PRACTICE_USER: "practice user",
    Role.PRACTICE_DECLARER: "practice declarer",
    Role.COMMISSIONER_APPROVER: "commissioner's approver",
    Role.FINANCE_APPROVER: "finance approver",
    Role.NATIONAL_TEAM: "national team",
    Role.OPERATOR: "operator",
    "system": "OpenQOF itself",
}


def tag_of(standing: Standing) -> Tag:
    """Where a practice stands, for a list."""
    return PAID if standing.payment else TAGS[standing.state]
