"""Where extracts, journeys and the directory live: PostgreSQL, batch by batch."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from qof_ingest.adapters.availability import connected
from qof_ingest.adapters.determinations import IS_DETERMINED, lock_keys, read_standing
from qof_ingest.adapters.waiting import NOW_WAIT
from qof_ingest.adapters.writer_connection import DriverConnection, WriterConnection
from qof_ingest.core.journey import Progress, Stage
from qof_ingest.handlers.numbers import received
from qof_ingest.handlers.ports import JourneyEntry, PracticeKey, Receipt, Submission, TrackedExtract
from qof_shared.contracts import ExtractAccepted
from qof_shared.db.bodies import pack
from qof_shared.db.messages import Outbox

KEPT_BODIES = "SELECT extract_id AS id, body FROM extracts WHERE extract_id = ANY($1::uuid[])"
"""What the relay puts into an outgoing `extract.accepted.v1`: the extract is stored once."""

RECEIPT_COLUMNS = "extract_id, extract_number, collection, practice, digest, received_at"


def _receipt(row: Any, *, is_replay: bool) -> Receipt:
    return Receipt(
        extract_id=row.extract_id,
        extract_number=row.extract_number,
        collection=row.collection,
        practice=row.practice,
        digest=row.digest,
        received_at=row.received_at,
        is_replay=is_replay,
    )


class PostgresExtracts:
    """Extracts, each kept once for ever."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writer = WriterConnection(engine)

    async def close(self) -> None:
        """Give back what `keep` holds."""
        await self._writer.close()

    async def keep(self, submissions: Sequence[Submission]) -> list[Receipt]:
        """Keep what is new, with its outgoing events, in one transaction; receipts in the order of `submissions`.

        A key that was used before, in the table or earlier in `submissions`, gets the first receipt.
        Raises UnavailableError, or whatever the database says of a row it cannot hold.
        """
        # In the order of their keys: two processes that keep the same extracts then wait for, not lock out, each other.
        in_order = sorted(submissions, key=lambda submission: (submission.supplier, submission.idempotency_key))
        locks = lock_keys({submission.collection for submission in submissions})
        async with self._writer.transaction(shared_locks=locks) as connection:
            numbers, determined = await _insert(connection, in_order)
            standing = await read_standing(connection, determined) if determined else {}
            outbox = Outbox()
            receipts: dict[tuple[str, str], Receipt] = {}
            for submission in in_order:
                number = numbers.get(submission.extract_id)
                if number is not None:
                    event = submission.accepted(number, standing.get(submission.key, ()))
                    outbox.add(event, kept_id=submission.extract_id)
                    receipts[submission.supplier, submission.idempotency_key] = _first_receipt(submission, number)
            if numbers:
                kept = [(one, numbers[one.extract_id]) for one in in_order if one.extract_id in numbers]
                outbox.add(received(kept))
            replayed = [submission for submission in submissions if submission.extract_id not in numbers]
            missing = {(one.supplier, one.idempotency_key) for one in replayed} - receipts.keys()
            receipts |= await _replays(connection, missing)
            await outbox.flush(cast(AsyncConnection, connection))
        return [
            _as_replay(receipt) if receipt.extract_id != submission.extract_id else receipt
            for submission in submissions
            for receipt in (receipts[submission.supplier, submission.idempotency_key],)
        ]

    async def find(self, supplier: str, idempotency_key: str) -> Receipt | None:
        found = await self.find_all([(supplier, idempotency_key)])
        return found.get((supplier, idempotency_key))

    async def find_all(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Receipt]:
        """The first receipts of those keys, of supplier and idempotency key, that were used before."""
        async with connected(self._engine) as connection:
            return await _replays(connection, set(keys))

    async def count_waiting(self, limit: int) -> int:
        """How many extracts wait for the relay; counted up to `limit`, so that a long queue costs no more."""
        async with connected(self._engine) as connection:
            rows = await connection.exec_driver_sql(
                "SELECT count(*) FROM (SELECT FROM outbox WHERE routing_key = $2 LIMIT $1) AS waiting",
                (limit, ExtractAccepted.event),
            )
            count: int = rows.scalar_one()
        return count

    async def tracked(self, extract_id: UUID, supplier: str) -> TrackedExtract | None:
        async with connected(self._engine) as connection:
            rows = await connection.exec_driver_sql(
                f"SELECT {RECEIPT_COLUMNS}, amends, amended_because,"  # noqa: S608 - a constant
                " (SELECT n.extract_id FROM extracts n WHERE n.practice = e.practice AND n.collection = e.collection"
                " AND n.extract_number > e.extract_number ORDER BY n.extract_number DESC LIMIT 1) AS superseded_by"
                " FROM extracts e WHERE extract_id = $1 AND supplier = $2",
                (extract_id, supplier),
            )
            row = rows.first()
            if row is None:
                return None
            stages = await connection.exec_driver_sql(
                "SELECT stage, at, detail FROM journey WHERE extract_id = $1", (extract_id,)
            )
            journey = [JourneyEntry(extract_id, Stage(one.stage), one.at, one.detail) for one in stages]
        receipt = _receipt(row, is_replay=True)
        return TrackedExtract(receipt, journey, row.superseded_by, row.amends, row.amended_because)

    async def progress(self, collection: str, supplier: str) -> Progress:
        # One statement, so that all counts are of one moment and balance.
        async with connected(self._engine) as connection:
            rows = await connection.exec_driver_sql(PROGRESS, (supplier, collection))
            row = rows.one()
        return Progress(row.practices, row.accepted - row.again, row.calculated, row.reported, row.rejected, row.again)


