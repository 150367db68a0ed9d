"""The API of declarations: each route parses, calls one handler and answers."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response

from qof_declarations.entrypoints.http_report_schemas import ReportModel, ReportVersionModel, ReportVersionsModel
from qof_declarations.entrypoints.http_schemas import (
    DeclarationViewModel,
    FinanceApproveRequest,
    NationalFiguresModel,
    ProgressModel,
    ReturnRequest,
    SignRequest,
    view_model,
)
from qof_declarations.handlers.declaring import (
    approve_declaration,
    finance_approve,
    return_declaration,
)
from qof_declarations.handlers.looking import keep_look_at
from qof_declarations.handlers.ports import NewUnitOfWork, UnitOfWork
from qof_declarations.handlers.reading import (
    ShownReport,
    list_versions,
    show_declaration,
    show_progress,
    show_report,
    show_version,
)
from qof_declarations.handlers.signing import Signature, SignatureBook
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import ProblemModel
from qof_shared.people import People, Person, Role

NOT_STORED = "private, no-cache"
"""Kept by the browser alone, and asked about each time: permission may end, and figures move."""

_ETAG = re.compile(r'"([0-9a-f]{64})"')

Refusals = dict[int | str, dict[str, Any]]


def _refusals(*statuses: int) -> Refusals:
    return {status: {"model": ProblemModel} for status in statuses}


_SHOWN: Refusals = {
    200: {"model": ReportModel, "description": "The report as canonical JSON; its SHA-256 is the ETag."},
    304: {"description": "The report you have (If-None-Match) is the newest."},
}


def strong_etags(header: str | None) -> list[str]:
    """The digests that an If-Match or If-None-Match header names; a star or a weak one names none of ours."""
    return [
        match[1] for part in (header or "").split(",") if (match := _ETAG.fullmatch(part.strip().removeprefix("W/")))
    ]


def signed_etag(header: str | None) -> str | None:
    """The one thing that a signature's If-Match names; None where it names nothing: no header, or a star."""
    if header is None or header.strip() in ("", "*"):
        return None
    match = _ETAG.fullmatch(header.strip())
    return match[1] if match else header.strip()


