"""How summaries of reports are kept (`report_summaries`), and who may read whose.

One row per report version, written in the transaction that publishes it: `list_size`, `points`, `points_available` and
`pounds` as columns; `content` is what the calculator told of the report's points, packed as it came, of which
`registers` and `indicators` are read: making and packing an extract of it costs more than all else that is stored of a
report. Of earlier releases it is packed JSON of `registers` and `indicators`, each of these an array in the order of
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


class _Told(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The first fields of the contract's IndicatorAchievement."""

    indicator: str
    group: str
    domain: str
    kind: str
    status: str
    points: str
    points_available: str
    lower_threshold: str | None
    upper_threshold: str | None
    prevalence_register: str | None
    numerator: int | None
    denominator: int | None
    register_count: int | None
    exclusions: int
    pcas: int

    @property
    def summary(self) -> IndicatorSummary:
        return IndicatorSummary(
            self.points,
            self.points_available,
            self.numerator,
            self.denominator,
            self.status,
            self.group,
            self.kind,
            self.register_count,
            self.exclusions,
            self.pcas,
        )


class _Content(msgspec.Struct, frozen=True):
    """What is packed beside the columns."""

    registers: dict[str, int]
    indicators: dict[str, IndicatorSummary] | list[_Told]


_decoder = msgspec.json.Decoder(_Content)


def write_content(summary: Summary) -> bytes:
    """The packed part of a summary, as releases kept it that made one."""
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
        indicators=content.indicators
        if isinstance(content.indicators, dict)
        else {one.indicator: one.summary for one in content.indicators},
    )


async def insert_summaries(connection: AsyncConnection, reports: Sequence[NewReport]) -> None:
    """Keep the summaries of new report versions, in the transaction that publishes them: the practice's row, which it
    has locked, holds the points that each is made of."""
    rows = [
        (
            report.collection,
            report.practice,
            report.about.version,
            report.report.list_size,
            report.report.points,
            report.report.points_available,
            report.report.pounds,
        )
        for report in reports
    ]
    await connection.exec_driver_sql(
        "INSERT INTO report_summaries (collection, practice, version, list_size, points, points_available, pounds,"
        " content) SELECT n.*, f.points_content FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[],"
        " $5::text[], $6::text[], $7::text[]) AS n(collection, practice, version, list_size, points, points_available,"
        " pounds) JOIN figures AS f USING (collection, practice)",
        columns(rows, 7),
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
