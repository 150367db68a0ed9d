"""Disagreeing with figures, answering, withdrawing: acts of people, each of which may be pressed twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from qof_declarations.core.attachment import Attachment
from qof_declarations.core.determination import actor_of
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.permissions import SeparationOfDutiesError, check_answer, check_query, scope_of
from qof_declarations.core.query import (
    Disagreement,
    InvalidQueryError,
    Query,
    QueryState,
    Resolution,
    faults_of_answer,
    faults_of_query,
    raised,
    resolved,
)
from qof_declarations.core.summary import Summary
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.reading import find_standing, lock_standing, newest_report
from qof_shared.people import Person


@dataclass(frozen=True, slots=True)
class Queried:
    """A query as it now is; `is_new` is False where exactly this had been done before."""

    query: Query
    is_new: bool


async def raise_query(
    collection: str, practice: str, wanted: Disagreement, *, person: Person, uow: UnitOfWork, now: datetime
) -> Queried:
    """Query indicators of the newest report; the same again, while it is open, is the same query.

    Raises NotFoundError, NotAllowedError, ReportAwaitedError or InvalidQueryError.
    """
    scope = scope_of(person)
    standings = uow.standings(scope)
    standing = await lock_standing(standings, collection, practice, person=person)
    check_query(person, practice=practice)
    report = await newest_report(standings, standing)
    summaries = await uow.summaries(scope).newest(collection, [practice])
    before = await uow.queries(scope).of_practice(collection, practice)
    query, is_new = raised(
        wanted,
        before,
        collection=collection,
        practice=practice,
        version=report.version,
        actor=actor_of(person),
        at=now,
    )
    if not is_new:
        return Queried(query, is_new=False)
    faults = faults_of_query(wanted, known=_indicators(summaries.get(practice)), open_queries=standing.open_queries)
    if faults:
        raise InvalidQueryError(faults)
    await uow.queries(scope).record(query, [content for _, content in wanted.attachments])
    return Queried(query, is_new=True)


async def answer_query(
    collection: str,
    practice: str,
    query_id: UUID,
    *,
    accepted: bool,
    answer: str,
    determination_id: UUID | None = None,
    person: Person,
    uow: UnitOfWork,
    now: datetime,
) -> Queried:
    """Answer a query; an accepted one may name the determination that it led to.

    Raises NotFoundError, NotAllowedError, SeparationOfDutiesError, QueryClosedError or InvalidQueryError.
    """
    standings = uow.standings(scope_of(person))
    standing = await lock_standing(standings, collection, practice, person=person)
    check_answer(person, commissioner=standing.commissioner)
    query = await _find(collection, practice, query_id, person=person, uow=uow)
    if query.actor.person == person.person:
        raise SeparationOfDutiesError("You raised this query; somebody else has to answer it.")
    made = await standings.determinations(collection, [practice]) if determination_id is not None else ()
    about = {one.determination_id for one in made if one.subject.indicator in query.indicators}
    faults = faults_of_answer(accepted, answer, determination_id, determined=about)
    if faults:
        raise InvalidQueryError(faults)
    state = QueryState.ACCEPTED if accepted else QueryState.REJECTED
    return await _resolve(
        query, Resolution(state, answer.strip(), actor_of(person), now, determination_id), person, uow
    )


async def withdraw_query(
    collection: str,
    practice: str,
    query_id: UUID,
    *,
    reason: str = "",
    person: Person,
    uow: UnitOfWork,
    now: datetime,
) -> Queried:
    """Withdraw a query of one's practice; raises NotFoundError, NotAllowedError or QueryClosedError."""
    await lock_standing(uow.standings(scope_of(person)), collection, practice, person=person)
    check_query(person, practice=practice)
    query = await _find(collection, practice, query_id, person=person, uow=uow)
    return await _resolve(query, Resolution(QueryState.WITHDRAWN, reason.strip(), actor_of(person), now), person, uow)


async def list_queries(collection: str, practice: str, *, person: Person, uow: UnitOfWork) -> Sequence[Query]:
    """Everything that the practice ever queried, newest first; raises NotFoundError."""
    scope = scope_of(person)
    await find_standing(uow.standings(scope), collection, practice, person=person)
    return await uow.queries(scope).of_practice(collection, practice)


async def read_attachment(
    collection: str, practice: str, query_id: UUID, position: int, *, person: Person, uow: UnitOfWork
) -> tuple[Attachment, bytes]:
    """An attachment of a query, counted from 0; raises NotFoundError."""
    scope = scope_of(person)
    await find_standing(uow.standings(scope), collection, practice, person=person)
    found = await uow.queries(scope).content(collection, practice, query_id, position)
    if found is None:
        raise NotFoundError(f"There is no attachment {position} of query {query_id} for practice {practice}.")
    return found


async def _find(collection: str, practice: str, query_id: UUID, *, person: Person, uow: UnitOfWork) -> Query:
    for query in await uow.queries(scope_of(person)).of_practice(collection, practice):
        if query.query_id == query_id:
            return query
    raise NotFoundError(f"There is no query {query_id} of practice {practice} in {collection}.")


async def _resolve(query: Query, resolution: Resolution, person: Person, uow: UnitOfWork) -> Queried:
    after, is_new = resolved(query, resolution)
    if is_new:
        await uow.queries(scope_of(person)).resolve(after)
    return Queried(after, is_new)


def _indicators(summary: Summary | None) -> frozenset[str]:
    return frozenset(summary.indicators) if summary else frozenset()
