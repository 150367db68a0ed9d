"""What does a report's page say below its sums? Piece by piece (report_pieces.html), from the report alone."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote

from qof_declarations.core.availability import EVERY
from qof_declarations.entrypoints.web.pieces import Piece
from qof_declarations.entrypoints.web.views.report import NOTHING, IndicatorRow, ReportPart

DEAREST = 10
"""Of the indicators that lost pounds, so many stand on top."""

UNVERIFIED = "No public source confirms the rules of this indicator."


def report_body(report: ReportPart, *, base: str, digest: str, is_opened: bool) -> Iterator[Piece]:
    """The report below its sums; `base` is the practice's address. Opened is what is folded otherwise, for paper."""
    opened = "open" if is_opened else ""
    yield from _lost(report.lost, base)
    yield "statuses_begin", (opened,)
    for one in EVERY:
        yield "status", (one.label, one.sentence)
    yield "statuses_end", ()
    for domain in report.domains:
        yield "domain", (domain.domain, domain.points, domain.points_available, domain.pounds)
        for group in domain.groups:
            yield "area_begin", (group.name, group.points, group.points_available, group.pounds, opened)
            yield from _table(f"Indicators of {group.name}", group.rows, base)
            yield "area_end", ()
    yield from _statement(report, opened)
    yield "background_begin", (opened,)
    for register in report.registers:
        yield "register", register
    yield "background_end", (report.worked_out_with["ruleset"], report.worked_out_with["parameters"], digest)


def _lost(rows: Sequence[IndicatorRow], base: str) -> Iterator[Piece]:
    yield "lost_head", ()
    if not rows:
        yield "nothing_lost", ()
        return
    yield "lost_count", (str(len(rows)),)
    yield from _table("Indicators that lost the most pounds", rows[:DEAREST], base, is_lost=True)
    if len(rows) > DEAREST:
        yield "lost_elsewhere", (str(len(rows) - DEAREST),)


def _table(caption: str, rows: Sequence[IndicatorRow], base: str, *, is_lost: bool = False) -> Iterator[Piece]:
    """Indicators with what they earned, or with what they lost."""
    yield "indicators_begin", (caption, "lost" if is_lost else "")
    for row in rows:
        yield (
            "indicator",
            (
                base + _below(row.code),
                row.code,
                row.description,
                row.status_colour,
                row.status,
                f"{row.why} {UNVERIFIED}" if row.is_unverified else row.why,
                row.patients,
                "" if row.percentage == NOTHING else row.percentage,
                row.pcas,
                row.points,
                row.points_available,
                row.pounds_lost if is_lost else row.pounds,
                row.patients_short or NOTHING,
                row.next_patient,
            ),
        )
    yield "indicators_end", ()


@lru_cache(maxsize=4096)
def _below(indicator: str) -> str:
    return f"/report/indicators/{quote(indicator)}"


def _statement(report: ReportPart, opened: str) -> Iterator[Piece]:
    yield "statement_begin", (opened,)
    for line in report.lines:
        yield "line", (line.name, line.formula, line.pounds)
    yield "statement_sum", ("Achievement", report.achievement_pounds)
    for line in report.deductions:
        yield "line", (line.name, line.formula, f"less {line.pounds}")
    yield "statement_sum", ("Due", report.pounds)
    yield "statement_end", ()
