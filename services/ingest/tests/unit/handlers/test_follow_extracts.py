from datetime import timedelta
from typing import Any
from uuid import uuid4

from qof_ingest.core.journey import Progress, Stage
from qof_ingest.handlers.follow_extracts import read_journey, read_progress
from qof_ingest.handlers.ports import JourneyEntry, KnownDirectory, Receipt, TrackedExtract
from qof_shared.testing.fakes import NOON


async def test_a_journey_begins_with_acceptance_and_is_in_the_order_of_time(extracts: Any) -> None:
    extract_id = uuid4()
    receipt = Receipt(extract_id, 7, "QOF-2012-13-SCOTLAND", "10002", "0" * 64, NOON)
    later = [
        JourneyEntry(extract_id, Stage.REPORTED, NOON + timedelta(seconds=9), {}),
        JourneyEntry(extract_id, Stage.CALCULATED, NOON + timedelta(seconds=2), {}),
    ]
    extracts.extracts[extract_id, "emis"] = TrackedExtract(receipt, later, None)
    found = await read_journey(extract_id, supplier="emis", extracts=extracts)
    assert found is not None
    assert [entry.stage for entry in found.stages] == [Stage.ACCEPTED, Stage.CALCULATED, Stage.REPORTED]
    assert found.status is Stage.REPORTED


async def test_anothers_extract_is_none(extracts: Any) -> None:
    assert await read_journey(uuid4(), supplier="emis", extracts=extracts) is None


async def test_progress_of_an_unknown_collection_is_none(known_directory: KnownDirectory, extracts: Any) -> None:
    extracts.counts = Progress(1, 2, 1, 0, 0)
    for collection, expected in (("QOF-2012-13-SCOTLAND", extracts.counts), ("QOF-1899-00", None)):
        found = await read_progress(collection, supplier="emis", directory=known_directory, extracts=extracts)
        assert found == expected
