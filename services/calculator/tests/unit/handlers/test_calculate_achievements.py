"""What the calculator tells of an accepted extract."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from uuid import UUID, uuid4

import msgspec
import pytest

from qof_calculator.adapters.rulesets import RulesetCatalogue
from qof_calculator.handlers.calculate_achievements import NoRulesetError, calculate_achievements
from qof_calculator.handlers.ports import KeptAchievement
from qof_shared.contracts import (
    AchievementCalculated,
    AchievementsSummed,
    ContractMismatchError,
    Determination,
    Event,
    ExtractAccepted,
    ExtractRejected,
    Fault,
    IndicatorAchievement,
    IndicatorCounts,
    RulesetDescribed,
)
from qof_shared.errors import PermanentError
from qof_shared.testing.fakes import NOON, FakeUnitOfWork

MakeEvent = Callable[..., Event]
MakeDetermination = Callable[[str, str, str], Determination]


class InMemoryAchievements:
    def __init__(self) -> None:
        self.by_extract: dict[UUID, AchievementCalculated] = {}

    async def add(self, achievements: Sequence[KeptAchievement]) -> list[KeptAchievement]:
        new = [achievement for achievement in achievements if achievement.extract_id not in self.by_extract]
        for kept in new:
            self.by_extract[kept.extract_id] = msgspec.json.decode(kept.body, type=AchievementCalculated)
        return new


class InMemoryRejections:
    def __init__(self) -> None:
        self.by_extract: dict[UUID, ExtractRejected] = {}

    async def add(self, rejections: Sequence[ExtractRejected]) -> list[ExtractRejected]:
        new = [rejection for rejection in rejections if rejection.extract_id not in self.by_extract]
        self.by_extract.update({rejection.extract_id: rejection for rejection in new})
        return new


class InMemoryDescribed:
    """Everything is described already, unless told otherwise."""

    def __init__(self) -> None:
        self.new = False

    async def add(self, rulesets: Mapping[str, str]) -> list[str]:
        return list(rulesets) if self.new else []


class FakeCalculator(FakeUnitOfWork):
    """The calculator's database in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.achievements = InMemoryAchievements()
        self.rejections = InMemoryRejections()
        self.described = InMemoryDescribed()
        self.outbox.kept_body = lambda extract_id: msgspec.json.encode(self.achievements.by_extract[extract_id])


@pytest.fixture
def uow() -> FakeCalculator:
    return FakeCalculator()


def told_at_length(uow: FakeCalculator) -> list[Event]:
    """The events of one extract each."""
    return [event for event in uow.outbox.events if event.name != AchievementsSummed.event]


