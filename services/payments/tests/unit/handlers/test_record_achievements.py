"""An achievement arrives: it is kept, and paid where the national figures are frozen."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from qof_payments.handlers.calculate_entitlements import (
    UnpayableAchievementError,
    calculate_entitlements,
    record_achievements,
)
from qof_payments.handlers.ports import ParametersOf
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import AchievementCalculated, EntitlementCalculated, EntitlementsDue, Event
from qof_shared.testing.fakes import NOON

COLLECTION = "QOF-ENG-2012-13"
MakeEvent = Callable[..., Event]


async def freeze(uow: Any, parameters_of: ParametersOf, name: str = "final") -> None:
    await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON, name=name)
    uow.outbox.events.clear()


async def test_achievement_without_frozen_figures_is_kept_and_nothing_is_told(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    event = an_achievement(extract_number=3)
    await record_achievements([event], uow=uow, parameters_of=parameters_of, now=NOON)

    (kept,) = uow.achievements.held.values()
    assert (kept.practice, kept.extract_number, kept.list_size) == ("A81001", 3, 5000)
    assert [(line.line, line.points) for line in kept.points] == [("AF", (20, 1)), ("Organisational", (10, 1))]
    assert not uow.outbox.events
    assert not uow.entitlements.held
    assert uow.national_figures.locks == [("shared", COLLECTION)]


async def test_achievement_after_a_freeze_is_paid_once_by_the_frozen_figures(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await record_achievements([an_achievement("A81002")], uow=uow, parameters_of=parameters_of, now=NOON)
    await freeze(uow, parameters_of)
    (snapshot,) = uow.national_figures.snapshots

    event = an_achievement(list_size=10_000, registers={"AF": 100}, extract_number=2)
    await record_achievements([event], uow=uow, parameters_of=parameters_of, now=NOON)
    (told,) = uow.outbox.events
    entitlement = told.content(EntitlementCalculated)
    achievement = event.content(AchievementCalculated)
    assert told.correlation_id == str(achievement.extract_id)
    assert (entitlement.practice, entitlement.extract_id, entitlement.extract_number) == (
        "A81001",
        achievement.extract_id,
        2,
    )
    assert (entitlement.snapshot_id, entitlement.snapshot_number) == (snapshot.snapshot_id, 1)
    assert entitlement.snapshot_digest == snapshot.digest
    assert (entitlement.parameters, entitlement.parameters_digest) == ("england-2012-13", "d" * 64)
    # AF: 1 % here, 2 % in the nation. 20 × £100 × 2 × 1/2; the others 10 × £100 × 2.
    assert [(line.line, line.pounds) for line in entitlement.lines] == [
        ("AF", "2000.00"),
        ("Organisational", "2000.00"),
    ]
    assert entitlement.pounds == "4000.00"

    await record_achievements([event], uow=uow, parameters_of=parameters_of, now=NOON)
    assert len(uow.outbox.events) == 1, "a redelivery pays nothing again"


async def test_older_extract_after_a_newer_is_ignored(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await record_achievements([an_achievement()], uow=uow, parameters_of=parameters_of, now=NOON)
    await freeze(uow, parameters_of)
    newer, older = an_achievement(extract_number=9), an_achievement(extract_number=8, list_size=1)
    for event in (newer, older):
        await record_achievements([event], uow=uow, parameters_of=parameters_of, now=NOON)
    assert [told.content(EntitlementCalculated).extract_number for told in uow.outbox.events] == [9]
    assert uow.achievements.held[COLLECTION, "A81001"].extract_number == 9


async def test_figures_of_another_collection_pay_nobody_here(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await record_achievements([an_achievement()], uow=uow, parameters_of=parameters_of, now=NOON)
    await freeze(uow, parameters_of)
    events = [an_achievement("A81002", collection="QOF-ENG-2013-14"), an_achievement("A81003")]
    await record_achievements(events, uow=uow, parameters_of=parameters_of, now=NOON)
    assert [told.content(EntitlementCalculated).practice for told in uow.outbox.events] == ["A81003"]
    assert uow.national_figures.locks[-2:] == [("shared", "QOF-ENG-2012-13"), ("shared", "QOF-ENG-2013-14")]


async def test_achievement_that_cannot_be_paid_is_made_due_alone_and_holds_up_nobody(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await record_achievements([an_achievement()], uow=uow, parameters_of=parameters_of, now=NOON)
    await freeze(uow, parameters_of)
    events = [an_achievement("A81007", registers={}), an_achievement("A81008")]
    await record_achievements(events, uow=uow, parameters_of=parameters_of, now=NOON)
    alone, told = uow.outbox.events
    assert told.content(EntitlementCalculated).practice == "A81008"
    assert alone.content(EntitlementsDue).practices == ["A81007"]
    with pytest.raises(UnpayableAchievementError, match="practice A81007: register AF adjusts points but was not"):
        await calculate_entitlements([alone], uow=uow, parameters_of=parameters_of, now=NOON)


async def test_same_extract_on_new_figures_is_a_new_entitlement(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    extract_id = uuid4()
    await record_achievements([an_achievement("A81002")], uow=uow, parameters_of=parameters_of, now=NOON)
    for number, name in ((1, "first"), (2, "second")):
        await freeze(uow, parameters_of, name)
        event = an_achievement(extract_id=extract_id, extract_number=number)
        await record_achievements([event], uow=uow, parameters_of=parameters_of, now=NOON)
    assert len({entitlement.entitlement_id for entitlement in uow.entitlements.held.values()}) == 2
