"""What waits in the queue? Accepted extracts of an invented nation, as ingest tells of them."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from uuid import uuid4

import msgspec

from loadtests.benches.pipeline.job import RULESETS
from loadtests.benches.pipeline.place import Job
from qof_local.directory import invented_practice
from qof_local.nation import SyntheticNation
from qof_payments.adapters.parameters import load_parameters
from qof_shared.contracts import Extract, ExtractAccepted, encode_event, new_event

NATION, YEAR = "england", "2012-13"
COLLECTION = "BENCH-2012-13"
SEED = 2013
DISTINCT = 500
"""Different extracts; a backlog of more repeats them, each time as another extract of another practice."""


def jobs(numbers: range) -> Iterator[Job]:
    """The jobs with these numbers. A number always has the same counts, and an extract id of its own each time."""
    for number in numbers:
        extract = _extracts()[number % DISTINCT]
        practice = invented_practice(number, NATION)
        accepted = ExtractAccepted(
            extract_id=uuid4(),
            extract_number=number,
            supplier=practice.supplier,
            collection=COLLECTION,
            practice=practice.practice,
            nation=NATION,
            qof_year=YEAR,
            received_at=datetime.now(UTC),
            digest=_digests()[number % DISTINCT],
            extract=msgspec.structs.replace(extract, practice=practice.practice),
        )
        event = new_event(accepted, occurred_at=accepted.received_at, correlation_id=str(accepted.extract_id))
        yield Job(str(event.message_id), encode_event(event))


def describe() -> dict[str, object]:
    """What one job is made of, for whoever reads the figures."""
    sizes = sorted(len(job.body) for job in jobs(range(DISTINCT)))
    return {
        "nation": NATION,
        "qof_year": YEAR,
        "indicators": len(_extracts()[0].indicators),
        "distinct_extracts": DISTINCT,
        "median_event_bytes": sizes[len(sizes) // 2],
    }


@cache
def _extracts() -> Sequence[Extract]:
    average_list = float(load_parameters(NATION, YEAR).average_list_size)
    nation = SyntheticNation(RULESETS.for_year(NATION, YEAR), seed=SEED, average_list=average_list)
    return [nation.extract(index, "", COLLECTION) for index in range(DISTINCT)]


@cache
def _digests() -> Sequence[str]:
    return [hashlib.sha256(msgspec.json.encode(extract)).hexdigest() for extract in _extracts()]
