"""Turn achievements into pounds on frozen national figures: as they arrive, and all of them after a freeze."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from uuid import UUID, uuid5

from qof_payments.core.entitlement import EntitlementLine, entitlement
from qof_payments.core.factor import EntitlementError
from qof_payments.core.statement import points_by_line
from qof_payments.core.terms import Terms, terms_of
from qof_payments.handlers.ports import ParametersOf, PracticeAchievement, Snapshot, UnitOfWork
from qof_shared.contracts import (
    Contract,
    EntitlementCalculated,
    EntitlementsDue,
    Event,
    IndicatorPoints,
    event_of_kept,
    new_event,
)
from qof_shared.contracts import EntitlementLine as ContractLine
from qof_shared.errors import PermanentError


class UnpayableAchievementError(PermanentError):
    """An achievement cannot be turned into pounds; mend the cause, then send it back (`dead --return`)."""


class UnknownSnapshotError(PermanentError):
    """Entitlements were asked for on a snapshot that is not there."""


class PayableAchievement(Contract, frozen=True, kw_only=True):
    """What money needs of an `achievement.calculated.v1`; the rest is not even decoded."""

    extract_id: UUID
    extract_number: int
    collection: str
    practice: str
    nation: str
    qof_year: str
    list_size: int
    registers: dict[str, int]
    indicators: list[IndicatorPoints]


async def record_achievements(
    events: Sequence[Event], *, uow: UnitOfWork, parameters_of: ParametersOf, now: datetime
) -> None:
    """Keep the newest achievement of each practice; where figures are frozen, calculate its entitlement at once.

    The shared lock makes a freeze wait: either it sees these achievements, or they see its snapshot.
    """
    arrived = [_kept(event.content(PayableAchievement)) for event in events]
    collections = sorted({achievement.collection for achievement in arrived})
    await uow.national_figures.lock_shared(collections)
    newer = await uow.achievements.keep_newest(arrived)
    for collection in collections:
        snapshot = await uow.national_figures.newest(collection)
        if snapshot is None:
            continue
        calculate = _calculator(snapshot, parameters_of, now)
        calculated = []
        for achievement in (achievement for achievement in newer if achievement.collection == collection):
            try:
                calculated.append(calculate(achievement))
            except EntitlementError as error:
                raise UnpayableAchievementError(f"practice {achievement.practice}: {error}") from error
        await _tell(calculated, uow, now)


async def calculate_entitlements(
    events: Sequence[Event], *, uow: UnitOfWork, parameters_of: ParametersOf, now: datetime
) -> None:
    """Calculate the practices that a freeze made due. One that cannot be paid is set apart in a message of its
    own, which then goes to the dead-letter queue with its reason; the others are not held up."""
    for event in events:
        due = event.content(EntitlementsDue)
        snapshot = await uow.national_figures.by_id(due.snapshot_id)
        if snapshot is None:
            raise UnknownSnapshotError(f"no snapshot {due.snapshot_id} of {due.collection}")
        calculate = _calculator(snapshot, parameters_of, now)
        calculated = []
        for achievement in await uow.achievements.of_practices(due.collection, due.practices):
            try:
                calculated.append(calculate(achievement))
            except EntitlementError as error:
                if len(due.practices) == 1:
                    raise UnpayableAchievementError(f"practice {achievement.practice}: {error}") from error
                alone = EntitlementsDue(
                    snapshot_id=due.snapshot_id, collection=due.collection, practices=[achievement.practice]
                )
                uow.outbox.add(
                    new_event(
                        alone, occurred_at=now, correlation_id=event.correlation_id, causation_id=event.message_id
                    )
                )
        await _tell(calculated, uow, now)


async def _tell(calculated: Sequence[EntitlementCalculated], uow: UnitOfWork, now: datetime) -> None:
    """Keep those that are new and tell of them; what is kept is the contract itself, so it is not sent twice."""
    for content in await uow.entitlements.add(calculated):
        event = event_of_kept(EntitlementCalculated, occurred_at=now, correlation_id=str(content.extract_id))
        uow.outbox.add(event, kept_id=content.entitlement_id)


def _kept(achievement: PayableAchievement) -> PracticeAchievement:
    return PracticeAchievement(
        collection=achievement.collection,
        practice=achievement.practice,
        nation=achievement.nation,
        qof_year=achievement.qof_year,
        extract_id=achievement.extract_id,
        extract_number=achievement.extract_number,
        list_size=achievement.list_size,
        registers=achievement.registers,
        points=points_by_line(achievement.indicators),
    )


def entitlement_id(extract_id: UUID, snapshot_id: UUID) -> UUID:
    """The same extract on the same snapshot is the same entitlement, however often it is calculated."""
    return uuid5(snapshot_id, str(extract_id))


def _calculator(
    snapshot: Snapshot, parameters_of: ParametersOf, now: datetime
) -> Callable[[PracticeAchievement], EntitlementCalculated]:
    """What calculates entitlements on this snapshot; its terms are worked out once for all practices of a batch."""

    @cache
    def terms(nation: str, qof_year: str) -> Terms:
        return terms_of(snapshot.figures, parameters_of(nation, qof_year))

    def calculate(achievement: PracticeAchievement) -> EntitlementCalculated:
        return _calculate(achievement, snapshot, terms(achievement.nation, achievement.qof_year), now)

    return calculate


def _calculate(
    achievement: PracticeAchievement, snapshot: Snapshot, terms: Terms, now: datetime
) -> EntitlementCalculated:
    result = entitlement(achievement.points, achievement.list_size, achievement.registers, terms)
    return EntitlementCalculated(
        entitlement_id=entitlement_id(achievement.extract_id, snapshot.snapshot_id),
        collection=achievement.collection,
        practice=achievement.practice,
        extract_id=achievement.extract_id,
        extract_number=achievement.extract_number,
        snapshot_id=snapshot.snapshot_id,
        snapshot=snapshot.name,
        snapshot_number=snapshot.number,
        snapshot_digest=snapshot.digest,
        parameters=terms.parameters.parameters_id,
        parameters_digest=terms.parameters.digest,
        calculated_at=now,
        list_size=achievement.list_size,
        lines=[_line(line) for line in result.lines],
        pounds=str(result.total),
    )


def _line(line: EntitlementLine) -> ContractLine:
    return ContractLine(
        line=line.line,
        description=line.description,
        prevalence_register=line.prevalence_register,
        points=line.points,
        value_of_a_point=line.value_of_a_point,
        contractor_population_index=line.contractor_population_index,
        practice_prevalence=line.practice_prevalence,
        national_prevalence=line.national_prevalence,
        adjusted_practice_disease_factor=line.adjusted_practice_disease_factor,
        formula=line.formula,
        pounds=f"{line.pence // 100}.{line.pence % 100:02}",
    )
