"""The API of ingest: extracts in, receipts out, and how far everything has come."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.security import HTTPBearer
from starlette.routing import Route

from qof_ingest.entrypoints.http_intake import authenticate_by, post_extract_route
from qof_ingest.entrypoints.http_schemas import (
    ExtractModel,
    ProgressModel,
    ReceiptModel,
    extract_schema,
    journey_document,
)
from qof_ingest.handlers.follow_extracts import read_journey, read_progress
from qof_ingest.handlers.ports import BusyError, Extracts, Intake, KnownDirectory, UnavailableError
from qof_shared.http.problems import Problem, ProblemModel, come_back, database_away, problem_response

EXTRACTS = "/v1/extracts"

HELD: dict[int | str, dict[str, Any]] = {304: {"description": "Nothing has changed since the ETag you hold."}}


def add_availability_problems(app: FastAPI) -> None:
    """Say 503, come back, where the database is away or too much is waiting for it."""

    async def on_unavailable(request: Request, error: Exception) -> Response:
        return problem_response(request, database_away())

    async def on_busy(request: Request, error: Exception) -> Response:
        return problem_response(
            request,
            Problem(
                503,
                "busy",
                "More extracts are waiting than we can hold",
                "Nothing was kept. Send the same request again in a few seconds.",
                headers=come_back(),
            ),
        )

    app.add_exception_handler(UnavailableError, on_unavailable)
    app.add_exception_handler(BusyError, on_busy)


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ProblemModel} for status in statuses}


def add_intake(
    app: FastAPI, *, directory: KnownDirectory, intake: Intake, body_limit: int, clock: Callable[[], datetime]
) -> None:
    """Where suppliers post extracts."""
    endpoint = post_extract_route(directory=directory, intake=intake, body_limit=body_limit, clock=clock)
    # The first route serves. FastAPI's own would take a quarter of a request's time more; it only describes.
    app.router.routes.insert(0, Route(EXTRACTS, endpoint, methods=["POST"]))
    app.add_api_route(
        EXTRACTS,
        endpoint,
        methods=["POST"],
        tags=["extracts"],
        status_code=202,
        summary="Post an extract",
        description=(
            "Answers with a receipt once the extract is committed, never before. The same Idempotency-Key and content"
            " get the first receipt again, byte for byte, for ever. Without a key the content is its own key: to"
            " restore earlier figures after a correction, send them with a new key."
        ),
        response_model=ReceiptModel,
        responses=_problems(400, 401, 413, 415, 422, 503),
        openapi_extra={
            "security": [{"supplierToken": []}],
            "parameters": [
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "required": False,
                    "description": "Your name for this submission: 1 to 128 visible ASCII characters.",
                    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
                }
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": extract_schema()}}},
        },
    )


def reading_router(*, directory: KnownDirectory, extracts: Extracts) -> APIRouter:
    """Where suppliers follow their extracts. Every route shows the asking supplier's own only."""
    documented = HTTPBearer(scheme_name="supplierToken", auto_error=False)
    router = APIRouter(prefix="/v1", tags=["extracts"], dependencies=[Depends(documented)])
    authenticate = authenticate_by(directory)
    Supplier = Annotated[str, Depends(authenticate)]  # noqa: N806 - a type

    @router.get("/extracts/{extract_id}", response_model=ExtractModel, responses=_problems(401, 404, 422, 503) | HELD)
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
        responses=_problems(401, 404, 422, 503) | HELD,
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
