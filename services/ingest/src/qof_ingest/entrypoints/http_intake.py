"""How is an extract taken from the wire, and answered? `POST /v1/extracts`, the one route that carries the surge.

It is answered in front of the framework, whose routing and request objects would be a fifth of the time it takes.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from qof_ingest.entrypoints.documents import read_extract
from qof_ingest.entrypoints.http_problems import problem_of
from qof_ingest.entrypoints.http_requests import check_content, headers_of, idempotency_key, read_body, supplier_of
from qof_ingest.entrypoints.http_schemas import receipt_document
from qof_ingest.handlers.ports import Intake, KnownDirectory, Receipt
from qof_ingest.handlers.receive_extract import Posted, Received, digest_of, receive_extract
from qof_shared.http.measuring import ROUTE
from qof_shared.http.problems import problem_response


class PostsInFront:
    """Middleware: answers POSTs to some paths by itself, an error as a problem; passes everything else on."""

    def __init__(self, app: ASGIApp, posts: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._posts = posts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        post = self._posts.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if post is None:
            await self._app(scope, receive, send)
            return
        scope[ROUTE] = scope["path"]
        try:
            await post(scope, receive, send)
        except ClientDisconnect:
            return  # nobody is left to read an answer
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            await problem_response(Request(scope), problem)(scope, receive, send)


def post_extract(
    *, directory: KnownDirectory, intake: Intake, body_limit: int, clock: Callable[[], datetime]
) -> ASGIApp:
    """`POST /v1/extracts`."""

    async def hand_in(scope: Scope, receive: Receive) -> Received:
        headers = headers_of(scope)
        supplier = await supplier_of(headers, directory)
        check_content(headers, "application/json")
        key = idempotency_key(headers)
        body = await read_body(headers, receive, body_limit)
        extract, is_bounded = read_extract(body)
        posted = Posted(supplier, key, body, digest_of(body), extract, is_bounded=is_bounded)
        return await receive_extract(posted, directory=directory, intake=intake, now=clock())

    async def post(scope: Scope, receive: Receive, send: Send) -> None:
        received = await hand_in(scope, receive)
        await _accept(await received.receipt(), send)

    return post


async def _accept(receipt: Receipt, send: Send) -> None:
    body = msgspec.json.encode(receipt_document(receipt))
    headers = [
        (b"content-length", b"%d" % len(body)),
        (b"content-type", b"application/json"),
        (b"location", f"/v1/extracts/{receipt.extract_id}".encode()),
    ]
    if receipt.is_replay:
        headers.append((b"idempotent-replayed", b"true"))
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": body})
