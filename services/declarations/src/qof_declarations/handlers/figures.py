"""Putting reports together: points and pounds arrive in any order; the second of a pair publishes the report."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from qof_declarations.core.declaration import ReportVersion, superseded
from qof_declarations.core.errors import InvalidFiguresError
from qof_declarations.core.report import build_report
from qof_declarations.core.waiting import Half
from qof_declarations.handlers.ports import (
    Match,
    NationalFigures,
    NewReport,
    PointsHalf,
    PoundsHalf,
    PracticeKey,
    Rejection,
    UnitOfWork,
)
from qof_declarations.handlers.report_rows import QUICKLY
from qof_declarations.handlers.waiting import record_arrivals
from qof_shared.contracts import (
    AchievementCalculated,
    Contract,
    EntitlementCalculated,
    Event,
    ExtractRejected,
    NationalFiguresFrozen,
    ReportPublished,
    ReportsPublished,
    new_event,
)
from qof_shared.errors import PermanentError

SHOWN_REASONS = 20
"""So many faults of a rejected extract are shown; the supplier reads all of them in ingest."""

TOLD_TOGETHER = 25
"""So many published reports are one event; whose extracts they are of is all that anybody wants to know."""

C = TypeVar("C", bound=Contract)


class ArrivedDetermination(msgspec.Struct, frozen=True):
    """Which determination took part."""

    determination_id: UUID


class ArrivedPoints(Contract, frozen=True, kw_only=True):
    """What is read of an `achievement.calculated.v1` when it comes: all else, once a report is made of it."""

    extract_id: UUID
    extract_number: int
    collection: str
    practice: str
    points: str
    determinations: list[ArrivedDetermination] = []  # noqa: RUF012 - msgspec copies it for every struct


async def record_achievements(events: Sequence[Event], *, uow: UnitOfWork, now: datetime) -> None:
    """Keep the newest points of each practice; publish where the pounds of the same extract are there already."""
    newest: dict[PracticeKey, tuple[ArrivedPoints, Event]] = {}
    for event in events:
        content = event.content(ArrivedPoints)
        known = newest.get((content.collection, content.practice))
        if known is None or known[0].extract_number < content.extract_number:
            newest[content.collection, content.practice] = content, event
    matches = await uow.figures.record_points([_points_half(*arrived) for arrived in newest.values()])
    await record_arrivals(Half.POINTS, newest, uow=uow, now=now)
    causes = {key: event for key, (_, event) in newest.items()}
    reports = [
        _report(match, causes[match.key].content(AchievementCalculated), _kept(match, EntitlementCalculated), now)
        for match in matches
    ]
    await _publish(reports, matches, causes, uow=uow, now=now)


async def record_entitlements(events: Sequence[Event], *, uow: UnitOfWork, now: datetime) -> None:
    """Keep the newest pounds of each practice; publish where the points of the same extract are there already."""
    newest: dict[PracticeKey, tuple[EntitlementCalculated, Event]] = {}
    for event in events:
        content = event.content(EntitlementCalculated)
        known = newest.get((content.collection, content.practice))
        if known is None or _age(known[0]) < _age(content):
            newest[content.collection, content.practice] = content, event
    matches = await uow.figures.record_pounds([_pounds_half(*arrived) for arrived in newest.values()])
    causes = {key: event for key, (_, event) in newest.items()}
    reports = [_report(match, _kept(match, AchievementCalculated), newest[match.key][0], now) for match in matches]
    await _publish(reports, matches, causes, uow=uow, now=now)


async def record_rejections(events: Sequence[Event], *, uow: UnitOfWork) -> None:
    """Keep why the newest extract of each practice could not be calculated: who determined something has to know."""
    newest: dict[PracticeKey, Rejection] = {}
    for event in events:
        content = event.content(ExtractRejected)
        reasons = [f"{reason.pointer}: {reason.message}" for reason in content.reasons[:SHOWN_REASONS]]
        rejection = Rejection(content.collection, content.practice, content.extract_number, "\n".join(reasons))
        known = newest.get((content.collection, content.practice))
        if known is None or known.extract_number < content.extract_number:
            newest[content.collection, content.practice] = rejection
    await uow.figures.record_rejections(list(newest.values()))


def _points_half(content: ArrivedPoints, event: Event) -> PointsHalf:
    return PointsHalf(
        collection=content.collection,
        practice=content.practice,
        extract_id=content.extract_id,
        extract_number=content.extract_number,
        points=content.points,
        content=bytes(event.data),
        determinations=",".join(sorted(str(one.determination_id) for one in content.determinations)),
    )


def _pounds_half(content: EntitlementCalculated, event: Event) -> PoundsHalf:
    return PoundsHalf(
        collection=content.collection,
        practice=content.practice,
        extract_id=content.extract_id,
        extract_number=content.extract_number,
        snapshot_number=content.snapshot_number,
        account_number=content.account_number,
        content=bytes(event.data),
    )


def _age(content: EntitlementCalculated) -> tuple[int, int, int]:
    return content.extract_number, content.snapshot_number, content.account_number


def _kept(match: Match, contract: type[C]) -> C:
    """The half that was there already."""
    try:
        return msgspec.json.decode(match.other, type=contract)
    except msgspec.DecodeError as error:
        kept = f"the {contract.event} kept of {match.collection} {match.practice}"
        raise PermanentError(f"{kept} does not fit its contract: {error}") from error


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
    reports: Sequence[NewReport],
    matches: Sequence[Match],
    causes: Mapping[PracticeKey, Event],
    *,
    uow: UnitOfWork,
    now: datetime,
) -> None:
    """Store a new version wherever the content differs from the newest; what was signed on an older one falls.

    The same content again is the same version, told once more under the newer extract: its supplier waits for it.
    """
    moved = {
        match.key: report
        for report, match in zip(reports, matches, strict=True)
        if report.about.version != match.version
    }
    if moved:
        await uow.figures.publish(list(moved.values()))
    overtaken = [match.key for match in matches if match.version and match.key in moved]
    if overtaken:
        fallen = [
            superseded(declaration, by=moved[declaration.collection, declaration.practice].about.version, at=now)
            for declaration in await uow.declarations.signed_of(overtaken)
        ]
        if fallen:
            await uow.declarations.record(fallen)
    await record_arrivals(Half.REPORT, [match.key for match in matches], uow=uow, now=now)
    for start in range(0, len(reports), TOLD_TOGETHER):
        told = reports[start : start + TOLD_TOGETHER]
        cause = causes[told[0].collection, told[0].practice]
        uow.outbox.add(
            new_event(
                ReportsPublished(reports=[_published(report) for report in told]),
                occurred_at=now,
                correlation_id=cause.correlation_id,
                causation_id=cause.message_id,
            )
        )


def _report(
    match: Match, achievement: AchievementCalculated, entitlement: EntitlementCalculated, now: datetime
) -> NewReport:
    try:
        report = build_report(achievement, entitlement, writing=QUICKLY)
    except InvalidFiguresError as error:
        raise PermanentError(f"{match.collection} {match.practice}: {error}") from error
    about = ReportVersion(
        version=match.version + (report.digest != match.digest),
        digest=report.digest,
        points=report.points,
        pounds=report.pounds,
        extract_id=achievement.extract_id,
        extract_number=achievement.extract_number,
        entitlement_id=entitlement.entitlement_id,
        snapshot=entitlement.snapshot,
        published_at=now,
    )
    return NewReport(match.collection, match.practice, report, about)


def _published(report: NewReport) -> ReportPublished:
    about = report.about
    return ReportPublished(
        collection=report.collection,
        practice=report.practice,
        version=about.version,
        digest=about.digest,
        extract_id=about.extract_id,
        extract_number=about.extract_number,
        entitlement_id=about.entitlement_id,
        published_at=about.published_at,
    )
