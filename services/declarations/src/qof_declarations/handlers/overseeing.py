"""A commissioner's work: the list with what stands out, approving many at once, and who is to be reminded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from qof_declarations.core.anomaly import Flag, flags
from qof_declarations.core.errors import DeclarationsError, NotFoundError
from qof_declarations.core.lifecycle import Action, NotPossibleNowError, State
from qof_declarations.core.paying import PaymentStep, Sum
from qof_declarations.core.permissions import check_approve_many, check_oversee, scope_of
from qof_declarations.core.standing import Abilities, Standing, abilities
from qof_declarations.core.summary import Summary
from qof_declarations.core.work_list import Choice, WorkFilter, reminder_of
from qof_declarations.handlers.declaring import Decision, decide_approval, decide_finance_approval, tell
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.query_ports import CollectionInBrief, WorkLists
from qof_shared.people import Person, Role

EVERYTHING = Choice()

PAGE = 1_000
"""So many practices are read at once where all of them are asked for."""


@dataclass(frozen=True, slots=True)
class WorkEntry:
    """One practice of a work list: what stands out, last year beside it, and what the person can do about it."""

    standing: Standing
    can: Abilities
    is_late: bool
    summary: Summary | None
    """The newest report in brief; None before the first."""
    last_year: Summary | None
    """Last year's newest report in brief, where this service has one."""
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class WorkList:
    """One page of practices; `next` is where the next page starts (`after`), None on the last."""

    collection: CollectionInBrief
    previous: CollectionInBrief | None
    """Last year's collection."""
    entries: Sequence[WorkEntry]
    next: str | None
    counts: Mapping[WorkFilter, int]
    """The person's practices by filter, whatever is chosen."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of approving one declaration of many."""

    declaration_id: UUID
    practice: str | None
    """None where there is no such declaration, or it is not the person's to see."""
    state: State | None
    is_new: bool
    refusal: DeclarationsError | None
    """Why nothing was approved; None where it is."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What approving one practice's declaration, of many, would come to now."""

    practice: str
    entry: WorkEntry | None
    """None where there is no such practice, or it is not the person's to see."""
    is_done: bool
    """It is approved."""
    refusal: DeclarationsError | None
    """Why it would not be approved."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """A practice that has not signed, and what to say to it."""

    standing: Standing
    is_late: bool
    text: str


async def list_work(
    collection: str,
    choice: Choice = EVERYTHING,
    *,
    after: str = "",
    limit: int = 100,
    person: Person,
    uow: UnitOfWork,
    today: date,
) -> WorkList:
    """The person's practices that were chosen, in that order; raises NotAllowedError for people of a practice, or
    NotFoundError."""
    lists, brief = await _open(collection, person, uow)
    previous = await lists.previous(collection)
    found = await lists.page(
        collection,
        choice,
        previous=previous.collection if previous else None,
        today=today,
        after=after,
        limit=limit + 1,
    )
    shown = found[:limit]
    entries = await _entries(collection, previous, shown, person=person, uow=uow, today=today)
    counts = await lists.counts(collection, today=today)
    return WorkList(brief, previous, entries, shown[-1].practice if len(found) > limit else None, counts)


async def list_all_work(
    collection: str,
    choice: Choice = EVERYTHING,
    *,
    person: Person,
    uow: UnitOfWork,
    today: date,
) -> Sequence[WorkEntry]:
    """Every practice that was chosen, for an export; raises as `list_work` does."""
    entries: list[WorkEntry] = []
    after: str | None = ""
    while after is not None:
        page = await list_work(collection, choice, after=after, limit=PAGE, person=person, uow=uow, today=today)
        entries += page.entries
        after = page.next
    return entries


async def list_reminders(collection: str, *, person: Person, uow: UnitOfWork, today: date) -> Sequence[Reminder]:
    """Everybody who has not signed, by code, with what to say; raises as `list_work` does."""
    lists, brief = await _open(collection, person, uow)
    reminders: list[Reminder] = []
    after = ""
    while True:
        found = await lists.page(
            collection,
            Choice(filter=WorkFilter.NOT_SIGNED),
            previous=None,
            today=today,
            after=after,
            limit=PAGE,
        )
        reminders += [
            Reminder(one, one.is_late(today), reminder_of(one, year=brief.qof_year, today=today)) for one in found
        ]
        if len(found) < PAGE:
            return reminders
        after = found[-1].practice


async def approve_many(
    collection: str, declaration_ids: Sequence[UUID], *, person: Person, uow: UnitOfWork, now: datetime
) -> Sequence[Outcome]:
    """Approve each of these as it would be alone, in the order asked: the commissioner's approver the figures, finance
    the payments. What is refused stays as it was and stops no other. Raises NotAllowedError or NotFoundError.

    An id names one report exactly, so nobody approves figures that were not on the list.
    """
    check_approve_many(person)
    await _open(collection, person, uow)
    wanted = list(dict.fromkeys(declaration_ids))
    standings = await uow.standings(scope_of(person)).lock_declared(collection, wanted)
    outcomes: list[Outcome] = []
    changes = []
    for one in wanted:
        standing = standings.get(one)
        try:
            decision = _decide(one, standing, person=person, now=now)
        except DeclarationsError as refusal:
            outcomes.append(
                Outcome(
                    one,
                    standing.practice if standing else None,
                    standing.state if standing else None,
                    is_new=False,
                    refusal=refusal,
                )
            )
            continue
        assert standing is not None, "without one it is refused"
        state = standing.state
        if decision is not None:
            change, content = decision
            changes.append(change)
            tell(content, standing, uow=uow, now=now)
            state = change.declaration.state
        outcomes.append(Outcome(one, standing.practice, state, is_new=decision is not None, refusal=None))
    if changes:
        await uow.declarations.record(changes)
    return outcomes


async def weigh_many(
    collection: str, practices: Sequence[str], *, person: Person, uow: UnitOfWork, now: datetime, today: date
) -> Sequence[Weighed]:
    """What `approve_many` would come to now for these practices' newest declarations, so that a person sees it before;
    nothing changes. Raises as that does."""
    check_approve_many(person)
    lists, _ = await _open(collection, person, uow)
    wanted = list(dict.fromkeys(practices))
    standings = await uow.standings(scope_of(person)).of_practices(collection, wanted)
    previous = await lists.previous(collection)
    found = await _entries(collection, previous, standings, person=person, uow=uow, today=today)
    entries = {one.standing.practice: one for one in found}
    return [_weighed(practice, entries.get(practice), person=person, now=now) for practice in wanted]


def _weighed(practice: str, entry: WorkEntry | None, *, person: Person, now: datetime) -> Weighed:
    try:
        if entry is None:
            raise NotFoundError(f"There is no practice {practice} in this collection, or it is not yours to see.")
        standing, declaration = entry.standing, entry.standing.declaration
        if declaration is None:
            raise NotPossibleNowError(standing.state, _approving(person))
        is_done = _decide(declaration.declaration_id, standing, person=person, now=now) is None
    except DeclarationsError as refusal:
        return Weighed(practice, entry, is_done=False, refusal=refusal)
    return Weighed(practice, entry, is_done, refusal=None)


async def sum_payments(collection: str, *, person: Person, uow: UnitOfWork) -> Mapping[PaymentStep, Sum]:
    """What the person's practices come to, by how far their payment has come; raises as `list_work` does."""
    lists, _ = await _open(collection, person, uow)
    found = await lists.payments(collection)
    return {step: found.get(step, Sum()) for step in PaymentStep}


