"""What does a request say of itself? Its headers and its body, straight from the server, without the framework."""

import re
from collections.abc import Awaitable, Callable, Mapping

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from qof_ingest.entrypoints.http_problems import key_invalid, too_large, unsupported_media_type
from qof_ingest.handlers.ports import KnownDirectory
from qof_shared.http.auth import bearer_token, unauthorised

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,128}")

Headers = Mapping[bytes, bytes]
"""Name, in small letters, -> value."""

Authenticate = Callable[[Request], Awaitable[str]]
"""The supplier who asks; raises a 401 problem where the token is not known."""


def headers_of(scope: Scope) -> Headers:
    """A request's headers; of one that was sent twice, the first."""
    return dict(reversed(scope["headers"]))


def header(headers: Headers, name: bytes, otherwise: str = "") -> str:
    value = headers.get(name)
    return otherwise if value is None else value.decode("latin-1")


async def supplier_of(headers: Headers, directory: KnownDirectory) -> str:
    """The supplier who asks; raises a 401 problem where the token is not known."""
    return await _supplier(header(headers, b"authorization"), directory)


def authenticate_by(directory: KnownDirectory) -> Authenticate:
    """The same for the framework's routes."""

    async def supplier(request: Request) -> str:
        return await _supplier(request.headers.get("authorization", ""), directory)

    return supplier


async def _supplier(authorization: str, directory: KnownDirectory) -> str:
    found = await directory.supplier_with_token(bearer_token(authorization))
    if found is None:
        raise unauthorised("This token is not known here. Ask the national team for a new one.")
    return found


def check_content(headers: Headers, media_type: str) -> None:
    """Raises a 415 problem where the body is not of that type, or compressed."""
    sent = header(headers, b"content-type").partition(";")[0].strip().lower()
    if sent != media_type or header(headers, b"content-encoding", "identity").lower() != "identity":
        raise unsupported_media_type(media_type)


def idempotency_key(headers: Headers) -> str | None:
    """The caller's key; raises a 400 problem where it cannot be one."""
    if b"idempotency-key" not in headers:
        return None
    key = header(headers, b"idempotency-key")
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise key_invalid("A key has 1 to 128 visible ASCII characters, without spaces. A UUID serves well.")
    return key


async def read_body(headers: Headers, receive: Receive, limit: int) -> bytes:
    """The body, at most `limit` bytes; raises a 413 problem as soon as it is known to be longer; ClientDisconnect."""
    if int(headers.get(b"content-length", b"0")) > limit:
        raise too_large(limit)
    parts, size, is_more = [], 0, True
    while is_more:
        part, is_more = await next_part(receive)
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
    return b"".join(parts)


async def next_part(receive: Receive) -> tuple[bytes, bool]:
    """The next bytes of the body, and whether there are more; raises ClientDisconnect."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)