PROGRESS = """
WITH amendments AS MATERIALIZED (
    SELECT extract_id, amends FROM extracts WHERE supplier = $1 AND collection = $2 AND amends IS NOT NULL
), kept AS (
    SELECT count(*) AS accepted, count(DISTINCT practice) AS practices, (SELECT count(*) FROM amendments) AS again
    FROM extracts WHERE supplier = $1 AND collection = $2
), reached AS (
    SELECT bool_or(stage IN ('calculated', 'reported')) AS is_calculated, bool_or(stage = 'reported') AS is_reported
    FROM journey LEFT JOIN amendments USING (extract_id) WHERE supplier = $1 AND collection = $2
    GROUP BY coalesce(amends, extract_id)
), counted AS (
    SELECT count(*) FILTER (WHERE is_calculated) AS calculated,
        count(*) FILTER (WHERE is_reported) AS reported,
        count(*) FILTER (WHERE NOT is_calculated) AS rejected
    FROM reached
)
SELECT practices, accepted, again, calculated, reported, rejected FROM kept, counted
"""
"""Says in SQL what `core.journey.furthest` says: an extract counts by its furthest stage, once, also where it was
accepted again."""


async def _insert(
    connection: DriverConnection, submissions: Sequence[Submission]
) -> tuple[dict[UUID, int], set[PracticeKey]]:
    """The numbers of what was new, and for which of its practices something was ever determined."""
    rows = await connection.exec_driver_sql(
        "WITH kept AS (INSERT INTO extracts"  # noqa: S608 - a constant
        " (extract_id, supplier, idempotency_key, practice, collection, digest, received_at, body)"
        " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
        " $7::timestamptz[], $8::bytea[])"
        " ON CONFLICT (supplier, idempotency_key) DO NOTHING"
        " RETURNING extract_id, extract_number, supplier, collection, practice,"
        f" {IS_DETERMINED} AS is_determined), {NOW_WAIT}"
        " SELECT extract_id, extract_number, collection, practice, is_determined FROM kept",
        (
            [one.extract_id for one in submissions],
            [one.supplier for one in submissions],
            [one.idempotency_key for one in submissions],
            [one.practice for one in submissions],
            [one.collection for one in submissions],
            [one.digest for one in submissions],
            [one.received_at for one in submissions],
            [pack(one.body) for one in submissions],
        ),
    )
    determined = {(row.collection, row.practice) for row in rows if row.is_determined}
    return {row.extract_id: row.extract_number for row in rows}, determined


async def _replays(
    connection: AsyncConnection | DriverConnection, keys: set[tuple[str, str]]
) -> dict[tuple[str, str], Receipt]:
    if not keys:
        return {}
    ordered = sorted(keys)
    rows = await connection.exec_driver_sql(
        f"SELECT supplier, idempotency_key, {RECEIPT_COLUMNS} FROM extracts"  # noqa: S608 - a constant
        " JOIN unnest($1::text[], $2::text[]) AS k(supplier, idempotency_key) USING (supplier, idempotency_key)",
        ([supplier for supplier, _ in ordered], [key for _, key in ordered]),
    )
    return {(row.supplier, row.idempotency_key): _receipt(row, is_replay=True) for row in rows}


def _first_receipt(submission: Submission, number: int) -> Receipt:
    return Receipt(
        extract_id=submission.extract_id,
        extract_number=number,
        collection=submission.collection,
        practice=submission.practice,
        digest=submission.digest,
        received_at=submission.received_at,
    )


def _as_replay(receipt: Receipt) -> Receipt:
    return receipt if receipt.is_replay else replace(receipt, is_replay=True)


class PostgresJourneys:
    """Stages of extracts, within a unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def known(self, extract_ids: Iterable[UUID]) -> set[UUID]:
        rows = await self._connection.exec_driver_sql(
            "SELECT extract_id FROM extracts WHERE extract_id = ANY($1::uuid[])", (list(extract_ids),)
        )
        return {row.extract_id for row in rows}

    async def append(self, entries: Sequence[JourneyEntry]) -> None:
        in_order = sorted(entries, key=lambda entry: (entry.extract_id, entry.stage))
        await self._connection.exec_driver_sql(
            "INSERT INTO journey (extract_id, stage, at, detail, supplier, collection)"
            " SELECT n.extract_id, n.stage, n.at, n.detail::jsonb, e.supplier, e.collection"
            " FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[]) AS n(extract_id, stage, at, detail)"
            " JOIN extracts e USING (extract_id) ON CONFLICT (extract_id, stage) DO NOTHING",
            (
                [entry.extract_id for entry in in_order],
                [entry.stage.value for entry in in_order],
                [entry.at for entry in in_order],
                [json.dumps(entry.detail) for entry in in_order],
            ),
        )
