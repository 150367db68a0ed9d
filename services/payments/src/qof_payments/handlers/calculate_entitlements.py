"""Turn achievements into pounds on frozen national figures: as they arrive, and all of them after a freeze."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid5

from qof_payments.core.entitlement import Entitlement, EntitlementLine, entitlement, points_by_line
from qof_payments.core.factor import EntitlementError
from qof_payments.core.parameters import Parameters
from qof_payments.handlers.ports import ParametersOf, PracticeAchievement, Snapshot, UnitOfWork
from qof_shared.contracts import (
    AchievementCalculated,
    EntitlementCalculated,
    EntitlementsDue,
    Event,
    new_event,
)
from qof_shared.contracts import EntitlementLine as ContractLine
from qof_shared.errors import PermanentError
from qof_shared.vocabulary import pounds_text, rational_text


class UnpayableAchievementError(PermanentError):
    """An achievement cannot be turned into pounds; mend the cause, then send it back (`dead --return`)."""


class UnknownSnapshotError(PermanentError):
    """Entitlements were asked for on a snapshot that is not there."""


async def record_achievements(
    events: Sequence[Event], *, uow: UnitOfWork, parameters_of: ParametersOf, now: datetime
) -> None:
    """Keep the newest achievement of each practice; where figures are frozen, calculate its entitlement at once.

    The shared lock makes a freeze wait: either it sees these achievements, or they see its snapshot.
    """
    arrived = [_kept(event.content(AchievementCalculated)) for event in events]
    collections = sorted({achievement.collection for achievement in arrived})
    await uow.national_figures.lock_shared(collections)
    newer = await uow.achievements.keep_newest(arrived)
    for collection in collections:
        snapshot = await uow.national_figures.newest(collection)
        if snapshot is None:
            continue
        calculated = []
        for achievement in (achievement for achievement in newer if achievement.collection == collection):
            try:
                calculated.append(_calculate(achievement, snapshot, parameters_of, now))
            except EntitlementError as error:
                raise UnpayableAchievementError(f"practice {achievement.practice}: {error}") from error
        await _tell(await uow.entitlements.add(calculated), uow, now)


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
        calculated = []
        for achievement in await uow.achievements.of_practices(due.collection, due.practices):
            try:
                calculated.append(_calculate(achievement, snapshot, parameters_of, now))
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
        await _tell(await uow.entitlements.add(calculated), uow, now)


async def _tell(calculated: Sequence[EntitlementCalculated], uow: UnitOfWork, now: datetime) -> None:
    for content in calculated:
        uow.outbox.add(new_event(content, occurred_at=now, correlation_id=str(content.extract_id)))


def _kept(achievement: AchievementCalculated) -> PracticeAchievement:
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


def _calculate(
    achievement: PracticeAchievement, snapshot: Snapshot, parameters_of: ParametersOf, now: datetime
) -> EntitlementCalculated:
    parameters = parameters_of(achievement.nation, achievement.qof_year)
    result = entitlement(achievement.points, achievement.list_size, achievement.registers, snapshot.figures, parameters)
    return _content(achievement, snapshot, parameters, result, now)


def _content(
    achievement: PracticeAchievement, snapshot: Snapshot, parameters: Parameters, result: Entitlement, now: datetime
) -> EntitlementCalculated:
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
        parameters=parameters.parameters_id,
        parameters_digest=parameters.digest,
        calculated_at=now,
        list_size=achievement.list_size,
        lines=[_line(line) for line in result.lines],
        pounds=pounds_text(result.total),
    )


def _line(line: EntitlementLine) -> ContractLine:
    return ContractLine(
        line=line.line,
        description=line.description,
        prevalence_register=line.prevalence_register,
        points=rational_text(line.points),
        value_of_a_point=rational_text(line.value_of_a_point),
        contractor_population_index=rational_text(line.contractor_population_index),
        practice_prevalence=_text(line.practice_prevalence),
        national_prevalence=_text(line.national_prevalence),
        adjusted_practice_disease_factor=_text(line.adjusted_practice_disease_factor),
        formula=line.formula,
        pounds=pounds_text(line.pounds),
    )


def _text(value: Fraction | Decimal | None) -> str | None:
    if value is None:
        return None
    return rational_text(value) if isinstance(value, Fraction) else format(value, "f")
