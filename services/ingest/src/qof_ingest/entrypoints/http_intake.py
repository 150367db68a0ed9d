"""How is an extract taken from the wire, and answered? `POST /v1/extracts`, the one route that carries the surge.

It does without FastAPI's dependency solving and response models, a third of a request's time at the peak.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec
from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from qof_ingest.core.faults import Fault
from qof_ingest.entrypoints.documents import MalformedJsonError, MisshapenExtractError, read_extract
from qof_ingest.entrypoints.http_schemas import receipt_document
from qof_ingest.handlers.ports import Intake, KnownDirectory, Receipt
from qof_ingest.handlers.receive_extract import (
    ExtractRefusedError,
    IdempotencyKeyReusedError,
    Posted,
    receive_extract,
)
from qof_shared import contracts
from qof_shared.http.auth import bearer_token, unauthorised
from qof_shared.http.problems import Problem

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,128}")

FAULTS_SHOWN = 1000
"""An extract has some hundred indicators: a body with more faults than this is something else altogether."""

Authenticate = Callable[[Request], Awaitable[str]]
"""The supplier who asks; raises a 401 problem where the token is not known."""


def authenticate_by(directory: KnownDirectory) -> Authenticate:
    async def supplier(request: Request) -> str:
        found = await directory.supplier_with_token(bearer_token(request))
        if found is None:
            raise unauthorised("This token is not known here. Ask the national team for a new one.")
        return found

    return supplier


def post_extract_route(
    *, directory: KnownDirectory, intake: Intake, body_limit: int, clock: Callable[[], datetime]
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of `POST /v1/extracts`."""
    authenticate = authenticate_by(directory)

    async def post_extract(request: Request) -> Response:
        supplier = await authenticate(request)
        _check_content_type(request)
        key = _idempotency_key(request)
        try:
            body = await _read_body(request, body_limit)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is left to read it
        try:
            posted = Posted(supplier, key, body, read_extract(body))
            receipt = await receive_extract(posted, directory=directory, intake=intake, now=clock())
        except MalformedJsonError as error:
            raise _malformed(error) from error
        except (MisshapenExtractError, ExtractRefusedError) as error:
            raise _refused(error.faults) from error
        except IdempotencyKeyReusedError as error:
            raise _key_reused(error.first) from error
        return _accepted(receipt)

    return post_extract


def _accepted(receipt: Receipt) -> Response:
    headers = {"Location": f"/v1/extracts/{receipt.extract_id}"}
    if receipt.is_replay:
        headers["Idempotent-Replayed"] = "true"
    body = msgspec.json.encode(receipt_document(receipt))
    return Response(body, 202, headers=headers, media_type="application/json")


def _check_content_type(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").lower()
    if media_type != "application/json" or encoding != "identity":
        raise Problem(
            415,
            "unsupported-media-type",
            "This is not how extracts are sent",
            "Send plain JSON with the header `Content-Type: application/json`, without Content-Encoding.",
        )


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
        raise Problem(
            400,
            "idempotency-key-invalid",
            "The Idempotency-Key cannot be used",
            "A key has 1 to 128 visible ASCII characters, without spaces. A UUID serves well.",
        )
    return key


async def _read_body(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes; raises a 413 problem as soon as it is known to be longer."""
    if int(request.headers.get("content-length", 0)) > limit:
        raise _too_large(limit)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def _too_large(limit: int) -> Problem:
    return Problem(
        413,
        "extract-too-large",
        "The extract is too large",
        f"An extract has at most {limit} bytes. Send one practice's counts, and never patients.",
        headers={"Connection": "close"},  # else the server would go on reading what we refuse to take
    )


def _malformed(error: MalformedJsonError) -> Problem:
    return Problem(
        400,
        "malformed-json",
        "The body is not JSON",
        f"Reading stopped here: {error}. Mend it, then send it again.",
        errors=[contracts.Fault(pointer="", rule="malformed-json", message=str(error))],
    )


def _refused(faults: Sequence[Fault]) -> Problem:
    shown = faults[:FAULTS_SHOWN]
    count = f"{len(faults)} faults" if len(faults) > 1 else "one fault"
    partly = f", of which the first {FAULTS_SHOWN} are listed" if len(faults) > FAULTS_SHOWN else ""
    return Problem(
        422,
        "extract-refused",
        "This extract cannot be accepted",
        f"It has {count}{partly}. Nothing was kept. Mend every one, then send it again; the same key may be used.",
        errors=[contracts.Fault(pointer=one.pointer, rule=one.rule, message=one.message) for one in shown],
    )


def _key_reused(first: Receipt) -> Problem:
    return Problem(
        422,
        "idempotency-key-reused",
        "This Idempotency-Key stands for another extract",
        "Nothing was kept: you used the key before, for other content. Send new content with a new key.",
        extra={"first_extract": f"/v1/extracts/{first.extract_id}", "first_digest": first.digest},
    )
