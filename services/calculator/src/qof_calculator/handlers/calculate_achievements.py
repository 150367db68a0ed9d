"""An extract was accepted: calculate its points, or say why that cannot be done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from qof_calculator.core.compiled import Belonging, CompiledRuleset
from qof_calculator.core.points import Achievement, Counted, IndicatorResult, calculate, without_determinations
from qof_calculator.core.ruleset import UnknownRulesetError
from qof_calculator.core.validation import faults
from qof_calculator.handlers.ports import KeptAchievement, Rulesets, UnitOfWork
from qof_shared.contracts import (
    AchievementCalculated,
    AchievementsSummed,
    AppliedDetermination,
    Event,
    ExtractAccepted,
    ExtractRejected,
    Fault,
    IndicatorAchievement,
    PointsSum,
    RulesetDescribed,
    SummedAchievement,
    event_of_kept,
    new_event,
)
from qof_shared.errors import PermanentError
from qof_shared.vocabulary import ratio_text

SUMMED_TOGETHER = 25
"""So many extracts' sums are one event: few enough that a bad one of them is redone with little beside it."""


class NoRulesetError(PermanentError):
    """The extract's QOF year has no rule set in this release; send it back (`dead --return`) once it has."""


async def calculate_achievements(
    events: Sequence[Event], *, uow: UnitOfWork, rulesets: Rulesets, now: datetime
) -> None:
    """Calculate a batch of accepted extracts. Order does not matter: every result keeps its extract's number,
    and whoever reads results takes the highest, so an older extract never replaces a newer one.

    An extract that comes again in another message is not told again, so that what was told is what is kept.
    """
    achievements: list[KeptAchievement] = []
    rejections: list[ExtractRejected] = []
    causes: dict[UUID, UUID] = {}
    years: dict[tuple[str, str], Event] = {}
    for event in events:
        accepted = event.content(ExtractAccepted)
        if causes.setdefault(accepted.extract_id, event.message_id) != event.message_id:
            continue
        result = calculate_extract(accepted, rulesets, now)
        years.setdefault((accepted.nation, accepted.qof_year), event)
        if isinstance(result, ExtractRejected):
            rejections.append(result)
        else:
            achievements.append(KeptAchievement.of(*result))
    await _describe({rulesets.for_year(*year): event for year, event in years.items()}, uow=uow, now=now)
    added = await uow.achievements.add(achievements)
    for achievement in added:
        extract_id = achievement.extract_id
        event = event_of_kept(
            AchievementCalculated, occurred_at=now, correlation_id=str(extract_id), causation_id=causes[extract_id]
        )
        uow.outbox.add(event, kept_id=extract_id)
    for start in range(0, len(added), SUMMED_TOGETHER):
        sums = [achievement.summed for achievement in added[start : start + SUMMED_TOGETHER]]
        told = AchievementsSummed(calculated_at=now, achievements=sums)
        uow.outbox.add(new_event(told, occurred_at=now, correlation_id=str(sums[0].extract_id)))
    for rejection in await uow.rejections.add(rejections):
        extract_id = rejection.extract_id
        uow.outbox.add(
            new_event(rejection, occurred_at=now, correlation_id=str(extract_id), causation_id=causes[extract_id])
        )


async def _describe(used: Mapping[CompiledRuleset, Event], *, uow: UnitOfWork, now: datetime) -> None:
    """Tell the words of rule sets that are used for the first time; whoever shows results needs them."""
    causes = {rules.ruleset.ruleset_id: (rules.ruleset, event) for rules, event in used.items()}
    for name in await uow.described.add({name: ruleset.digest for name, (ruleset, _) in causes.items()}):
        ruleset, event = causes[name]
        content = RulesetDescribed(
            ruleset=name,
            ruleset_digest=ruleset.digest,
            nation=ruleset.nation,
            qof_year=str(ruleset.qof_year),
            registers=dict(ruleset.registers),
            groups={group.code: group.name for group in ruleset.groups},
            indicators={one.code: one.description for one in ruleset.indicators},
            successions=dict(ruleset.successions),
        )
        uow.outbox.add(
            new_event(content, occurred_at=now, correlation_id=event.correlation_id, causation_id=event.message_id)
        )


