"""What became of our extracts? The other services tell; suppliers read it on the extract's journey."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from qof_ingest.core.journey import Stage
from qof_ingest.handlers.ports import JourneyEntry, OutcomesUnitOfWork
from qof_shared.contracts import (
    AchievementCalculatedBefore,
    AchievementsSummed,
    Contract,
    Event,
    ExtractRejected,
    PointsCalculated,
    ReportPublished,
    ReportsPublished,
)
from qof_shared.errors import PermanentError


class CalculatedExtract(msgspec.Struct, frozen=True):
    """What is read of an extract's sums: not the sums."""

    extract_id: UUID
    ruleset: str
    points: str
    points_available: str


class CalculatedExtracts(Contract, frozen=True, kw_only=True):
    """What is read of an `achievements.summed.v1`."""

    calculated_at: datetime
    achievements: list[CalculatedExtract]


async def record_outcomes(events: Sequence[Event], *, uow: OutcomesUnitOfWork, now: datetime) -> None:
    """Append the stages that these events tell of. They may arrive in any order, and more than once.

    With its first stage an extract leaves the queue.

    Raises PermanentError for an event that does not fit its contract or names an extract we never accepted.
    """
    entries = [entry for event in events for entry in _READERS[event.name](event)]
    known = await uow.journeys.known(entry.extract_id for entry in entries)
    for entry in entries:
        if entry.extract_id not in known:
            raise PermanentError(f"extract {entry.extract_id} is {entry.stage}, but was never accepted here")
    await uow.journeys.append(entries)
    await uow.waiting.come_out(known, now)


def _summed(event: Event) -> Iterable[JourneyEntry]:
    content = event.content(CalculatedExtracts)
    for one in content.achievements:
        detail: dict[str, object] = {
            "ruleset": one.ruleset,
            "points": one.points,
            "points_available": one.points_available,
        }
        yield JourneyEntry(one.extract_id, Stage.CALCULATED, content.calculated_at, detail)


def _calculated(event: Event) -> Iterable[JourneyEntry]:
    content = event.content(PointsCalculated)
    detail = {
        "ruleset": content.ruleset,
        "points": content.points,
        "points_available": content.points_available,
    }
    yield JourneyEntry(content.extract_id, Stage.CALCULATED, content.calculated_at, detail)


def _rejected(event: Event) -> Iterable[JourneyEntry]:
    content = event.content(ExtractRejected)
    reasons = [
        {"pointer": reason.pointer, "rule": reason.rule, "message": reason.message} for reason in content.reasons
    ]
    detail = {"ruleset": content.ruleset, "reasons": reasons}
    yield JourneyEntry(content.extract_id, Stage.REJECTED, content.rejected_at, detail)


def _reported_together(event: Event) -> Iterable[JourneyEntry]:
    yield from map(_report, event.content(ReportsPublished).reports)


def _reported(event: Event) -> Iterable[JourneyEntry]:
    """Of a release that told of each report by itself."""
    yield _report(event.content(ReportPublished))


def _report(content: ReportPublished) -> JourneyEntry:
    # The first report of this extract; later ones (new national figures) are the practice's affair.
    detail = {"version": content.version, "digest": content.digest}
    return JourneyEntry(content.extract_id, Stage.REPORTED, content.published_at, detail)


_READERS = {
    AchievementsSummed.event: _summed,
    AchievementCalculatedBefore.event: _calculated,
    ExtractRejected.event: _rejected,
    ReportsPublished.event: _reported_together,
    ReportPublished.event: _reported,
}

OUTCOMES = tuple(_READERS)
"""The events that `record_outcomes` understands."""
