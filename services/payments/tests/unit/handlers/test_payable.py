"""What is kept of an achievement: marks and determinations travel with the points to the entitlement."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest

from qof_payments.core.marks import NOT_KEPT_APART
from qof_payments.core.parameters import Parameters, UnknownParametersError
from qof_payments.handlers.calculate_entitlements import calculate_entitlements, record_achievements
from qof_payments.handlers.payable import payable
from qof_payments.handlers.ports import ParametersOf
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import (
    AchievementCalculated,
    AppliedDetermination,
    EntitlementCalculated,
    EntitlementsDue,
    Event,
    new_event,
)
from qof_shared.testing.fakes import NOON

COLLECTION = "QOF-ENG-2012-13"
MakeEvent = Callable[..., Event]

ADJUSTED = AppliedDetermination(
    determination_id=UUID(int=7),
    indicator="AF05",
    determines="adjusted-points",
    was="16/5",
    value="15",
    reason="the register came late",
    person="c1",
    determined_at=NOON,
)


@pytest.fixture
def marked(an_achievement: MakeEvent) -> Event:
    """AF05 and RECORD11 carry the mark, but RECORD11 has no points; AF05's points were adjusted."""
    content = an_achievement().content(AchievementCalculated)
    _, af05, record11 = content.indicators
    changed = msgspec.structs.replace(
        content,
        indicators=[
            content.indicators[0],
            msgspec.structs.replace(af05, is_unverified=True),
            msgspec.structs.replace(record11, is_unverified=True, points="0"),
        ],
        determinations=[ADJUSTED],
    )
    return new_event(changed, occurred_at=NOON, correlation_id="c")


def test_marks_count_where_points_are_paid(marked: Event, parameters_of: ParametersOf) -> None:
    assert payable(marked, parameters_of).unverified_indicators == ("AF05",)


def test_without_marks_none_are_kept(an_achievement: MakeEvent, parameters_of: ParametersOf) -> None:
    kept = payable(an_achievement(), parameters_of)
    assert (kept.unverified_indicators, kept.determinations, kept.services) == ((), (), ())


def test_year_without_money_parameters_is_kept_all_the_same(an_achievement: MakeEvent) -> None:
    content = msgspec.structs.replace(an_achievement().content(AchievementCalculated), nation="wales")

    def nowhere(nation: str, qof_year: str) -> Parameters:
        raise UnknownParametersError(f"no money parameters for {nation} in {qof_year}")

    event = new_event(content, occurred_at=NOON, correlation_id="c")
    assert payable(event, nowhere).services == ()


async def test_statement_says_who_adjusted_what_and_which_rules_are_in_doubt(
    uow: Any, marked: Event, parameters_of: ParametersOf
) -> None:
    await record_achievements([marked], uow=uow, parameters_of=parameters_of, now=NOON)
    told = await frozen_and_calculated(uow, parameters_of)
    assert told.determinations == [ADJUSTED]
    assert told.unverified_indicators == ["AF05"]
    assert told.lines[0].description == "AF; AF05 adjusted from 3.2 to 15 points by c1: the register came late"


async def test_services_kept_together_before_the_years_money_was_known_say_so(
    uow: Any, an_achievement: MakeEvent, parameters_of: ParametersOf
) -> None:
    await record_achievements([an_achievement()], uow=uow, parameters_of=parameters_of, now=NOON)

    def later(nation: str, qof_year: str) -> Parameters:
        return replace(parameters_of(nation, qof_year), target_population_groups={"CS": "women aged 25 to 64"})

    told = await frozen_and_calculated(uow, later)
    assert told.unverified == {"target_population_factor of CS": NOT_KEPT_APART}


async def frozen_and_calculated(uow: Any, parameters_of: ParametersOf) -> EntitlementCalculated:
    await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON)
    due = [event for event in uow.outbox.events if event.name == EntitlementsDue.event]
    await calculate_entitlements(due, uow=uow, parameters_of=parameters_of, now=NOON)
    (told,) = uow.outbox.contents(EntitlementCalculated)
    return told
