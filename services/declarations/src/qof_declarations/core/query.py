"""What is a query: a practice's disagreement with indicators of its report, and how does it end?

A query stops nothing: the practice signs all the same, under protest where it wants that said, and is paid.
A query is never changed; an answer or a withdrawal is a record of its own, and there is one for each query at most.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from qof_declarations.core.attachment import Attachment, faults_of_attachments
from qof_declarations.core.declaration import Actor
from qof_declarations.core.determination import Fault
from qof_declarations.core.errors import DeclarationsError

QUERIES = UUID("0d7c1f4e-2a55-5b0e-8f7d-4d1b9c6e3a70")
"""Name space of query ids."""

MOST_INDICATORS = 20
MOST_OPEN = 20
"""Queries of one practice that wait for an answer. One with more disagrees with its extract, not with figures."""
LONGEST_TEXT = 4_000
"""Characters of a comment, of evidence in words, of an answer."""


class QueryState(StrEnum):
    """Where a query stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


ANSWERED = frozenset({QueryState.ACCEPTED, QueryState.REJECTED})

QUERY_MEANING = {
    QueryState.OPEN: "The commissioner is to answer.",
    QueryState.ACCEPTED: "The commissioner agrees.",
    QueryState.REJECTED: "The commissioner does not agree.",
    QueryState.WITHDRAWN: "The practice withdrew the query.",
}


class InvalidQueryError(DeclarationsError):
    """Nothing was queried or answered: every fault with its place and how to mend it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("Nothing was recorded. Mend every entry of errors, then send it again.")
        self.faults = faults


class QueryClosedError(DeclarationsError):
    """The query is answered otherwise already, or withdrawn."""

    def __init__(self, state: QueryState) -> None:
        super().__init__(f"{QUERY_MEANING[state]} A query is answered or withdrawn once; raise a new one if need be.")
        self.state = state


class NothingQueriedError(DeclarationsError):
    """A signature under protest that does not say against what."""

    def __init__(self) -> None:
        super().__init__(
            "You have no open query. Say first which indicators you disagree with, then sign under protest."
        )


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a query ended, by whom, and what they said."""

    state: QueryState
    text: str
    actor: Actor
    at: datetime
    determination_id: UUID | None = None
    """The determination that an accepted query led to."""


@dataclass(frozen=True, slots=True)
class Query:
    """A practice's disagreement with one or more indicators of a report version."""

    query_id: UUID
    collection: str
    practice: str
    number: int
    """Counts the queries of a practice in a collection, from 1."""
    version: int
    """The report version that the practice looked at."""
    indicators: tuple[str, ...]
    comment: str
    evidence: str
    """In words; empty where there is none."""
    attachments: tuple[Attachment, ...]
    actor: Actor
    at: datetime
    resolution: Resolution | None = None

    @property
    def state(self) -> QueryState:
        return self.resolution.state if self.resolution else QueryState.OPEN


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What a practice wants to query; attachments with what is in them."""

    indicators: tuple[str, ...]
    comment: str
    evidence: str = ""
    attachments: tuple[tuple[Attachment, bytes], ...] = ()

    @property
    def about(self) -> tuple[Attachment, ...]:
        return tuple(attachment for attachment, _ in self.attachments)


def query_id(collection: str, practice: str, number: int) -> UUID:
    """The id of a practice's query of this number."""
    return uuid5(QUERIES, f"{collection}/{practice}/{number}")


def raised(
    wanted: Disagreement,
    before: Sequence[Query],
    *,
    collection: str,
    practice: str,
    version: int,
    actor: Actor,
    at: datetime,
) -> tuple[Query, bool]:
    """The query and whether it is new: one that says exactly the same and is still open is the same query."""
    indicators = tuple(dict.fromkeys(one.strip() for one in wanted.indicators))
    said = (indicators, wanted.comment.strip(), wanted.evidence.strip(), wanted.about)
    for one in before:
        if one.state is QueryState.OPEN and (one.indicators, one.comment, one.evidence, one.attachments) == said:
            return one, False
    number = max((one.number for one in before), default=0) + 1
    name = query_id(collection, practice, number)
    return Query(name, collection, practice, number, version, *said, actor, at), True


def faults_of_query(wanted: Disagreement, *, known: Collection[str], open_queries: int) -> list[Fault]:
    """What forbids raising a query; `known` are the report's indicators."""
    faults: list[Fault] = []
    if open_queries >= MOST_OPEN:
        message = f"{open_queries} of your queries wait for an answer. Wait for one, or withdraw one."
        faults.append(Fault("", "too-many-open", message))
    if not any(one.strip() for one in wanted.indicators):
        faults.append(Fault("/indicators", "indicators-missing", "Name the indicators you disagree with."))
    if len(wanted.indicators) > MOST_INDICATORS:
        message = f"A query names up to {MOST_INDICATORS} indicators. Raise several."
        faults.append(Fault("/indicators", "indicators-many", message))
    for position, one in enumerate(wanted.indicators):
        if one.strip() not in known:
            message = f"The report has no indicator {one!a}. Check its code, blanks included."
            faults.append(Fault(f"/indicators/{position}", "indicator-unknown", message))
    if not wanted.comment.strip():
        faults.append(Fault("/comment", "comment-missing", "Say what you think is wrong, and what would be right."))
    for name, text in (("comment", wanted.comment), ("evidence", wanted.evidence)):
        if len(text) > LONGEST_TEXT:
            message = f"Say it in up to {LONGEST_TEXT:,} characters, or attach a file."
            faults.append(Fault(f"/{name}", "too-long", message))
    return [*faults, *faults_of_attachments(wanted.attachments)]


def resolved(query: Query, resolution: Resolution) -> tuple[Query, bool]:
    """The query with its end, and whether that is new; raises QueryClosedError where it ended otherwise before."""
    before = query.resolution
    if before is None:
        return replace(query, resolution=resolution), True
    same = (before.state, before.text, before.determination_id)
    if same == (resolution.state, resolution.text, resolution.determination_id):
        return query, False
    raise QueryClosedError(before.state)


def protest_of(queries: Iterable[Query]) -> str | None:
    """What the audit says of a signature under protest; None without open queries."""
    indicators = list(dict.fromkeys(one for query in queries for one in query.indicators))
    if not indicators:
        return None
    return f"Signed under protest: the practice has queried {', '.join(indicators)}, and nobody has answered yet."


def faults_of_answer(
    accepted: bool, answer: str, determination_id: UUID | None, *, determined: Collection[UUID]
) -> list[Fault]:
    """What forbids an answer; `determined` are the determinations about the query's indicators."""
    faults: list[Fault] = []
    if not answer.strip():
        faults.append(Fault("/answer", "answer-missing", "Say why you agree or do not: the practice has to know."))
    if len(answer) > LONGEST_TEXT:
        faults.append(Fault("/answer", "too-long", f"Say it in up to {LONGEST_TEXT:,} characters."))
    if determination_id is not None and not accepted:
        message = "A determination follows from an accepted query. Accept it, or leave the determination out."
        faults.append(Fault("/determination_id", "determination-unfit", message))
    elif determination_id is not None and determination_id not in determined:
        message = "No determination of this id is about an indicator of the query. Check it, or make it first."
        faults.append(Fault("/determination_id", "determination-unknown", message))
    return faults
