"""What became of our extracts? The other services tell; suppliers read it on the extract's journey."""

from collections.abc import Sequence
from datetime import datetime

from qof_ingest.core.journey import Stage
from qof_ingest.handlers.ports import JourneyEntry, OutcomesUnitOfWork
from qof_shared.contracts import AchievementCalculated, Event, ExtractRejected, PointsCalculated, ReportPublished
from qof_shared.errors import PermanentError


async def record_outcomes(events: Sequence[Event], *, uow: OutcomesUnitOfWork, now: datetime) -> None:
    """Append the stages that these events tell of. They may arrive in any order, and more than once.

    With its first stage an extract leaves the queue.

    Raises PermanentError for an event that does not fit its contract or names an extract we never accepted.
    """
    entries = [_READERS[event.name](event) for event in events]
    known = await uow.journeys.known(entry.extract_id for entry in entries)
    for entry in entries:
        if entry.extract_id not in known:
            raise PermanentError(f"extract {entry.extract_id} is {entry.stage}, but was never accepted here")
    await uow.journeys.append(entries)
    await uow.waiting.come_out(known, now)


def _calculated(event: Event) -> JourneyEntry:
    content = event.content(PointsCalculated)
    detail = {
        "ruleset": content.ruleset,
        "points": content.points,
        "points_available": content.points_available,
    }
    return JourneyEntry(content.extract_id, Stage.CALCULATED, content.calculated_at, detail)


def _rejected(event: Event) -> JourneyEntry:
    content = event.content(ExtractRejected)
    reasons = [
        {"pointer": reason.pointer, "rule": reason.rule, "message": reason.message} for reason in content.reasons
    ]
    detail = {"ruleset": content.ruleset, "reasons": reasons}
    return JourneyEntry(content.extract_id, Stage.REJECTED, content.rejected_at, detail)


def _reported(event: Event) -> JourneyEntry:
    content = event.content(ReportPublished)
    # The first report of this extract; later ones (new national figures) are the practice's affair.
    detail = {"version": content.version, "digest": content.digest}
    return JourneyEntry(content.extract_id, Stage.REPORTED, content.published_at, detail)


_READERS = {
    AchievementCalculated.event: _calculated,
    ExtractRejected.event: _rejected,
    ReportPublished.event: _reported,
}

OUTCOMES = tuple(_READERS)
"""The events that `record_outcomes` understands."""
