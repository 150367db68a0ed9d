"""What is kept of an achievement: marks and determinations travel with the points to the entitlement."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any
from uuid import UUID

import msgspec
import pytest

from qof_payments.core.marks import NOT_KEPT_APART
from qof_payments.core.parameters import Parameters, UnknownParametersError
from qof_payments.handlers.calculate_entitlements import calculate_entitlements, record_achievements, record_sums
from qof_payments.handlers.payable import payable, payables
from qof_payments.handlers.ports import ParametersOf
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import (
    AchievementCalculated,
    AchievementsSummed,
    AppliedDetermination,
    EntitlementCalculated,
    EntitlementsDue,
    Event,
    IndicatorAchievement,
    PointsSum,
    SummedAchievement,
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


def summed(*events: Event) -> Event:
    """The same achievements as they are told in sums."""

    def sums(content: AchievementCalculated) -> SummedAchievement:
        keys = list(dict.fromkeys((one.prevalence_register, one.domain, one.group) for one in content.indicators))
        points = {key: sum(Fraction(one.points) for one in content.indicators if belongs(one) == key) for key in keys}
        return SummedAchievement(
            extract_id=content.extract_id,
            extract_number=content.extract_number,
            collection=content.collection,
            practice=content.practice,
            nation=content.nation,
            qof_year=content.qof_year,
            ruleset=content.ruleset,
            list_size=content.list_size,
            registers=content.registers,
            points=content.points,
            points_available=content.points_available,
            sums=[PointsSum(*key, str(points[key])) for key in keys],
            achievement_date=content.achievement_date,
            unverified_indicators=[o.indicator for o in content.indicators if o.is_unverified and o.points != "0"],
            determinations=content.determinations,
            determined={
                one.indicator: keys.index(belongs(one))
                for one in content.indicators
                if one.indicator in {applied.indicator for applied in content.determinations}
            },
        )

    def belongs(one: IndicatorAchievement) -> tuple[str | None, str, str]:
        return one.prevalence_register, one.domain, one.group

    contents = [sums(event.content(AchievementCalculated)) for event in events]
    return new_event(
        AchievementsSummed(calculated_at=NOON, achievements=contents), occurred_at=NOON, correlation_id="c"
    )


def test_sums_are_kept_like_the_indicators_they_are_the_sums_of(
    an_achievement: MakeEvent, marked: Event, parameters_of: ParametersOf
) -> None:
    events = [an_achievement("A81002"), marked]
    assert list(payables(summed(*events), parameters_of)) == [payable(event, parameters_of) for event in events]


async def test_sums_told_together_are_each_kept(
    uow: Any, an_achievement: MakeEvent, parameters_of: ParametersOf
) -> None:
    event = summed(an_achievement("A81002"), an_achievement("A81003"))
    await record_sums([event], uow=uow, parameters_of=parameters_of, now=NOON)
    assert {practice for _, practice in uow.achievements.held} == {"A81002", "A81003"}


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
