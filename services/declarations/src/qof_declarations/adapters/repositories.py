"""How changes reach PostgreSQL: whole batches in one statement each, rows always locked in the same order.

Every list of rows is sorted by its key first, so that two workers that lock many practices wait for each other
instead of deadlocking.
"""
# ruff: noqa: S608 - statements are put together from this module's constants; values travel as parameters

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.summaries import insert_summaries
from qof_declarations.handlers.ports import (
    Match,
    NationalFigures,
    NewReport,
    PointsHalf,
    PoundsHalf,
    Rejection,
)
from qof_shared.contracts import CollectionRecord, CommissionerRecord, PracticeRecord
from qof_shared.db.bodies import pack, unpack
from qof_shared.db.columns import columns


class PostgresDirectory:
    """Who exists, as ingest told."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record_commissioners(self, records: Sequence[tuple[int, CommissionerRecord]]) -> None:
        rows = sorted((record.commissioner, record.name, revision) for revision, record in records)
        await self._connection.exec_driver_sql(
            "INSERT INTO commissioners AS c (commissioner, name, revision)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])"
            " ON CONFLICT (commissioner) DO UPDATE SET name = excluded.name, revision = excluded.revision"
            " WHERE c.revision < excluded.revision",
            columns(rows, 3),
        )

    async def record_practices(self, records: Sequence[tuple[int, PracticeRecord]]) -> None:
        rows = sorted(
            (record.practice, record.name, record.nation, record.commissioner, record.supplier, revision)
            for revision, record in records
        )
        await self._connection.exec_driver_sql(
            "INSERT INTO practices AS p (practice, name, nation, commissioner, supplier, revision)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])"
            " ON CONFLICT (practice) DO UPDATE SET name = excluded.name, nation = excluded.nation,"
            " commissioner = excluded.commissioner, supplier = excluded.supplier, revision = excluded.revision"
            " WHERE p.revision < excluded.revision",
            columns(rows, 6),
        )

    async def record_collections(self, records: Sequence[CollectionRecord]) -> None:
        rows = sorted(
            (record.collection, record.nation, record.qof_year, record.achievement_date, record.sign_by)
            for record in records
        )
        await self._connection.exec_driver_sql(
            "INSERT INTO collections (collection, nation, qof_year, achievement_date, sign_by)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::date[])"
            " ON CONFLICT (collection) DO UPDATE SET nation = excluded.nation, qof_year = excluded.qof_year,"
            " achievement_date = excluded.achievement_date, sign_by = excluded.sign_by",
            columns(rows, 5),
        )


def _matching(other: str) -> str:
    """The row lock of the upsert is what joins the halves: of two transactions that bring one half each at the same
    moment, the second waits for the first and then sees its half. RETURNING reads the locked row itself, never the
    statement's older snapshot, which a join with another table would. Only the half that was there travels back."""
    return (
        f" RETURNING collection, practice, CASE WHEN points_extract_id = pounds_extract_id THEN {other} END AS other,"
        " version, digest"
    )


def _matches(found: Iterable[Row[Any]]) -> list[Match]:
    return [
        Match(row.collection, row.practice, unpack(row.other), row.version, row.digest)
        for row in found
        if row.other is not None
    ]