async def test_sums_of_extracts_are_told_together_by_register_domain_and_group(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    events = [an_extract(extract_number=number) for number in range(1, 28)]
    await calculate_achievements(events, uow=uow, rulesets=rulesets, now=NOON)
    told = [event.content(AchievementsSummed) for event in uow.outbox.events if event.name == AchievementsSummed.event]
    assert [len(one.achievements) for one in told] == [25, 2]
    sums = {one.extract_id: one for several in told for one in several.achievements}
    assert sums.keys() == uow.achievements.by_extract.keys()
    for extract_id, achievement in uow.achievements.by_extract.items():
        summed = sums[extract_id]
        assert (summed.points, summed.points_available) == (achievement.points, achievement.points_available)
        assert (summed.list_size, summed.registers) == (achievement.list_size, achievement.registers)
        assert (summed.practice, summed.achievement_date) == (achievement.practice, achievement.achievement_date)
        expected: dict[tuple[str | None, str, str], Fraction] = {}
        for one in achievement.indicators:
            belonging = (one.prevalence_register, one.domain, one.group)
            expected[belonging] = expected.get(belonging, Fraction(0)) + Fraction(one.points)
        found = {(one.prevalence_register, one.domain, one.group): Fraction(one.points) for one in summed.sums}
        assert found == expected
        assert len(found) == len(summed.sums)


async def test_rule_set_is_described_when_it_is_used_for_the_first_time(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    uow.described.new = True
    await calculate_achievements([an_extract(), an_extract()], uow=uow, rulesets=rulesets, now=NOON)
    (told,) = (event for event in uow.outbox.events if event.name == RulesetDescribed.event)
    described, rules = told.content(RulesetDescribed), rulesets.by_id("scotland-2012-13").ruleset
    assert (described.ruleset, described.ruleset_digest) == ("scotland-2012-13", rules.digest)
    assert described.indicators["AF01"] == "Atrial fibrillation: keeps a register"
    assert described.registers["AF"] == "Atrial fibrillation"
    assert described.successions["AF03"] == "AF07"


async def test_accepted_extract_is_told_with_its_exact_points(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    event = an_extract(extract_number=7)
    await calculate_achievements([event], uow=uow, rulesets=rulesets, now=NOON)

    (told,) = told_at_length(uow)
    accepted = event.content(ExtractAccepted)
    assert told.name == AchievementCalculated.event
    assert told.correlation_id == str(accepted.extract_id)
    assert told.causation_id == event.message_id
    assert told.message_id != event.message_id

    achievement = told.content(AchievementCalculated)
    rules = rulesets.by_id("scotland-2012-13").ruleset
    assert achievement.extract_id == accepted.extract_id
    assert achievement.extract_number == 7
    assert achievement.extract_digest == accepted.digest
    assert (achievement.collection, achievement.practice) == (accepted.collection, accepted.practice)
    assert (achievement.nation, achievement.qof_year) == ("scotland", "2012-13")
    assert (achievement.ruleset, achievement.ruleset_digest) == (rules.ruleset_id, rules.digest)
    assert achievement.calculated_at == NOON
    assert (achievement.list_size, achievement.registers) == (8000, {"AF": 100, "PAD": 0})
    assert achievement.points == "145/9", "5 + 5 + 3 + 28/9, unrounded"
    assert achievement.points_available == "991", "1,000 less the 9 of PAD, whose register is empty"
    assert uow.achievements.by_extract == {accepted.extract_id: achievement}


async def test_every_indicator_of_the_year_is_told_with_its_counts_and_its_rule(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    await calculate_achievements([an_extract()], uow=uow, rulesets=rulesets, now=NOON)

    (achievement,) = uow.achievements.by_extract.values()
    told = {indicator.indicator: indicator for indicator in achievement.indicators}
    assert told.keys() == rulesets.by_id("scotland-2012-13").by_code.keys()
    assert told["AF05"] == IndicatorAchievement(
        indicator="AF05",
        group="AF",
        domain="Clinical",
        kind="fraction",
        status="partly",
        points="5",
        points_available="10",
        numerator=65,
        denominator=100,
        register_count=100,
        exclusions=5,
        pcas=4,
        lower_threshold="40",
        upper_threshold="90",
        prevalence_register="AF",
        exclusion_reasons={"a": 2, "b": 3},
        pca_reasons={"declined": 4},
    )
    assert (told["AF07"].status, told["AF07"].points) == ("partly", "28/9")
    assert (told["AF01"].status, told["AF01"].points, told["AF01"].numerator) == ("achieved", "5", None)
    assert (told["PAD02"].status, told["PAD02"].points_available, told["PAD02"].register_count) == (
        "not-available",
        "0",
        0,
    )
    assert (told["CS05"].status, told["CS05"].points, told["CS05"].points_available) == ("not-reported", "0", "2")
    assert (told["CS05"].register_count, told["CS05"].prevalence_register) == (None, None)


async def test_faulty_extract_is_rejected_with_every_reason(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    event = an_extract(
        registers={"AF": 100, "NOSUCH/1": 1},
        indicators=[
            IndicatorCounts(indicator="AF05", numerator=3, denominator=2),
            IndicatorCounts(indicator="AF99", numerator=1, denominator=1),
            IndicatorCounts(indicator="CS05"),
            IndicatorCounts(indicator="AF06", numerator=1, denominator=101),
        ],
    )
    await calculate_achievements([event], uow=uow, rulesets=rulesets, now=NOON)

    (told,) = told_at_length(uow)
    accepted = event.content(ExtractAccepted)
    assert told.name == ExtractRejected.event
    assert (told.correlation_id, told.causation_id) == (str(accepted.extract_id), event.message_id)
    rejected = told.content(ExtractRejected)
    assert [(reason.pointer, reason.rule) for reason in rejected.reasons] == [
        ("/registers/NOSUCH~11", "register-known"),
        ("/indicators/0/numerator", "numerator-within-denominator"),
        ("/indicators/1/indicator", "indicator-known"),
        ("/indicators/2/achieved", "count-present"),
        ("/indicators/3/denominator", "denominator-within-register"),
    ]
    assert rejected.reasons[3] == Fault(
        pointer="/indicators/2/achieved",
        rule="count-present",
        message="CS05 is a yes-no indicator; send achieved, true or false.",
    )
    assert rejected.ruleset == "scotland-2012-13"
    assert rejected.extract_number == 1
    assert uow.rejections.by_extract == {accepted.extract_id: rejected}
    assert not uow.achievements.by_extract


async def test_determinations_are_applied_and_named(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent, determined: MakeDetermination
) -> None:
    awarded, local = determined("AF05", "adjusted-points", "8"), determined("AF06", "lower-threshold", "60")
    event = an_extract(determinations=[awarded, local])
    await calculate_achievements([event], uow=uow, rulesets=rulesets, now=NOON)

    (achievement,) = uow.achievements.by_extract.values()
    told = {indicator.indicator: indicator for indicator in achievement.indicators}
    assert (told["AF05"].status, told["AF05"].points, told["AF05"].kind) == ("partly", "8", "fraction")
    assert told["AF05"].parameters == {"adjusted_points": "8"}
    assert (told["AF06"].points, told["AF06"].lower_threshold) == ("2", "60")
    assert achievement.points == "163/9", "5 + 8 + 2 + 28/9"
    assert [(one.indicator, one.determines, one.was, one.value) for one in achievement.determinations] == [
        ("AF05", "adjusted-points", "5", "8"),
        ("AF06", "lower-threshold", "50", "60"),
    ]
    first = achievement.determinations[0]
    assert (first.determination_id, first.reason, first.person, first.determined_at) == (
        awarded.determination_id,
        "local award",
        "A. Commissioner",
        NOON,
    )


async def test_impossible_determination_rejects_the_extract(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent, determined: MakeDetermination
) -> None:
    event = an_extract(determinations=[determined("AF05", "adjusted-points", "11")])
    await calculate_achievements([event], uow=uow, rulesets=rulesets, now=NOON)

    (rejected,) = uow.rejections.by_extract.values()
    assert rejected.reasons == [
        Fault(
            pointer="/determinations/0/value",
            rule="determination-possible",
            message="AF05 has the adjusted_points '11'; it must be a number of points from 0 to 10. "
            "Withdraw the determination and make it again with such a value.",
        )
    ]


async def test_unverified_rule_is_marked(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    event = an_extract(nation="england", indicators=[IndicatorCounts(indicator="QP06", achieved=True)])
    await calculate_achievements([event], uow=uow, rulesets=rulesets, now=NOON)

    (achievement,) = uow.achievements.by_extract.values()
    told = {indicator.indicator: indicator.is_unverified for indicator in achievement.indicators}
    assert (told["QP06"], told["AF05"]) == (True, False)


async def test_sound_and_faulty_extracts_of_a_batch_are_each_told(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    events = [an_extract(list_size=0), an_extract(), an_extract(list_size=-1), an_extract()]
    await calculate_achievements(events, uow=uow, rulesets=rulesets, now=NOON)

    told = {event.causation_id: event.name for event in told_at_length(uow)}
    assert [told[event.message_id] for event in events] == [
        ExtractRejected.event,
        AchievementCalculated.event,
        ExtractRejected.event,
        AchievementCalculated.event,
    ]
    assert (len(uow.rejections.by_extract), len(uow.achievements.by_extract)) == (2, 2)


async def test_unknown_year_is_a_permanent_error_that_lists_the_known_ones(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    with pytest.raises(NoRulesetError, match=r"no rule set wales-1999-00; there are .*scotland-2012-13") as raised:
        await calculate_achievements(
            [an_extract(nation="wales", qof_year="1999-00")], uow=uow, rulesets=rulesets, now=NOON
        )
    assert isinstance(raised.value, PermanentError), "the message goes to the dead-letter queue at once"


async def test_batch_with_one_unknown_year_keeps_nothing_so_that_it_can_be_redone_one_by_one(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    events = [an_extract(), an_extract(qof_year="1999-00"), an_extract()]
    with pytest.raises(NoRulesetError):
        await calculate_achievements(events, uow=uow, rulesets=rulesets, now=NOON)
    assert not uow.outbox.events
    assert not uow.achievements.by_extract

    for event in (events[0], events[2]):
        await calculate_achievements([event], uow=uow, rulesets=rulesets, now=NOON)
    assert [event.causation_id for event in told_at_length(uow)] == [events[0].message_id, events[2].message_id]


@pytest.mark.parametrize("numbers", [(1, 2), (2, 1)])
@pytest.mark.parametrize("batches", [1, 2])
async def test_older_and_newer_extract_in_any_order_are_both_kept_with_their_numbers(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent, numbers: tuple[int, int], batches: int
) -> None:
    events = [an_extract(extract_number=number) for number in numbers]
    for batch in [events] if batches == 1 else [[event] for event in events]:
        await calculate_achievements(batch, uow=uow, rulesets=rulesets, now=NOON)
    kept = sorted(achievement.extract_number for achievement in uow.achievements.by_extract.values())
    told = sorted(event.content(AchievementCalculated).extract_number for event in told_at_length(uow))
    assert kept == told == [1, 2]


@pytest.mark.parametrize("batches", [1, 2])
async def test_extract_that_comes_again_in_another_message_is_told_once(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent, batches: int
) -> None:
    extract_id = uuid4()
    events = [an_extract(extract_id=extract_id), an_extract(extract_id=extract_id)]
    for batch in [events] if batches == 1 else [[event] for event in events]:
        await calculate_achievements(batch, uow=uow, rulesets=rulesets, now=NOON)
    assert [event.causation_id for event in told_at_length(uow)] == [events[0].message_id]


async def test_data_that_is_no_extract_is_a_permanent_error_that_says_where(
    uow: FakeCalculator, rulesets: RulesetCatalogue, an_extract: MakeEvent
) -> None:
    event = msgspec.structs.replace(an_extract(), data=msgspec.Raw(b'{"extract_id": 1}'))
    with pytest.raises(ContractMismatchError, match=r"extract\.accepted\.v1 does not fit its contract.*extract_id"):
        await calculate_achievements([event], uow=uow, rulesets=rulesets, now=NOON)
    assert issubclass(ContractMismatchError, PermanentError)
