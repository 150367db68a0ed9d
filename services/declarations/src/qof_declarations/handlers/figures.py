"""Putting reports together: points and pounds arrive in any order; the second of a pair publishes the report."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from qof_declarations.core.declaration import ReportVersion, superseded
from qof_declarations.core.errors import InvalidFiguresError
from qof_declarations.core.report import build_report
from qof_declarations.handlers.ports import (
    JoinedHalves,
    NationalFigures,
    NewReport,
    PointsHalf,
    PoundsHalf,
    PracticeKey,
    UnitOfWork,
)
from qof_shared.contracts import (
    AchievementCalculated,
    EntitlementCalculated,
    Event,
    NationalFiguresFrozen,
    ReportPublished,
    new_event,
)
from qof_shared.errors import PermanentError


async def record_achievements(events: Sequence[Event], *, uow: UnitOfWork, now: datetime) -> None:
    """Keep the newest points of each practice; publish where the pounds of the same extract are there already."""
    newest: dict[PracticeKey, tuple[PointsHalf, Event]] = {}
    for event in events:
        content = event.content(AchievementCalculated)
        half = PointsHalf(
            collection=content.collection,
            practice=content.practice,
            extract_id=content.extract_id,
            extract_number=content.extract_number,
            points=content.points,
            content=bytes(event.data),
        )
        known = newest.get((half.collection, half.practice))
        if known is None or known[0].extract_number < half.extract_number:
            newest[half.collection, half.practice] = half, event
    joined = await uow.figures.record_points([half for half, _ in newest.values()])
    await _publish(joined, {key: event for key, (_, event) in newest.items()}, uow=uow, now=now)


async def record_entitlements(events: Sequence[Event], *, uow: UnitOfWork, now: datetime) -> None:
    """Keep the newest pounds of each practice; publish where the points of the same extract are there already."""
    newest: dict[PracticeKey, tuple[PoundsHalf, Event]] = {}
    for event in events:
        content = event.content(EntitlementCalculated)
        half = PoundsHalf(
            collection=content.collection,
            practice=content.practice,
            extract_id=content.extract_id,
            extract_number=content.extract_number,
            snapshot_number=content.snapshot_number,
            content=bytes(event.data),
        )
        known = newest.get((half.collection, half.practice))
        if known is None or _age(known[0]) < _age(half):
            newest[half.collection, half.practice] = half, event
    joined = await uow.figures.record_pounds([half for half, _ in newest.values()])
    await _publish(joined, {key: event for key, (_, event) in newest.items()}, uow=uow, now=now)


def _age(half: PoundsHalf) -> tuple[int, int]:
    return half.extract_number, half.snapshot_number


async def record_national_figures(events: Sequence[Event], *, uow: UnitOfWork) -> None:
    """Keep what payments froze, so that people can read which national figures their pounds stand on."""
    contents = [event.content(NationalFiguresFrozen) for event in events]
    figures = {
        content.snapshot_id: NationalFigures(
            collection=content.collection,
            snapshot_id=content.snapshot_id,
            name=content.name,
            digest=content.digest,
            practices=content.practices,
            reason=content.reason,
            frozen_at=content.frozen_at,
        )
        for content in contents
    }
    await uow.figures.record_national_figures(list(figures.values()))


async def _publish(
    joined: Sequence[JoinedHalves], causes: Mapping[PracticeKey, Event], *, uow: UnitOfWork, now: datetime
) -> None:
    """Store a new version wherever the content differs from the newest; what was signed on an older one falls.

    The same content again is the same version, told once more under the newer extract: its supplier waits for it.
    """
    reports = [_report(pair, now) for pair in joined]
    moved = {
        (report.collection, report.practice): report
        for report, pair in zip(reports, joined, strict=True)
        if report.about.version != pair.version
    }
    if moved:
        await uow.figures.publish(list(moved.values()))
        fallen = [
            superseded(declaration, by=moved[declaration.collection, declaration.practice].about.version, at=now)
            for declaration in await uow.declarations.signed_of(list(moved))
        ]
        if fallen:
            await uow.declarations.record(fallen)
    for report in reports:
        uow.outbox.add(_published(report, causes[report.collection, report.practice]))


def _report(pair: JoinedHalves, now: datetime) -> NewReport:
    achievement = msgspec.json.decode(pair.points, type=AchievementCalculated)
    entitlement = msgspec.json.decode(pair.pounds, type=EntitlementCalculated)
    try:
        report = build_report(achievement, entitlement)
    except InvalidFiguresError as error:
        raise PermanentError(f"{pair.collection} {pair.practice}: {error}") from error
    about = ReportVersion(
        version=pair.version + (report.digest != pair.digest),
        digest=report.digest,
        points=report.points,
        pounds=report.pounds,
        extract_id=achievement.extract_id,
        extract_number=achievement.extract_number,
        entitlement_id=entitlement.entitlement_id,
        snapshot=entitlement.snapshot,
        published_at=now,
    )
    return NewReport(pair.collection, pair.practice, report.document, about)


def _published(report: NewReport, cause: Event) -> Event:
    about = report.about
    content = ReportPublished(
        collection=report.collection,
        practice=report.practice,
        version=about.version,
        digest=about.digest,
        extract_id=about.extract_id,
        extract_number=about.extract_number,
        entitlement_id=about.entitlement_id,
        published_at=about.published_at,
    )
    return new_event(
        content,
        occurred_at=about.published_at,
        correlation_id=cause.correlation_id,
        causation_id=cause.message_id,
    )