def calculate_extract(
    accepted: ExtractAccepted, rulesets: Rulesets, now: datetime
) -> tuple[AchievementCalculated, SummedAchievement] | ExtractRejected:
    """One extract's points, at length and in sums, or its faults; raises NoRulesetError where its year is unknown."""
    try:
        rules = rulesets.for_year(accepted.nation, accepted.qof_year)
    except UnknownRulesetError as error:
        raise NoRulesetError(str(error)) from error
    achievement = calculate(rules, accepted.extract, accepted.determinations)
    if achievement.is_sound:
        told = _achievement(accepted, rules, achievement, now)
        return told, _summed(told, rules, achievement)
    found = faults(rules, accepted.extract, accepted.determinations)
    assert found, "counts that are not sound have a fault"
    return ExtractRejected(
        extract_id=accepted.extract_id,
        extract_number=accepted.extract_number,
        collection=accepted.collection,
        practice=accepted.practice,
        ruleset=rules.ruleset.ruleset_id,
        rejected_at=now,
        reasons=[Fault(pointer=fault.pointer, rule=fault.rule, message=fault.message) for fault in found],
    )


def _achievement(
    accepted: ExtractAccepted, rules: CompiledRuleset, achievement: Achievement, now: datetime
) -> AchievementCalculated:
    extract = accepted.extract
    pairs = zip(achievement.indicators, achievement.counted, strict=True)
    return AchievementCalculated(
        extract_id=accepted.extract_id,
        extract_number=accepted.extract_number,
        extract_digest=accepted.digest,
        collection=accepted.collection,
        practice=accepted.practice,
        nation=accepted.nation,
        qof_year=accepted.qof_year,
        ruleset=rules.ruleset.ruleset_id,
        ruleset_digest=rules.ruleset.digest,
        calculated_at=now,
        list_size=extract.list_size,
        registers=extract.registers,
        achievement_date=extract.achievement_date,
        points=achievement.points_text,
        points_available=achievement.points_available_text,
        indicators=[_indicator(result, counted) for result, counted in pairs],
        determinations=_applied(accepted, rules) if accepted.determinations else [],
    )


def _summed(told: AchievementCalculated, rules: CompiledRuleset, achievement: Achievement) -> SummedAchievement:
    scale, sum_of = rules.scale, rules.sum_of
    return SummedAchievement(
        extract_id=told.extract_id,
        extract_number=told.extract_number,
        collection=told.collection,
        practice=told.practice,
        nation=told.nation,
        qof_year=told.qof_year,
        ruleset=told.ruleset,
        list_size=told.list_size,
        registers=told.registers,
        points=told.points,
        points_available=told.points_available,
        sums=[
            _points_sum(belonging, above, below * scale)
            for belonging, (above, below) in zip(rules.belongings, achievement.sums, strict=True)
        ],
        achievement_date=told.achievement_date,
        unverified_indicators=[one.indicator for one in told.indicators if one.is_unverified and one.points != "0"],
        determinations=told.determinations,
        determined={one.indicator: sum_of[one.indicator] for one in told.determinations},
    )


@lru_cache(maxsize=16_384)
def _points_sum(belonging: Belonging, above: int, below: int) -> PointsSum:
    """Kept, as most groups of most practices have all their points."""
    return PointsSum(*belonging, ratio_text(above, below))


def _applied(accepted: ExtractAccepted, rules: CompiledRuleset) -> list[AppliedDetermination]:
    determinations = accepted.determinations
    return [
        AppliedDetermination(
            determination_id=one.determination_id,
            indicator=one.indicator,
            determines=one.determines,
            was=was,
            value=one.value,
            reason=one.reason,
            person=one.person,
            determined_at=one.determined_at,
        )
        for one, was in zip(
            determinations, without_determinations(rules, accepted.extract, determinations), strict=True
        )
    ]


def _indicator(result: IndicatorResult, counted: Counted) -> IndicatorAchievement:
    # Unpacked by hand: a starred call costs twice as much, a hundred and fifty times.
    code, group, domain, kind, status, points, available, lower, upper, register, parameters, unverified = result.facts
    numerator, denominator, patients, exclusions, pcas, exclusion_reasons, pca_reasons = counted
    return IndicatorAchievement(
        code,
        group,
        domain,
        kind,
        status,
        points,
        available,
        lower,
        upper,
        register,
        numerator,
        denominator,
        patients,
        exclusions,
        pcas,
        # The contract's own dicts, which the core knows as mappings: copying them would cost more than calculating.
        exclusion_reasons,  # type: ignore[arg-type]
        pca_reasons,  # type: ignore[arg-type]
        parameters,  # type: ignore[arg-type]
        unverified,
    )
