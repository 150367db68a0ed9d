"""What does money need of an achievement as the calculator tells it?"""

from collections.abc import Iterator, Mapping
from datetime import date
from uuid import UUID

from qof_payments.core.parameters import UnknownParametersError
from qof_payments.core.statement import line_of, points_by_line, with_adjustments
from qof_payments.handlers.ports import ParametersOf, PracticeAchievement
from qof_shared.contracts import (
    AchievementsSummed,
    AppliedDetermination,
    Contract,
    Event,
    IndicatorAchievement,
    IndicatorPoints,
    SummedAchievement,
)


class PayableAchievement(Contract, frozen=True, kw_only=True):
    """What money needs of an `achievement.calculated`; the rest is not even decoded."""

    extract_id: UUID
    extract_number: int
    collection: str
    practice: str
    nation: str
    qof_year: str
    list_size: int
    registers: dict[str, int]
    indicators: list[IndicatorPoints]
    achievement_date: date | None = None
    determinations: list[AppliedDetermination] = []  # noqa: RUF012 - msgspec copies it for every struct


class MarkedIndicators(Contract, frozen=True, kw_only=True):
    """The indicators of an `achievement.calculated.v1` with their marks, which come behind all their counts."""

    indicators: list[IndicatorAchievement]


def payables(event: Event, parameters_of: ParametersOf) -> Iterator[PracticeAchievement]:
    """What is kept of an `achievements.summed.v1`."""
    for summed in event.content(AchievementsSummed).achievements:
        yield _of_sums(summed, _services(summed.nation, summed.qof_year, parameters_of))


def _of_sums(summed: SummedAchievement, services: Mapping[str, str]) -> PracticeAchievement:
    points = points_by_line(summed.sums, services)
    if summed.determinations:
        lines = line_of(summed.sums, services)
        place = {indicator: lines[position] for indicator, position in summed.determined.items()}
        points = with_adjustments(points, place, summed.determinations)
    return PracticeAchievement(
        collection=summed.collection,
        practice=summed.practice,
        nation=summed.nation,
        qof_year=summed.qof_year,
        extract_id=summed.extract_id,
        extract_number=summed.extract_number,
        list_size=summed.list_size,
        registers=summed.registers,
        points=points,
        services=tuple(services),
        unverified_indicators=tuple(summed.unverified_indicators),
        determinations=tuple(summed.determinations),
        achievement_date=summed.achievement_date,
    )


def payable(event: Event, parameters_of: ParametersOf) -> PracticeAchievement:
    """What is kept of an `achievement.calculated`, as it was told before there were sums."""
    achievement = event.content(PayableAchievement)
    services = _services(achievement.nation, achievement.qof_year, parameters_of)
    points = points_by_line(achievement.indicators, services)
    if achievement.determinations:
        lines = line_of(achievement.indicators, services)
        place = {one.indicator: line for line, one in zip(lines, achievement.indicators, strict=True)}
        points = with_adjustments(points, place, achievement.determinations)
    return PracticeAchievement(
        collection=achievement.collection,
        practice=achievement.practice,
        nation=achievement.nation,
        qof_year=achievement.qof_year,
        extract_id=achievement.extract_id,
        extract_number=achievement.extract_number,
        list_size=achievement.list_size,
        registers=achievement.registers,
        points=points,
        services=tuple(services),
        unverified_indicators=_marked(event),
        determinations=tuple(achievement.determinations),
        achievement_date=achievement.achievement_date,
    )


def _services(nation: str, qof_year: str, parameters_of: ParametersOf) -> Mapping[str, str]:
    """The groups that the year pays by target populations. A year whose money is not known yet may be collected."""
    try:
        return parameters_of(nation, qof_year).target_population_groups
    except UnknownParametersError:
        return {}


def _marked(event: Event) -> tuple[str, ...]:
    """Indicators with points whose rules carry the mark. It lies behind counts that are not needed here, and most rules
    carry none, so the rest is read only where the event says `true` anywhere."""
    if b"true" not in bytes(event.data):
        return ()
    indicators = event.content(MarkedIndicators).indicators
    return tuple(one.indicator for one in indicators if one.is_unverified and one.points != "0")
