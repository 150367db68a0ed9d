"""How does the demonstration ask a service? Over HTTP as everybody does, again and again until it has an answer."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any

import httpx

from qof_local import services
from qof_local.paths import LocalStackError

COME_BACK = frozenset({429, 502, 503, 504})
GIVE_UP_SECONDS = 120
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


class Api:
    """One service's API. Every request may be sent again: what the demonstration asks has its effect once."""

    def __init__(self, service: str, client: httpx.AsyncClient) -> None:
        self._service = service
        self._client = client
        self.retries = 0
        """Requests sent again, after a broken connection or because the service asked for it."""

    async def send(
        self,
        method: str,
        path: str,
        token: str,
        *,
        expected: tuple[int, ...] = (200,),
        content: bytes | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer, of one of the expected statuses. Raises LocalStackError with what the service says instead."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        pause = FIRST_PAUSE
        while True:
            try:
                response = await self._client.request(
                    method,
                    path,
                    content=content,
                    json=json,
                    headers={"Authorization": f"Bearer {token}", **(headers or {})},
                )
            except httpx.TransportError as error:
                failure, wait = f"{type(error).__name__}: {error}", pause
            else:
                if response.status_code in expected:
                    return response
                failure = f"{response.status_code} {response.text[:1000]}"
                if response.status_code not in COME_BACK:
                    raise LocalStackError(f"{self._service}: {method} {path} was answered with {failure}")
                wait = _retry_after(response, pause)
            if time.monotonic() + wait > deadline:
                raise LocalStackError(
                    f"{self._service}: {method} {path} had no answer for {GIVE_UP_SECONDS} s: {failure}"
                )
            self.retries += 1
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)


def _retry_after(response: httpx.Response, otherwise: float) -> float:
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else otherwise


@asynccontextmanager
async def api(service: str, *, connections: int = 4) -> AsyncIterator[Api]:
    """A client of one service's API with so many connections at most."""
    _spare_searching()
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with httpx.AsyncClient(
        base_url=services.api_url(service), limits=limits, timeout=httpx.Timeout(30, pool=None), trust_env=False
    ) as client:
        yield Api(service, client)


def _spare_searching() -> None:
    """Tell httpcore at once that sniffio is not installed. It asks several times a request, and a search of the whole
    path takes a millisecond each time: more than all the rest of the request."""
    if "sniffio" not in sys.modules and find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]
