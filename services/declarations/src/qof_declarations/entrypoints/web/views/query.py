"""What does a practice disagree with, told for a page; and which field of a form is a fault about?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qof_declarations.core.determination import Fault
from qof_declarations.core.query import Query, QueryState
from qof_declarations.entrypoints.web.views.report import DomainPart
from qof_declarations.entrypoints.web.words import count, moment

STATES: Mapping[QueryState, tuple[str, str]] = {
    QueryState.OPEN: ("Waits for an answer", "blue"),
    QueryState.ACCEPTED: ("Accepted", "green"),
    QueryState.REJECTED: ("Rejected", "red"),
    QueryState.WITHDRAWN: ("Withdrawn", "grey"),
}
"""State -> how it is told, and the colour of its tag; the words say it all without the colour."""

FIELDS = {"indicators": "indicators", "comment": "comment", "evidence": "evidence", "attachments": "files"}
"""Where a fault points -> the field of the form."""


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file beside a query; `place` counts from 0."""

    name: str
    size: str
    place: int


@dataclass(frozen=True, slots=True)
class QueryPart:
    """A query, told."""

    query_id: str
    number: int
    state: str
    state_colour: str
    is_open: bool
    indicators: str
    comment: str
    evidence: str
    attachments: Sequence[AttachmentRow]
    raised: str
    """Who, when and of which version."""
    answer: str | None
    answered: str | None
    """Who and when."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An indicator that may be queried."""

    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen already, and everything else by area as in the report."""

    chosen: Sequence[Choice]
    areas: Sequence[tuple[str, Sequence[Choice]]]


def query_part(query: Query) -> QueryPart:
    """Tell a query."""
    state, colour = STATES[query.state]
    end = query.resolution
    return QueryPart(
        query_id=str(query.query_id),
        number=query.number,
        state=state,
        state_colour=colour,
        is_open=query.state is QueryState.OPEN,
        indicators=", ".join(query.indicators),
        comment=query.comment,
        evidence=query.evidence,
        attachments=[
            AttachmentRow(one.name, f"{count(max(1, one.size // 1024))} KiB", place)
            for place, one in enumerate(query.attachments)
        ],
        raised=f"{query.actor.name}, {moment(query.at)}, about version {query.version}",
        answer=end.text if end else None,
        answered=f"{end.actor.name}, {moment(end.at)}" if end else None,
    )


def choices(domains: Sequence[DomainPart], chosen: Sequence[str]) -> Choices:
    """What of these domains of a report may be queried."""
    areas = [
        (group.name, [Choice(row.code, row.description) for row in group.rows])
        for domain in domains
        for group in domain.groups
    ]
    others = [(name, [one for one in codes if one.code not in chosen]) for name, codes in areas]
    return Choices(
        chosen=[one for _, codes in areas for one in codes if one.code in chosen],
        areas=[(name, codes) for name, codes in others if codes],
    )


def faults_by_field(faults: Sequence[Fault], fields: Mapping[str, str] = FIELDS) -> Mapping[str, str]:
    """Id of a field -> everything that is wrong with it."""
    found: dict[str, str] = {}
    for fault in faults:
        field = fields.get(fault.pointer.split("/")[1] if fault.pointer else "", "")
        found[field] = f"{found[field]} {fault.message}" if field in found else fault.message
    return found