def _decide(declaration_id: UUID, standing: Standing | None, *, person: Person, now: datetime) -> Decision:
    if standing is None:
        raise NotFoundError(f"There is no declaration {declaration_id}, or it is not yours to see.")
    declaration = standing.declaration
    action = _approving(person)
    if declaration is None or declaration.declaration_id != declaration_id:
        # The practice has signed another report since.
        raise NotPossibleNowError(State.SUPERSEDED, action)
    decide = decide_finance_approval if action is Action.FINANCE_APPROVE else decide_approval
    return decide(standing, declaration, person=person, now=now)


def _approving(person: Person) -> Action:
    return Action.FINANCE_APPROVE if person.role is Role.FINANCE_APPROVER else Action.APPROVE


async def _open(collection: str, person: Person, uow: UnitOfWork) -> tuple[WorkLists, CollectionInBrief]:
    check_oversee(person)
    lists = uow.work_lists(scope_of(person))
    brief = await lists.collection(collection)
    if brief is None:
        raise NotFoundError(f"There is no collection {collection}.")
    return lists, brief


async def _entries(
    collection: str,
    previous: CollectionInBrief | None,
    shown: Sequence[Standing],
    *,
    person: Person,
    uow: UnitOfWork,
    today: date,
) -> list[WorkEntry]:
    practices = [standing.practice for standing in shown]
    summaries = uow.summaries(scope_of(person))
    newest = await summaries.newest(collection, practices)
    before = await summaries.newest(previous.collection, practices) if previous else {}
    entries = []
    for standing in shown:
        summary, last = newest.get(standing.practice), before.get(standing.practice)
        found = flags(summary, last, year=previous.qof_year) if summary and last and previous else ()
        can = abilities(person, standing)
        entries.append(WorkEntry(standing, can, standing.is_late(today), summary, last, found))
    return entries
