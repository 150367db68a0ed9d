"""Which practices does a work list show, in which order, and what is to be said to those who have not signed?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qof_declarations.core.lifecycle import State
from qof_declarations.core.standing import UNSIGNED_STATES, Standing

NOT_STARTED_STATES = frozenset({State.AWAITING_EXTRACT, State.AWAITING_NATIONAL_FIGURES, State.AWAITING_SIGNATURE})


class WorkFilter(StrEnum):
    """Which practices a work list shows. A practice may be in several."""

    NOT_STARTED = "not-started"
    NOT_SIGNED = "not-signed"
    SIGNED = "signed"
    QUERIED = "queried"
    RETURNED = "returned"
    MOVED = "moved"
    APPROVED = "approved"
    FINANCE_APPROVED = "finance-approved"
    LATE = "late"


STATES_SHOWN: Mapping[WorkFilter, frozenset[State]] = {
    WorkFilter.NOT_STARTED: NOT_STARTED_STATES,
    WorkFilter.NOT_SIGNED: UNSIGNED_STATES,
    WorkFilter.SIGNED: frozenset({State.SIGNED}),
    WorkFilter.QUERIED: frozenset(State),
    WorkFilter.RETURNED: frozenset({State.RETURNED}),
    WorkFilter.MOVED: frozenset({State.SUPERSEDED}),
    WorkFilter.APPROVED: frozenset({State.APPROVED}),
    WorkFilter.FINANCE_APPROVED: frozenset({State.FINANCE_APPROVED}),
    WorkFilter.LATE: UNSIGNED_STATES,
}
"""The states that a filter shows. `queried` and `late` ask for more: an open query, and the day to sign by over."""


class WorkSort(StrEnum):
    """In which order. Practices that have none of what is sorted by come last."""

    PRACTICE = "practice"
    NAME = "name"
    POUNDS = "pounds"
    """The dearest first."""
    CHANGE = "change"
    """Those whose pounds differ most from last year's first."""
    SIGNED = "signed"
    """Those who signed first, first: they wait longest."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a work list somebody wants to see."""

    filter: WorkFilter | None = None
    state: State | None = None
    search: str = ""
    """The beginning of a code, or part of a name."""
    sort: WorkSort = WorkSort.PRACTICE


def is_shown(standing: Standing, choice: Choice, *, today: date) -> bool:
    """Whether a practice is among those chosen."""
    wanted = choice.search.strip().lower()
    if wanted and not standing.practice.lower().startswith(wanted) and wanted not in standing.practice_name.lower():
        return False
    if choice.state not in (None, standing.state):
        return False
    return choice.filter is None or fits(standing, choice.filter, today=today)


def fits(standing: Standing, chosen: WorkFilter, *, today: date) -> bool:
    """Whether a practice is in a filter."""
    if chosen is WorkFilter.QUERIED:
        return standing.open_queries > 0
    if chosen is WorkFilter.LATE:
        return standing.is_late(today)
    return standing.state in STATES_SHOWN[chosen]


def reminder_of(standing: Standing, *, year: str, today: date) -> str:
    """What to say to a practice that has not signed."""
    is_late = standing.is_late(today)
    due = f" by {long_date(standing.sign_by)}" if standing.sign_by else ""
    by, late = ("", f" It was due{due}.") if is_late else (due, "")
    match standing.state:
        case State.AWAITING_EXTRACT:
            return (
                f"We have no QOF extract of {standing.practice_name} for {year} yet. Please ask your system supplier"
                f" to send it, so that you can sign{by}."
            )
        case State.AWAITING_NATIONAL_FIGURES:
            return (
                f"Your QOF points for {year} are there; the pounds wait for the national figures. You need do nothing "
                "now. We tell you when you can sign."
            )
        case State.RETURNED:
            return (
                f"Your QOF declaration for {year} was returned, with a reason. Please read it, and sign again{by}."
                f"{late}"
            )
        case State.SUPERSEDED:
            return (
                f"Your QOF figures for {year} moved after you signed, so your signature no longer counts. Please read "
                f"what moved, and sign again{by}.{late}"
            )
        case _:
            return f"Your QOF report for {year} is ready. Please check it, and sign it{by}.{late}"


def long_date(day: date) -> str:
    """As people write a date: 30 April 2013."""
    return f"{day.day} {day:%B %Y}"
