"""A practice's pages: its home, the report, one indicator, and the same as a table."""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.told import ToldReports
from qof_declarations.entrypoints.web.views.comparison import beside, since_last_year
from qof_declarations.entrypoints.web.views.looks import look_row
from qof_declarations.entrypoints.web.views.practice import journey, path_of, whats_next
from qof_declarations.entrypoints.web.views.report import ReportPart, indicator_row
from qof_declarations.entrypoints.web.views.report_body import report_body
from qof_declarations.handlers.comparing import compare_review
from qof_declarations.handlers.explaining import explained_one
from qof_declarations.handlers.looking import keep_look, list_looks
from qof_declarations.handlers.ports import NewUnitOfWork, UnitOfWork
from qof_declarations.handlers.reading import show_declaration
from qof_declarations.handlers.reviewing import Review, glance, review_report, words_of

PRACTICE = "/collections/{collection}/practices/{practice}"


def practice_path(collection: str, practice: str) -> str:
    """The address of a practice's page, as browsers write it."""
    return PRACTICE.format(collection=quote(collection, safe=""), practice=quote(practice, safe=""))


COLUMNS = (
    *("Indicator", "Description", "Domain", "Group", "Status", "Numerator", "Denominator", "Percentage", "Thresholds"),
    *("Exclusions", "PCAs", "Points", "Points available", "Pounds", "Pounds not earned", "Why"),
)
"""Of the report as a table."""


def practice_router(
    *,
    pages: Pages,
    gate: Gate,
    new_unit_of_work: NewUnitOfWork,
    told: ToldReports,
    now: Callable[[], datetime],
) -> APIRouter:
    """Pages for whoever may see a practice: its people, its commissioner, the national team."""
    router = APIRouter()
    signed_in = Depends(gate.signed_in())

    async def read(collection: str, practice: str, asking: Asking, uow: UnitOfWork) -> tuple[Review, ReportPart]:
        """The newest report, told; who opens from outside what was signed is kept."""
        review, part = await told.review(collection, practice, person=asking.person, uow=uow)
        await keep(review, asking, uow)
        return review, part

    async def keep(review: Review, asking: Asking, uow: UnitOfWork) -> None:
        if await keep_look(review.standing, version=review.about.version, person=asking.person, uow=uow, now=now()):
            await uow.commit()

    @router.get("/")
    async def show_home(request: Request, asking: Annotated[Asking, signed_in]) -> Response:
        async with new_unit_of_work() as uow:
            collections = await glance(person=asking.person, uow=uow)
        glances = [
            (one, whats_next(one.standing, asking.person, now()) if one.standing else None) for one in collections
        ]
        return pages.render(request, "pages/home.html", asking=asking, glances=glances)

    @router.get(PRACTICE)
    async def show_practice(
        collection: str, practice: str, request: Request, asking: Annotated[Asking, signed_in]
    ) -> Response:
        async with new_unit_of_work() as uow:
            view = await show_declaration(collection, practice, person=asking.person, uow=uow)
            looks = await list_looks(collection, practice, person=asking.person, uow=uow)
        standing = view.standing
        return pages.render(
            request,
            "pages/practice.html",
            asking=asking,
            view=view,
            standing=standing,
            next=whats_next(standing, asking.person, now()),
            journey=journey(standing),
            looks=[look_row(look) for look in looks],
        )

    @router.get(PRACTICE + "/report")
    async def show_report(
        collection: str,
        practice: str,
        request: Request,
        asking: Annotated[Asking, signed_in],
        print: bool = False,
    ) -> Response:
        async with new_unit_of_work() as uow:
            review, part = await read(collection, practice, asking, uow)

        def body() -> bytes:
            base = path_of(review.standing)
            return pages.report_body(report_body(part, base=base, digest=review.about.digest, is_opened=print))

        return pages.render_around(
            request,
            "pages/report.html",
            body() if print else told.body(review.about.digest, body),
            asking=asking,
            review=review,
            report=part,
            is_opened=print,
        )

    @router.get(PRACTICE + "/report/indicators/{indicator}")
    async def show_indicator(
        collection: str, practice: str, indicator: str, request: Request, asking: Annotated[Asking, signed_in]
    ) -> Response:
        async with new_unit_of_work() as uow:
            review = await review_report(collection, practice, person=asking.person, uow=uow)
            await keep(review, asking, uow)
            assert review.document is not None, "nobody said that they know it already"
            document = msgspec.json.decode(review.document)
            one, around = explained_one(review.about.version, review.about.digest, document, indicator)
            words = await words_of(document["worked_out_with"]["ruleset_digest"], uow=uow)
            others = await compare_review(review, document, person=asking.person, uow=uow)
        standing = review.standing
        compared = others.comparison.indicators[indicator]
        return pages.render(
            request,
            "pages/indicator.html",
            asking=asking,
            review=review,
            one=one,
            row=indicator_row(one, others.summary.indicators[indicator], words),
            around=around,
            beside=beside(compared, standing.commissioner_name or standing.commissioner),
            last_year=since_last_year(compared),
        )

    @router.get(PRACTICE + "/report.csv")
    async def send_table(collection: str, practice: str, asking: Annotated[Asking, signed_in]) -> Response:
        async with new_unit_of_work() as uow:
            review, part = await read(collection, practice, asking, uow)
        name = f"{collection}-{practice}-version-{review.about.version}.csv"
        return Response(
            table_of(part),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return router


def table_of(report: ReportPart) -> str:
    """The indicators of a report as CSV with a byte order mark, so that spreadsheets read its pounds signs."""
    text = io.StringIO()
    text.write("\ufeff")
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for domain in report.domains:
        for group in domain.groups:
            for row in group.rows:
                cells = [row.code, row.description, domain.domain, group.name, row.status, row.numerator]
                cells += [row.denominator, row.percentage, row.thresholds, row.exclusions, row.pcas, row.points]
                cells += [row.points_available, row.pounds, row.pounds_lost, row.why]
                table.writerow([no_formula(cell) for cell in cells])
    return text.getvalue()


def no_formula(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