class PostgresFigures:
    """Halves and reports."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record_points(self, halves: Sequence[PointsHalf]) -> list[Match]:
        rows = [
            (
                half.collection,
                half.practice,
                half.extract_id,
                half.extract_number,
                half.points,
                pack(half.content),
                half.determinations,
            )
            for half in sorted(halves, key=lambda half: (half.collection, half.practice))
        ]
        found = await self._connection.exec_driver_sql(
            "INSERT INTO figures AS f (collection, practice, points_extract_id,"
            " points_extract_number, points, points_content, points_determinations)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::bytea[],"
            " $7::text[])"
            " ON CONFLICT (collection, practice) DO UPDATE SET points_extract_id = excluded.points_extract_id,"
            " points_extract_number = excluded.points_extract_number, points = excluded.points,"
            " points_content = excluded.points_content, points_determinations = excluded.points_determinations"
            " WHERE f.points_extract_number IS NULL OR f.points_extract_number < excluded.points_extract_number"
            + _matching("pounds_content"),
            columns(rows, 7),
        )
        return _matches(found)

    async def record_pounds(self, halves: Sequence[PoundsHalf]) -> list[Match]:
        rows = [
            (half.collection, half.practice, half.extract_id, *half.age, half.content)
            for half in sorted(halves, key=lambda half: (half.collection, half.practice))
        ]
        found = await self._connection.exec_driver_sql(
            "INSERT INTO figures AS f (collection, practice, pounds_extract_id,"
            " pounds_extract_number, pounds_snapshot_number, pounds_account_number, pounds_content)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[],"
            " $7::bytea[])"
            " ON CONFLICT (collection, practice) DO UPDATE SET pounds_extract_id = excluded.pounds_extract_id,"
            " pounds_extract_number = excluded.pounds_extract_number,"
            # Pounds that meet their points are published in this transaction and never asked for again: others come
            # with the next figures or extract. So most are never stored, and none is packed.
            " pounds_snapshot_number = excluded.pounds_snapshot_number,"
            " pounds_account_number = excluded.pounds_account_number, pounds_content ="
            " CASE WHEN f.points_extract_id = excluded.pounds_extract_id THEN NULL ELSE excluded.pounds_content END"
            " WHERE f.pounds_extract_number IS NULL OR "
            " (f.pounds_extract_number, f.pounds_snapshot_number, f.pounds_account_number)"
            " < (excluded.pounds_extract_number, excluded.pounds_snapshot_number, excluded.pounds_account_number)"
            + _matching("points_content"),
            columns(rows, 7),
        )
        return _matches(found)

    async def record_rejections(self, rejections: Sequence[Rejection]) -> None:
        rows = [
            (one.collection, one.practice, one.extract_number, one.reasons)
            for one in sorted(rejections, key=lambda one: (one.collection, one.practice))
        ]
        await self._connection.exec_driver_sql(
            "INSERT INTO figures AS f (collection, practice, rejected_extract_number, rejection)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])"
            " ON CONFLICT (collection, practice) DO UPDATE SET"
            " rejected_extract_number = excluded.rejected_extract_number, rejection = excluded.rejection"
            " WHERE f.rejected_extract_number IS NULL OR f.rejected_extract_number < excluded.rejected_extract_number",
            columns(rows, 4),
        )

    async def publish(self, reports: Sequence[NewReport]) -> None:
        rows = [
            (
                report.collection,
                report.practice,
                report.about.version,
                report.about.digest,
                pack(report.document),
                report.about.points,
                report.about.pounds,
                report.about.extract_id,
                report.about.extract_number,
                report.about.entitlement_id,
                report.about.snapshot,
                report.about.published_at,
            )
            for report in reports
        ]
        await self._connection.exec_driver_sql(
            "INSERT INTO reports (collection, practice, version, digest, document, points, pounds, extract_id,"
            " extract_number, entitlement_id, snapshot, published_at)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::bytea[], $6::text[],"
            " $7::text[], $8::uuid[], $9::bigint[], $10::uuid[], $11::text[], $12::timestamptz[])",
            columns(rows, 12),
        )
        await insert_summaries(self._connection, reports)
        await self._connection.exec_driver_sql(
            "UPDATE figures AS f SET version = n.version, digest = n.digest"
            " FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[])"
            " AS n(collection, practice, version, digest)"
            " WHERE f.collection = n.collection AND f.practice = n.practice",
            columns([row[:4] for row in rows], 4),
        )

    async def record_national_figures(self, figures: Sequence[NationalFigures]) -> None:
        rows = [
            (f.snapshot_id, f.collection, f.name, f.digest, f.practices, f.reason, f.frozen_at)
            for f in sorted(figures, key=lambda f: f.snapshot_id)
        ]
        await self._connection.exec_driver_sql(
            "INSERT INTO national_figures (snapshot_id, collection, name, digest, practices, reason, frozen_at)"
            " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[],"
            " $7::timestamptz[]) ON CONFLICT DO NOTHING",
            columns(rows, 7),
        )
