"""How far has a supplier's extract come, and how far have all of them?"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from qof_ingest.core.journey import Progress, Stage, furthest
from qof_ingest.handlers.ports import Extracts, JourneyEntry, KnownDirectory, Receipt


@dataclass(frozen=True, slots=True)
class ExtractJourney:
    """An extract's receipt, its status, and every stage it has reached: acceptance first, then by time."""

    receipt: Receipt
    status: Stage
    stages: Sequence[JourneyEntry]
    superseded_by: UUID | None
    amends: UUID | None = None
    """The supplier's own extract that this one repeats, where it was accepted again."""


async def read_journey(extract_id: UUID, *, supplier: str, extracts: Extracts) -> ExtractJourney | None:
    """The supplier's own extract; None where there is none of this id, or it is another's."""
    tracked = await extracts.tracked(extract_id, supplier)
    if tracked is None:
        return None
    receipt = tracked.receipt
    detail: dict[str, object] = {"extract_number": receipt.extract_number}
    if tracked.amends is not None:
        detail |= {"amends": str(tracked.amends), "because": tracked.because}
    accepted = JourneyEntry(extract_id, Stage.ACCEPTED, receipt.received_at, detail)
    stages = [accepted, *sorted(tracked.journey, key=lambda entry: entry.at)]
    status = furthest(entry.stage for entry in stages)
    return ExtractJourney(receipt, status, stages, tracked.superseded_by, tracked.amends)


async def read_progress(
    collection: str, *, supplier: str, directory: KnownDirectory, extracts: Extracts
) -> Progress | None:
    """The supplier's own extracts in a collection, counted; None where there is no such collection."""
    if await directory.collection(collection) is None:
        return None
    return await extracts.progress(collection, supplier)
