"""What does the OpenAPI document say of the routes that are answered in front of the framework? By hand, therefore."""

from typing import Any

from fastapi import FastAPI, Response

from qof_ingest.entrypoints.http import problems
from qof_ingest.entrypoints.http_schemas import ReceiptModel, extract_schema

EXTRACTS = "/v1/extracts"
BULK = "/v1/extracts/bulk"

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Your name for this submission: 1 to 128 visible ASCII characters.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
}

SUPPLIER_ONLY: list[dict[str, list[str]]] = [{"supplierToken": []}]

BULK_ANSWER: dict[str, Any] = {
    "description": (
        "One JSON object a line. For every line sent that is not blank, in order: `line`, its number; `status`, what a"
        " single post would have been answered with; and the `receipt` with `replayed`, or the `problem`. At the end"
        " `summary`: `accepted`, `replayed`, `refused`, and `complete`, which is false where the answer stopped early."
    ),
    "content": {
        "application/x-ndjson": {
            "schema": {"type": "string"},
            "example": (
                '{"line":1,"status":202,"replayed":false,"receipt":{"extract_id":"1111b5b6-24cc-4105-b005-a9f1f3c0cc74"}}\n'
                '{"line":2,"status":422,"problem":{"type":"https://openqof.org/problems/extract-refused","errors":[]}}\n'
                '{"summary":{"accepted":1,"replayed":0,"refused":1,"complete":true}}\n'
            ),
        }
    },
}


def describe_intake(app: FastAPI) -> None:
    """Where suppliers post extracts: `http_intake.PostsInFront` answers."""
    app.add_api_route(
        EXTRACTS,
        _answered_in_front,
        methods=["POST"],
        name="post_extract",
        tags=["extracts"],
        status_code=202,
        summary="Post an extract",
        description=(
            "Answers with a receipt once the extract is committed, never before. The same Idempotency-Key and content"
            " get the first receipt again, byte for byte, for ever. Without a key the content is its own key: to"
            " restore earlier figures after a correction, send them with a new key."
        ),
        response_model=ReceiptModel,
        responses=problems(400, 401, 413, 415, 422, 503),
        openapi_extra={
            "security": SUPPLIER_ONLY,
            "parameters": [IDEMPOTENCY_KEY],
            "requestBody": _body("application/json", extract_schema()),
        },
    )
    app.add_api_route(
        BULK,
        _answered_in_front,
        methods=["POST"],
        name="post_extracts_in_bulk",
        tags=["extracts"],
        summary="Post thousands of extracts in one request",
        description=(
            "NDJSON: every line is what the body of a single post would be, and its own Idempotency-Key, so the whole"
            " request may be sent again after whatever happened. Lines are answered as they are committed; a broken"
            " line harms no other. Beyond the limit of lines, or while extracts cannot be kept, the answer says so and"
            " stops: what was answered is safe."
        ),
        response_class=Response,
        response_model=None,
        responses={200: BULK_ANSWER, **problems(400, 401, 415, 503)},
        openapi_extra={
            "security": SUPPLIER_ONLY,
            "requestBody": _body("application/x-ndjson", {"type": "string", "description": "One extract a line."}),
        },
    )


def _body(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {media_type: {"schema": schema}}}


async def _answered_in_front() -> None:
    raise AssertionError("http_intake.PostsInFront answers this request")
