"""Freezing national figures: what is fixed, who becomes due, and when it cannot be done."""

from collections.abc import Callable
from typing import Any

import pytest

from qof_payments.core.parameters import UnknownParametersError
from qof_payments.handlers.calculate_entitlements import record_achievements
from qof_payments.handlers.freeze_national_figures import (
    PRACTICES_PER_MESSAGE,
    NameTakenError,
    NothingToFreezeError,
    UnknownCollectionError,
    figures_digest,
    freeze_national_figures,
)
from qof_payments.handlers.ports import ParametersOf, Snapshot
from qof_shared.contracts import CollectionRecord, EntitlementsDue, Event, NationalFiguresFrozen
from qof_shared.testing.fakes import NOON

COLLECTION = "QOF-ENG-2012-13"
MakeEvent = Callable[..., Event]


async def freeze(uow: Any, parameters_of: ParametersOf, name: str = "final", collection: str = COLLECTION) -> Snapshot:
    return await freeze_national_figures(
        collection, name=name, reason="all in", person="n1", uow=uow, parameters_of=parameters_of, now=NOON
    )


async def test_freeze_fixes_the_mean_and_tells_it(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    achievements = [an_achievement("A81001", registers={"AF": 100}), an_achievement("A81002", registers={"AF": 200})]
    await record_achievements(achievements, uow=uow, parameters_of=parameters_of, now=NOON)
    snapshot = await freeze(uow, parameters_of)

    assert snapshot in uow.national_figures.snapshots
    assert (snapshot.number, snapshot.name, snapshot.frozen_by, snapshot.reason) == (1, "final", "n1", "all in")
    assert snapshot.digest == figures_digest(snapshot.figures)
    assert (snapshot.parameters_id, snapshot.parameters_digest) == ("england-2012-13", "d" * 64)
    frozen = uow.outbox.events[0].content(NationalFiguresFrozen)
    assert (frozen.snapshot_id, frozen.digest, frozen.practices) == (snapshot.snapshot_id, snapshot.digest, 2)
    assert frozen.mean_prevalence == {"AF": "0.030000000000000000000000"}
    assert uow.national_figures.locks[-1] == ("alone", COLLECTION)


async def test_mean_of_nobody_is_told_as_a_decimal_and_not_as_an_exponent(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    event = an_achievement(registers={"AF": 0})
    await record_achievements([event], uow=uow, parameters_of=parameters_of, now=NOON)
    await freeze(uow, parameters_of)
    assert uow.outbox.contents(NationalFiguresFrozen)[0].mean_prevalence == {"AF": "0." + 24 * "0"}


async def test_freeze_makes_every_practice_due_once_in_messages_of_a_hundred(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    codes = [f"A8{number:04}" for number in range(2 * PRACTICES_PER_MESSAGE + 1)]
    events = [an_achievement(code) for code in codes]
    await record_achievements(events, uow=uow, parameters_of=parameters_of, now=NOON)
    snapshot = await freeze(uow, parameters_of)
    due = uow.outbox.contents(EntitlementsDue)
    assert [len(content.practices) for content in due] == [100, 100, 1]
    assert [code for content in due for code in content.practices] == codes
    assert {content.snapshot_id for content in due} == {snapshot.snapshot_id}


async def test_second_freeze_has_the_next_number(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await record_achievements([an_achievement()], uow=uow, parameters_of=parameters_of, now=NOON)
    numbers = [(await freeze(uow, parameters_of, name)).number for name in ("provisional", "final")]
    assert numbers == [1, 2]


async def test_unknown_collection_is_refused(uow: Any, parameters_of: ParametersOf) -> None:
    with pytest.raises(UnknownCollectionError, match="no collection QOF-1999; load it into ingest"):
        await freeze(uow, parameters_of, collection="QOF-1999")


async def test_year_without_parameters_is_refused(uow: Any, parameters_of: ParametersOf) -> None:
    record = uow.directory.collections[COLLECTION]
    uow.directory.collections["QOF-1999"] = CollectionRecord(
        collection="QOF-1999", nation="england", qof_year="1999-00", achievement_date=record.achievement_date
    )
    with pytest.raises(UnknownParametersError, match="no money parameters for england in 1999-00"):
        await freeze(uow, parameters_of, collection="QOF-1999")


async def test_freeze_before_the_first_achievement_is_refused(uow: Any, parameters_of: ParametersOf) -> None:
    with pytest.raises(NothingToFreezeError, match=f"no practice has an achievement in {COLLECTION} yet"):
        await freeze(uow, parameters_of)
    assert not uow.outbox.events


async def test_name_that_is_taken_is_refused_and_the_frozen_figures_stay(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await record_achievements([an_achievement()], uow=uow, parameters_of=parameters_of, now=NOON)
    await freeze(uow, parameters_of)
    uow.outbox.events.clear()
    with pytest.raises(NameTakenError, match="has national figures named 'final' already; choose another name"):
        await freeze(uow, parameters_of)
    assert len(uow.national_figures.snapshots) == 1
    assert not uow.outbox.events
