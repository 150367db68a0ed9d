"""Determining what the counts do not say, and withdrawing it: acts of people, each of which may be pressed twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import msgspec

from qof_declarations.core.determination import (
    ApprovedAlreadyError,
    Determination,
    Fault,
    InvalidDeterminationsError,
    KnownIndicator,
    ReplacedAlreadyError,
    Subject,
    Wanted,
    Withdrawal,
    actor_of,
    determined,
    faults_of,
    is_open,
    label,
    newest,
    standing,
)
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import check_determine, check_determine_many, scope_of
from qof_declarations.handlers.errors import ReasonMissingError
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.reading import find_standing
from qof_shared.contracts import Contract, DeterminationMade, DeterminationWithdrawn, IndicatorAchievement, new_event
from qof_shared.contracts import Determination as ToldDetermination
from qof_shared.people import Person
from qof_shared.vocabulary import parse_rational

NOT_AVAILABLE = "not-available"
"""The status of an indicator whose points the practice looked at cannot have."""


@dataclass(frozen=True, slots=True)
class Determined:
    """What stands now; `is_new` is False where exactly this stood already."""

    determination: Determination
    is_new: bool


@dataclass(frozen=True, slots=True)
class DeterminedMany:
    """How many determinations were made, and how many stood already exactly so."""

    made: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Determinations:
    """All that was ever determined for a practice, newest first."""

    history: Sequence[Determination]
    standing: frozenset[UUID]
    is_recalculating: bool
    """The figures shown are still without the newest of it."""
    rejection: Sequence[str]
    """Why the newest extract could not be calculated with it; empty where it could."""


async def determine(
    collection: str, wanted: Wanted, *, reason: str, person: Person, uow: UnitOfWork, now: datetime
) -> Determined:
    """Determine something for one practice.

    Raises NotFoundError, NotAllowedError, ReasonMissingError, ApprovedAlreadyError or InvalidDeterminationsError.
    """
    practice = wanted.subject.practice
    found = await find_standing(uow.standings(scope_of(person)), collection, practice, person=person)
    check_determine(person, commissioner=found.commissioner)
    reason = _reason(reason, "Say why you determine this: it stands in the report and in the statement.")
    states = await uow.determinations.lock(collection, [practice])
    if not is_open(states[practice]):
        raise ApprovedAlreadyError
    before = newest(await uow.determinations.newest(collection, [practice]))
    known = await _known_indicators(collection, practice, uow)
    values = {one.subject: one.value for one in standing(before.values()).values()} | {wanted.subject: wanted.value}
    faults = faults_of(wanted, at="", known=known, values=values)
    if faults:
        raise InvalidDeterminationsError(faults)
    replaced = before.get(wanted.subject)
    made = determined(wanted, before=replaced, collection=collection, reason=reason, actor=actor_of(person), now=now)
    if made is None:
        assert replaced is not None, "what stands already was made before"
        return Determined(replaced, is_new=False)
    await _record([made], uow=uow)
    return Determined(made, is_new=True)


async def determine_many(
    collection: str, wanted: Sequence[Wanted], *, reason: str, person: Person, uow: UnitOfWork, now: datetime
) -> DeterminedMany:
    """Determine something for many practices, for one reason: all of it or nothing.

    Raises NotFoundError, NotAllowedError, ReasonMissingError or InvalidDeterminationsError with every fault.
    """
    check_determine_many(person)
    if not await uow.standings(scope_of(person)).collection_exists(collection):
        raise NotFoundError(f"There is no collection {collection}.")
    reason = _reason(reason, "Say why you determine this: it stands in the reports and in the statements.")
    practices = sorted({one.subject.practice for one in wanted})
    states = await uow.determinations.lock(collection, practices)
    before = newest(await uow.determinations.newest(collection, practices))
    known = await _known_indicators(collection, "", uow)
    faults = _faults_of_many(wanted, states, before, known)
    if faults:
        raise InvalidDeterminationsError(faults)
    actor = actor_of(person)
    made = [
        new
        for one in wanted
        if (
            new := determined(
                one, before=before.get(one.subject), collection=collection, reason=reason, actor=actor, now=now
            )
        )
    ]
    if made:
        # By practice, so that ingest finds together what makes it accept an extract again, and does so once.
        await _record(sorted(made, key=lambda one: (one.subject.practice, one.subject.indicator)), uow=uow)
    return DeterminedMany(len(made), len(wanted) - len(made))


async def withdraw_determination(
    collection: str,
    practice: str,
    determination_id: UUID,
    *,
    reason: str,
    person: Person,
    uow: UnitOfWork,
    now: datetime,
) -> Determined:
    """Withdraw a determination; withdrawing it again changes nothing.

    Raises NotFoundError, NotAllowedError, ReasonMissingError, ReplacedAlreadyError or ApprovedAlreadyError.
    """
    standings = uow.standings(scope_of(person))
    found = await find_standing(standings, collection, practice, person=person)
    check_determine(person, commissioner=found.commissioner)
    reason = _reason(reason, "Say why you withdraw the determination: the practice has to know.")
    states = await uow.determinations.lock(collection, [practice])
    history = await standings.determinations(collection, [practice])
    determination = next((one for one in history if one.determination_id == determination_id), None)
    if determination is None:
        raise NotFoundError(f"There is no determination {determination_id} for practice {practice} in {collection}.")
    if determination.withdrawal is not None:
        return Determined(determination, is_new=False)
    if determination not in standing(history).values():
        raise ReplacedAlreadyError
    if not is_open(states[practice]):
        raise ApprovedAlreadyError
    withdrawal = Withdrawal(actor_of(person), reason, now)
    withdrawn = replace(determination, withdrawal=withdrawal)
    await uow.determinations.withdraw(withdrawn)
    content = DeterminationWithdrawn(
        collection=collection,
        practice=practice,
        determination_id=determination_id,
        reason=reason,
        person=label(withdrawal.actor),
        withdrawn_at=now,
    )
    _tell(content, withdrawn, now, uow)
    return Determined(withdrawn, is_new=True)


async def list_determinations(collection: str, practice: str, *, person: Person, uow: UnitOfWork) -> Determinations:
    """What was ever determined for a practice; raises NotFoundError."""
    standings = uow.standings(scope_of(person))
    found = await find_standing(standings, collection, practice, person=person)
    history = await standings.determinations(collection, [practice])
    ids = frozenset(one.determination_id for one in standing(history).values())
    return Determinations(history, ids, found.is_recalculating, found.rejection)


def _reason(reason: str, message: str) -> str:
    if not reason.strip():
        raise ReasonMissingError(message)
    return reason.strip()


def _faults_of_many(
    wanted: Sequence[Wanted],
    states: Mapping[str, State | None],
    before: Mapping[Subject, Determination],
    known: Mapping[str, KnownIndicator],
) -> list[Fault]:
    values = {one.subject: one.value for one in standing(before.values()).values()}
    values |= {one.subject: one.value for one in wanted}
    first_at: dict[Subject, int] = {}
    faults: list[Fault] = []
    for position, one in enumerate(wanted):
        at, practice = f"/determinations/{position}", one.subject.practice
        if first_at.setdefault(one.subject, position) != position:
            message = f"The same is determined at /determinations/{first_at[one.subject]}. Send it once."
            faults.append(Fault(at, "twice", message))
        if practice not in states:
            message = f"This collection asks no practice {practice!a}. Check its ODS code."
            faults.append(Fault(f"{at}/practice", "practice-unknown", message))
        elif not is_open(states[practice]):
            faults.append(Fault(f"{at}/practice", "approved-already", f"{practice}: {ApprovedAlreadyError()}"))
        faults += faults_of(one, at=at, known=known, values=values)
    return faults


class _Calculated(Contract, frozen=True, kw_only=True):
    """What is read of a points half to know the collection's indicators."""

    practice: str
    indicators: list[IndicatorAchievement]


