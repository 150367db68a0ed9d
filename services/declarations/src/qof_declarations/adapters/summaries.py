"""How summaries of reports are kept (`report_summaries`), and who may read whose.

One row per report version, written in the transaction that publishes it: `list_size`, `points`, `points_available` and
`pounds` as columns; `content` is packed JSON of `registers` and `indicators`, each of which is an array in the order of
`core.summary.IndicatorSummary`. A work list reads them with `PostgresSummaries.newest`.
"""
# ruff: noqa: S608 - statements are put together from this module's constants; values travel as parameters

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.standings import condition
from qof_declarations.core.permissions import Scope
from qof_declarations.core.summary import IndicatorSummary, Summary
from qof_declarations.handlers.ports import NewReport
from qof_shared.db.bodies import pack, unpack
from qof_shared.db.columns import columns

COLUMNS = "s.list_size, s.points, s.points_available, s.pounds, s.content"

# The year before is the nation's collection of that year; of several the one counted last.
_LAST_YEAR = (
    "(SELECT b.collection FROM collections AS k JOIN collections AS b ON b.nation = k.nation"
    " AND left(b.qof_year, 4)::integer = left(k.qof_year, 4)::integer - 1"
    " WHERE k.collection = $1 ORDER BY b.achievement_date DESC, b.collection LIMIT 1)"
)


class _Content(msgspec.Struct, frozen=True):
    """What is packed beside the columns."""

    registers: dict[str, int]
    indicators: dict[str, IndicatorSummary]


_decoder = msgspec.json.Decoder(_Content)


def write_content(summary: Summary) -> bytes:
    """The packed part of a summary."""
    return pack(msgspec.json.encode({"registers": summary.registers, "indicators": summary.indicators}))


def summary_of_row(row: Row[Any]) -> Summary:
    """A summary from a row of `COLUMNS`."""
    content = _decoder.decode(unpack(row.content))
    return Summary(
        list_size=row.list_size,
        points=row.points,
        points_available=row.points_available,
        pounds=row.pounds,
        registers=content.registers,
        indicators=content.indicators,
    )


async def insert_summaries(connection: AsyncConnection, reports: Sequence[NewReport]) -> None:
    """Keep the summaries of new report versions, in the transaction that publishes them."""
    rows = [
        (
            report.collection,
            report.practice,
            report.about.version,
            report.summary.list_size,
            report.summary.points,
            report.summary.points_available,
            report.summary.pounds,
            write_content(report.summary),
        )
        for report in reports
    ]
    await connection.exec_driver_sql(
        "INSERT INTO report_summaries (collection, practice, version, list_size, points, points_available, pounds,"
        " content) SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::text[], $6::text[],"
        " $7::text[], $8::bytea[])",
        columns(rows, 8),
    )


class PostgresSummaries:
    """Summaries of the newest reports within `scope`; there is no way to make one without."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._in_scope, self._who = condition(scope)

    async def newest(self, collection: str, practices: Sequence[str]) -> Mapping[str, Summary]:
        return await self._newest("$1::text", collection, practices)

    async def last_year(self, collection: str, practices: Sequence[str]) -> Mapping[str, Summary]:
        return await self._newest(_LAST_YEAR, collection, practices)

    async def _newest(self, which: str, collection: str, practices: Sequence[str]) -> Mapping[str, Summary]:
        rows = await self._connection.exec_driver_sql(
            f"SELECT p.practice, {COLUMNS} FROM practices AS p"
            f" JOIN figures AS f ON f.collection = {which} AND f.practice = p.practice"
            " JOIN report_summaries AS s"
            " ON s.collection = f.collection AND s.practice = f.practice AND s.version = f.version"
            f" WHERE {self._in_scope} AND p.practice = ANY($3::text[])",
            (collection, self._who, list(practices)),
        )
        return {row.practice: summary_of_row(row) for row in rows}
