"""A freeze made practices due: everybody is paid, and one who cannot be holds nobody up."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import pytest

from qof_payments.handlers.calculate_entitlements import (
    UnknownSnapshotError,
    UnpayableAchievementError,
    calculate_entitlements,
    record_achievements,
)
from qof_payments.handlers.ports import ParametersOf, Snapshot
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import EntitlementCalculated, EntitlementsDue, Event, new_event
from qof_shared.errors import PermanentError
from qof_shared.testing.fakes import NOON

COLLECTION = "QOF-ENG-2012-13"
MakeEvent = Callable[..., Event]


async def frozen(uow: Any, parameters_of: ParametersOf, achievements: Sequence[Event]) -> Snapshot:
    await record_achievements(achievements, uow=uow, parameters_of=parameters_of, now=NOON)
    snapshot = await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON)
    uow.outbox.events.clear()
    return snapshot


def due(snapshot: Snapshot, *practices: str) -> Event:
    content = EntitlementsDue(snapshot_id=snapshot.snapshot_id, collection=COLLECTION, practices=list(practices))
    return new_event(content, occurred_at=NOON, correlation_id=str(snapshot.snapshot_id))


async def test_practices_that_are_due_are_paid_once(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    snapshot = await frozen(uow, parameters_of, [an_achievement("A81001"), an_achievement("A81002")])
    for _ in range(2):
        event = due(snapshot, "A81001", "A81002")
        await calculate_entitlements([event], uow=uow, parameters_of=parameters_of, now=NOON)
    told = [event.content(EntitlementCalculated) for event in uow.outbox.events]
    assert [(entitlement.practice, entitlement.pounds) for entitlement in told] == [
        ("A81001", "3000.00"),
        ("A81002", "3000.00"),
    ]


async def test_unpayable_practice_is_set_apart_and_its_neighbours_are_paid(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    achievements = [an_achievement("A81001"), an_achievement("A81002", registers={}), an_achievement("A81003")]
    snapshot = await frozen(uow, parameters_of, achievements)
    event = due(snapshot, "A81001", "A81002", "A81003")
    await calculate_entitlements([event], uow=uow, parameters_of=parameters_of, now=NOON)

    paid = uow.outbox.contents(EntitlementCalculated)
    assert [entitlement.practice for entitlement in paid] == ["A81001", "A81003"]
    (apart,) = (told for told in uow.outbox.events if told.name == EntitlementsDue.event)
    assert apart.content(EntitlementsDue) == EntitlementsDue(
        snapshot_id=snapshot.snapshot_id, collection=COLLECTION, practices=["A81002"]
    )
    assert (apart.correlation_id, apart.causation_id) == (event.correlation_id, event.message_id)

    with pytest.raises(UnpayableAchievementError, match="practice A81002: register AF adjusts points but was not"):
        await calculate_entitlements([apart], uow=uow, parameters_of=parameters_of, now=NOON)
    assert issubclass(UnpayableAchievementError, PermanentError)


async def test_newest_achievement_is_paid_also_where_it_came_after_the_freeze(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    snapshot = await frozen(uow, parameters_of, [an_achievement("A81001", extract_number=1)])
    newer = an_achievement("A81001", extract_number=2)
    await record_achievements([newer], uow=uow, parameters_of=parameters_of, now=NOON)
    await calculate_entitlements([due(snapshot, "A81001")], uow=uow, parameters_of=parameters_of, now=NOON)
    assert [entitlement.extract_number for entitlement in uow.outbox.contents(EntitlementCalculated)] == [2]


async def test_unknown_snapshot_is_a_permanent_error(uow: Any, parameters_of: ParametersOf) -> None:
    unknown = EntitlementsDue(snapshot_id=uuid4(), collection=COLLECTION, practices=["A81001"])
    event = new_event(unknown, occurred_at=NOON, correlation_id="c")
    with pytest.raises(UnknownSnapshotError, match=f"no snapshot {unknown.snapshot_id} of {COLLECTION}"):
        await calculate_entitlements([event], uow=uow, parameters_of=parameters_of, now=NOON)
    assert issubclass(UnknownSnapshotError, PermanentError)