def declarations_router(
    *, new_unit_of_work: NewUnitOfWork, book: SignatureBook, people: People, now: Callable[[], datetime]
) -> APIRouter:
    """The routes of declarations. Everybody known may ask; the handlers decide what each may see and do."""
    router = APIRouter(prefix="/v1", tags=["declarations"], responses=_refusals(401, 403, 404, 422))
    asking = Depends(person_with_role(people, *Role))

    async def kept(collection: str, practice: str, version: int | None, person: Person, uow: UnitOfWork) -> None:
        """Keep who opened from outside what a practice signed."""
        if await keep_look_at(collection, practice, version=version, person=person, uow=uow, now=now()):
            await uow.commit()

    @router.get("/collections/{collection}/practices/{practice}/report", responses=_SHOWN)
    async def show_newest_report(
        collection: str,
        practice: str,
        request: Request,
        person: Annotated[Person, asking],
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        """The newest report: points and pounds, to be reviewed and signed."""
        async with new_unit_of_work() as uow:
            report = await show_report(collection, practice, known=strong_etags(if_none_match), person=person, uow=uow)
            await kept(collection, practice, report.about.version, person, uow)
        return _report_response(report, f"{request.url.path}s/{report.about.version}")

    @router.get("/collections/{collection}/practices/{practice}/reports")
    async def list_report_versions(
        collection: str, practice: str, person: Annotated[Person, asking]
    ) -> ReportVersionsModel:
        """Every version of the report, newest first."""
        async with new_unit_of_work() as uow:
            versions = await list_versions(collection, practice, person=person, uow=uow)
        return ReportVersionsModel(versions=[ReportVersionModel.model_validate(version) for version in versions])

    @router.get("/collections/{collection}/practices/{practice}/reports/{version}", responses=_SHOWN)
    async def show_report_version(
        collection: str,
        practice: str,
        version: int,
        request: Request,
        person: Annotated[Person, asking],
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        """One version of the report; it never changes."""
        async with new_unit_of_work() as uow:
            report = await show_version(
                collection, practice, version, known=strong_etags(if_none_match), person=person, uow=uow
            )
            await kept(collection, practice, version, person, uow)
        return _report_response(report, request.url.path)

    @router.post(
        "/collections/{collection}/practices/{practice}/declaration",
        status_code=201,
        responses={200: {"model": DeclarationViewModel, "description": "Signed before."}, **_refusals(409, 412, 428)},
    )
    async def sign(
        collection: str,
        practice: str,
        response: Response,
        person: Annotated[Person, asking],
        body: SignRequest | None = None,
        if_match: Annotated[str | None, Header(description="The ETag of the report you read.")] = None,
    ) -> DeclarationViewModel:
        """Sign exactly the report you read. Signing it again changes nothing."""
        done = await book.sign(
            Signature(
                collection=collection,
                practice=practice,
                person=person,
                at=now(),
                digest=signed_etag(if_match),
                statement=body.statement if body else None,
                under_protest=body.under_protest if body else False,
                wants_view=True,
            )
        )
        if done.entry is None:
            response.status_code = 200
        response.headers["Location"] = f"/v1/collections/{collection}/practices/{practice}/declaration"
        assert done.view is not None, "it was wanted"
        return view_model(done.view)

    @router.get("/collections/{collection}/practices/{practice}/declaration")
    async def show_practice_declaration(
        collection: str, practice: str, response: Response, person: Annotated[Person, asking]
    ) -> DeclarationViewModel:
        """Where the practice stands, whose turn it is, and what you can do now."""
        async with new_unit_of_work() as uow:
            view = await show_declaration(collection, practice, person=person, uow=uow)
            await kept(collection, practice, None, person, uow)
        response.headers["Cache-Control"] = NOT_STORED
        return view_model(view)

    @router.get("/collections/{collection}/progress")
    async def show_collection_progress(collection: str, person: Annotated[Person, asking]) -> ProgressModel:
        """How many of your practices are in which state."""
        async with new_unit_of_work() as uow:
            progress = await show_progress(collection, person=person, uow=uow)
        figures = progress.national_figures
        return ProgressModel(
            collection=progress.collection,
            practices=progress.practices,
            by_state=progress.by_state,
            national_figures=NationalFiguresModel.model_validate(figures) if figures else None,
        )

    @router.post("/declarations/{declaration_id}/approve", responses=_refusals(409))
    async def approve(declaration_id: UUID, person: Annotated[Person, asking]) -> DeclarationViewModel:
        """Approve the figures: finance is to approve their payment. Approving again changes nothing."""
        async with new_unit_of_work() as uow:
            decided = await approve_declaration(declaration_id, person=person, uow=uow, now=now())
            await uow.commit()
        return view_model(decided.view)

    @router.post("/declarations/{declaration_id}/finance-approve", responses=_refusals(409))
    async def approve_payment(
        declaration_id: UUID, person: Annotated[Person, asking], body: FinanceApproveRequest | None = None
    ) -> DeclarationViewModel:
        """Approve the payment: the pounds that were signed are paid. Approving again changes nothing."""
        async with new_unit_of_work() as uow:
            decided = await finance_approve(
                declaration_id,
                newer_version=body.newer_version if body else None,
                person=person,
                uow=uow,
                now=now(),
            )
            await uow.commit()
        return view_model(decided.view)

    @router.post("/declarations/{declaration_id}/return", responses=_refusals(409))
    async def return_to_practice(
        declaration_id: UUID, body: ReturnRequest, person: Annotated[Person, asking]
    ) -> DeclarationViewModel:
        """Return the declaration to the practice with a reason; it may sign again. What is signed the commissioner's
        approver returns, what is approved finance."""
        async with new_unit_of_work() as uow:
            decided = await return_declaration(declaration_id, reason=body.reason, person=person, uow=uow, now=now())
            await uow.commit()
        return view_model(decided.view)

    return router


def _report_response(report: ShownReport, location: str) -> Response:
    headers = {
        "ETag": f'"{report.about.digest}"',
        "Cache-Control": NOT_STORED,
        "Content-Location": location,
        "Report-Version": str(report.about.version),
    }
    if report.document is None:
        return Response(status_code=304, headers=headers)
    return Response(report.document, headers=headers, media_type="application/json")
