"""The API of ingest: extracts in, receipts out, and how far everything has come."""

import hashlib
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.security import HTTPBearer

from qof_ingest.entrypoints.http_requests import authenticate_by
from qof_ingest.entrypoints.http_schemas import (
    ExtractModel,
    ProgressModel,
    journey_document,
)
from qof_ingest.handlers.follow_extracts import read_journey, read_progress
from qof_ingest.handlers.ports import Extracts, KnownDirectory, UnavailableError
from qof_shared.http.problems import Problem, ProblemModel, database_away, problem_response

HELD: dict[int | str, dict[str, Any]] = {304: {"description": "Nothing has changed since the ETag you hold."}}


def add_availability_problems(app: FastAPI) -> None:
    """Say 503, come back, where the database is away."""

    async def on_unavailable(request: Request, error: Exception) -> Response:
        return problem_response(request, database_away())

    app.add_exception_handler(UnavailableError, on_unavailable)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI document: these statuses are answered with a problem."""
    return {status: {"model": ProblemModel} for status in statuses}


def reading_router(*, directory: KnownDirectory, extracts: Extracts) -> APIRouter:
    """Where suppliers follow their extracts. Every route shows the asking supplier's own only."""
    documented = HTTPBearer(scheme_name="supplierToken", auto_error=False)
    router = APIRouter(prefix="/v1", tags=["extracts"], dependencies=[Depends(documented)])
    authenticate = authenticate_by(directory)
    Supplier = Annotated[str, Depends(authenticate)]  # noqa: N806 - a type

    @router.get("/extracts/{extract_id}", response_model=ExtractModel, responses=problems(401, 404, 422, 503) | HELD)
    async def show_extract(extract_id: UUID, request: Request, supplier: Supplier) -> Response:
        """An extract's receipt, its status and its journey so far. Poll it with `If-None-Match`."""
        found = await read_journey(extract_id, supplier=supplier, extracts=extracts)
        if found is None:
            raise Problem(
                404, "not-found", "There is no such extract", f"You have posted no extract {extract_id}. Check its id."
            )
        return _answer(request, journey_document(found))

    @router.get(
        "/collections/{collection}/progress",
        response_model=ProgressModel,
        responses=problems(401, 404, 422, 503) | HELD,
    )
    async def show_progress(collection: str, request: Request, supplier: Supplier) -> Response:
        """Your extracts in a collection, counted by their furthest stage; up to a second old."""
        found = await read_progress(collection, supplier=supplier, directory=directory, extracts=extracts)
        if found is None:
            raise Problem(
                404, "not-found", "There is no such collection", f"There is no collection {collection}. Check its code."
            )
        return _answer(
            request,
            {
                "collection": collection,
                "practices": found.practices,
                "accepted": found.accepted,
                "calculated": found.calculated,
                "reported": found.reported,
                "rejected": found.rejected,
                "in_flight": found.in_flight,
                "accepted_again": found.accepted_again,
            },
        )

    return router


def _answer(request: Request, document: dict[str, Any]) -> Response:
    """A document with its ETag, or 304 where the caller has it already."""
    body = msgspec.json.encode(document)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    held = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in held:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