async def _known_indicators(collection: str, practice: str, uow: UnitOfWork) -> dict[str, KnownIndicator]:
    content = await uow.determinations.points_content(collection, practice)
    if content is None:
        return {}
    calculated = msgspec.json.decode(content, type=_Calculated)
    is_own = calculated.practice == practice
    return {
        one.indicator: KnownIndicator(
            kind=one.kind,
            points_available=None if one.status == NOT_AVAILABLE else parse_rational(one.points_available),
            lower_threshold=parse_rational(one.lower_threshold) if is_own and one.lower_threshold else None,
            upper_threshold=parse_rational(one.upper_threshold) if is_own and one.upper_threshold else None,
        )
        for one in calculated.indicators
    }


async def _record(made: Sequence[Determination], *, uow: UnitOfWork) -> None:
    await uow.determinations.record(made)
    for one in made:
        content = DeterminationMade(
            collection=one.collection,
            practice=one.subject.practice,
            determination=ToldDetermination(
                determination_id=one.determination_id,
                indicator=one.subject.indicator,
                determines=one.subject.determines,
                value=one.value,
                reason=one.reason,
                person=label(one.actor),
                determined_at=one.at,
            ),
        )
        _tell(content, one, one.at, uow)


def _tell(content: Contract, determination: Determination, at: datetime, uow: UnitOfWork) -> None:
    uow.outbox.add(new_event(content, occurred_at=at, correlation_id=str(determination.determination_id)))
