"""What is the job that everybody does? The calculator's own work on one event, and the row that it leaves."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.handlers.calculate_achievements import calculate_extract
from qof_shared.contracts import AchievementCalculated, ExtractAccepted, ExtractRejected, decode_event
from qof_shared.db.bodies import pack, unpack

Row = tuple[UUID, int, str, str, str, str, str, datetime, bytes]
"""A row of `achievements`, in the order of COLUMNS."""

COLUMNS = "extract_id, extract_number, collection, practice, ruleset, ruleset_digest, points, calculated_at, body"

BENCH_TABLES = """
ALTER TABLE achievements
    ADD COLUMN stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN stored_by int DEFAULT inet_client_port();
CREATE TABLE redundant (extract_id uuid NOT NULL);
"""
"""What the bench adds to the calculator's own tables, for every variant: when a row was stored and through which
connection, and who did a job that was done already."""

RULESETS = load_rulesets()


def calculate(event: bytes | str) -> Row:
    """The row for one event as it came from the queue. Raises where its extract has faults: the bench's have none."""
    encoded = event.encode() if isinstance(event, str) else event
    accepted = decode_event(encoded).content(ExtractAccepted)
    calculated = calculate_extract(accepted, RULESETS, datetime.now(UTC))
    if isinstance(calculated, ExtractRejected):
        raise ValueError(f"extract {accepted.extract_number} was rejected: {calculated.reasons[0].message}")
    result, _ = calculated
    return (
        result.extract_id,
        result.extract_number,
        result.collection,
        result.practice,
        result.ruleset,
        result.ruleset_digest,
        result.points,
        result.calculated_at,
        pack(msgspec.json.encode(result)),
    )


def same_points(one: bytes, other: bytes) -> bool:
    """Do two stored bodies say the same of the same extract, whenever it was calculated?"""
    first, second = (msgspec.json.decode(unpack(body), type=AchievementCalculated) for body in (one, other))
    return (first.points, first.indicators, first.ruleset_digest) == (
        second.points,
        second.indicators,
        second.ruleset_digest,
    )
