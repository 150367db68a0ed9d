"""Only what stands otherwise than before has an extract accepted again, and its supplier is told why."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from qof_ingest.handlers.ports import AcceptedAgain
from qof_ingest.handlers.record_determinations import record_made, record_withdrawn
from qof_shared.contracts import DeterminationMade, Event, ExtractAccepted, ExtractsReceived
from qof_shared.testing.fakes import NOON

COLLECTION = "QOF-2012-13-SCOTLAND"
PRACTICE = COLLECTION, "10002"

Determined = Callable[..., Event]
Withdrawn = Callable[[Event], Event]


@pytest.fixture
def with_extract(uow: Any) -> Any:
    """The unit of work, where the practice has an extract."""
    uow.determinations.newest[PRACTICE] = AcceptedAgain(
        uuid4(), 7, "emis", COLLECTION, "10002", "scotland", "2012-13", NOON, "0" * 64
    )
    uow.outbox.kept_body = lambda _id: b"{}"
    return uow


def told(uow: Any) -> list[Event]:
    return [event for event in uow.outbox.events if event.name == ExtractAccepted.event]


async def test_what_is_determined_has_the_newest_extract_accepted_again(
    with_extract: Any, make_determined: Determined
) -> None:
    made = make_determined()
    await record_made([made], uow=with_extract, now=NOON)
    (event,) = told(with_extract)
    assert event.causation_id == made.message_id
    (numbers,) = with_extract.outbox.contents(ExtractsReceived)
    assert [(one.practice, one.extract_number) for one in numbers.extracts] == [("10002", 8)]
    (amendment,) = with_extract.determinations.amendments
    assert amendment.because == "Accepted again because of what was determined: adjusted-points of AF03."
    assert amendment.idempotency_key == f"determined {made.content(DeterminationMade).determination.determination_id}"
    assert with_extract.determinations.locked == [COLLECTION]


async def test_what_is_determined_of_a_practice_at_once_is_one_acceptance(
    with_extract: Any, make_determined: Determined
) -> None:
    indicators = [f"AF{number:02}" for number in range(7)]
    await record_made([make_determined(indicator=one) for one in indicators], uow=with_extract, now=NOON)
    assert len(told(with_extract)) == 1
    (amendment,) = with_extract.determinations.amendments
    assert amendment.because.endswith("adjusted-points of AF03, adjusted-points of AF04 and 2 more.")


async def test_a_practice_without_an_extract_waits_for_one(uow: Any, make_determined: Determined) -> None:
    await record_made([make_determined()], uow=uow, now=NOON)
    assert uow.outbox.events == []
    assert len((await uow.determinations.standing([PRACTICE]))[PRACTICE]) == 1


async def test_an_older_determination_that_comes_late_changes_nothing(
    with_extract: Any, make_determined: Determined
) -> None:
    await record_made([make_determined(hour=2, value="2")], uow=with_extract, now=NOON)
    await record_made([make_determined(hour=1, value="1")], uow=with_extract, now=NOON)
    assert len(told(with_extract)) == 1


async def test_what_is_withdrawn_has_the_extract_accepted_again(
    with_extract: Any, make_determined: Determined, make_withdrawn: Withdrawn
) -> None:
    made = make_determined()
    await record_made([made], uow=with_extract, now=NOON)
    await record_withdrawn([make_withdrawn(made)], uow=with_extract, now=NOON)
    assert len(told(with_extract)) == 2
    assert with_extract.determinations.amendments[-1].because == (
        "Accepted again because of what was withdrawn: adjusted-points of AF03."
    )


async def test_a_withdrawal_that_comes_first_leaves_nothing_standing(
    with_extract: Any, make_determined: Determined, make_withdrawn: Withdrawn
) -> None:
    made = make_determined()
    await record_withdrawn([make_withdrawn(made)], uow=with_extract, now=NOON)
    await record_made([made], uow=with_extract, now=NOON)
    assert told(with_extract) == []


async def test_what_was_replaced_does_not_stand_again_after_a_withdrawal(
    with_extract: Any, make_determined: Determined, make_withdrawn: Withdrawn
) -> None:
    newer = make_determined(hour=1)
    await record_made([make_determined(), newer], uow=with_extract, now=NOON)
    await record_withdrawn([make_withdrawn(newer)], uow=with_extract, now=NOON)
    assert await with_extract.determinations.standing([PRACTICE]) == {}
