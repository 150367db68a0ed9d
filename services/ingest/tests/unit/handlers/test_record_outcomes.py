from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from qof_ingest.core.journey import Stage
from qof_ingest.handlers.record_outcomes import record_outcomes
from qof_shared.contracts import (
    AchievementCalculatedBefore,
    AchievementsSummed,
    Contract,
    Event,
    ExtractRejected,
    Fault,
    ReportPublished,
    ReportsPublished,
    SummedAchievement,
    new_event,
)
from qof_shared.errors import PermanentError
from qof_shared.testing.fakes import NOON


def event(content: Contract) -> Event:
    return new_event(content, occurred_at=NOON, correlation_id="test")


def calculated(extract_id: UUID) -> Event:
    return event(
        AchievementCalculatedBefore(
            extract_id=extract_id,
            extract_number=1,
            extract_digest="0" * 64,
            collection="QOF-2012-13-SCOTLAND",
            practice="10002",
            nation="scotland",
            qof_year="2012-13",
            ruleset="scotland-2012-13",
            ruleset_digest="0" * 64,
            calculated_at=NOON,
            list_size=5891,
            registers={},
            points="987.65",
            points_available="1000",
            indicators=[],
        )
    )


def rejected(extract_id: UUID) -> Event:
    return event(
        ExtractRejected(
            extract_id=extract_id,
            extract_number=1,
            collection="QOF-2012-13-SCOTLAND",
            practice="10002",
            ruleset="scotland-2012-13",
            rejected_at=NOON,
            reasons=[Fault(pointer="/indicators/3", rule="indicator-unknown", message="Send AF03.")],
        )
    )


def reported(extract_id: UUID) -> Event:
    return event(
        ReportPublished(
            collection="QOF-2012-13-SCOTLAND",
            practice="10002",
            version=2,
            digest="1" * 64,
            extract_id=extract_id,
            extract_number=1,
            entitlement_id=uuid4(),
            published_at=NOON + timedelta(minutes=1),
        )
    )


async def test_every_outcome_becomes_a_stage(uow: Any) -> None:
    good, bad = uuid4(), uuid4()
    uow.journeys.extracts = {good, bad}
    await record_outcomes([reported(good), calculated(good), rejected(bad)], uow=uow, now=NOON)
    assert [(entry.extract_id, entry.stage) for entry in uow.journeys.entries] == [
        (good, Stage.REPORTED),
        (good, Stage.CALCULATED),
        (bad, Stage.REJECTED),
    ]
    assert [entry.detail for entry in uow.journeys.entries] == [
        {"version": 2, "digest": "1" * 64},
        {"ruleset": "scotland-2012-13", "points": "987.65", "points_available": "1000"},
        {
            "ruleset": "scotland-2012-13",
            "reasons": [{"pointer": "/indicators/3", "rule": "indicator-unknown", "message": "Send AF03."}],
        },
    ]


async def test_reports_told_together_are_a_stage_of_each_extract(uow: Any) -> None:
    both = [uuid4(), uuid4()]
    uow.journeys.extracts = set(both)
    reports = [reported(extract_id).content(ReportPublished) for extract_id in both]
    await record_outcomes([event(ReportsPublished(reports=reports))], uow=uow, now=NOON)
    assert [(entry.extract_id, entry.stage) for entry in uow.journeys.entries] == [
        (extract_id, Stage.REPORTED) for extract_id in both
    ]


async def test_sums_of_several_extracts_are_a_stage_of_each(uow: Any) -> None:
    both = [uuid4(), uuid4()]
    uow.journeys.extracts = set(both)
    sums = [
        SummedAchievement(
            extract_id=extract_id,
            extract_number=1,
            collection="QOF-2012-13-SCOTLAND",
            practice="10002",
            nation="scotland",
            qof_year="2012-13",
            ruleset="scotland-2012-13",
            list_size=5891,
            registers={},
            points="987.65",
            points_available="1000",
            sums=[],
        )
        for extract_id in both
    ]
    await record_outcomes([event(AchievementsSummed(calculated_at=NOON, achievements=sums))], uow=uow, now=NOON)
    entries = uow.journeys.entries
    assert [(entry.extract_id, entry.stage, entry.at) for entry in entries] == [
        (extract_id, Stage.CALCULATED, NOON) for extract_id in both
    ]
    assert entries[0].detail == {"ruleset": "scotland-2012-13", "points": "987.65", "points_available": "1000"}


async def test_an_extract_we_never_accepted_is_a_permanent_error(uow: Any) -> None:
    with pytest.raises(PermanentError, match="never accepted"):
        await record_outcomes([calculated(uuid4())], uow=uow, now=NOON)
    assert uow.journeys.entries == []


async def test_an_event_that_does_not_fit_its_contract_is_a_permanent_error(uow: Any) -> None:
    broken = msgspec.structs.replace(calculated(uuid4()), data=msgspec.Raw(b'{"extract_id": 5}'))
    with pytest.raises(PermanentError, match="does not fit"):
        await record_outcomes([broken], uow=uow, now=NOON)


async def test_with_its_first_outcome_an_extract_leaves_the_queue(uow: Any) -> None:
    good, bad, waits = uuid4(), uuid4(), uuid4()
    uow.journeys.extracts = {good, bad, waits}
    await record_outcomes([calculated(good), rejected(bad)], uow=uow, now=NOON)
    await record_outcomes([reported(good)], uow=uow, now=NOON + timedelta(minutes=1))
    assert uow.waiting.gone == {good: NOON, bad: NOON}
