"""How does the demonstration ask a service? Over HTTP as everybody does, again and again until it has an answer."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx

from qof_local import services
from qof_local.paths import LocalStackError

COME_BACK = frozenset({429, 502, 503, 504})
GIVE_UP_SECONDS = 120
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


class Api:
    """One service's API. Every request may be sent again: what the demonstration asks has its effect once."""

    def __init__(self, service: str, clients: Iterable[httpx.AsyncClient]) -> None:
        self._service = service
        self._idle: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        for client in clients:
            self._idle.put_nowait(client)
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
        client = await self._idle.get()
        try:
            request = client.build_request(
                method,
                path,
                content=content,
                json=json,
                headers={"Authorization": f"Bearer {token}", **(headers or {})},
            )
            return await self._send(client, request, expected)
        finally:
            self._idle.put_nowait(client)

    async def _send(
        self, client: httpx.AsyncClient, request: httpx.Request, expected: tuple[int, ...]
    ) -> httpx.Response:
        asked = f"{self._service}: {request.method} {request.url.path}"
        deadline = time.monotonic() + GIVE_UP_SECONDS
        pause = FIRST_PAUSE
        while True:
            try:
                response = await client.send(request)
            except httpx.TransportError as error:
                failure, wait = f"{type(error).__name__}: {error}", pause
            else:
                if response.status_code in expected:
                    return response
                failure = f"{response.status_code} {response.text[:1000]}"
                if response.status_code not in COME_BACK:
                    raise LocalStackError(f"{asked} was answered with {failure}")
                wait = _retry_after(response, pause)
            if time.monotonic() + wait > deadline:
                raise LocalStackError(f"{asked} had no answer for {GIVE_UP_SECONDS} s: {failure}")
            self.retries += 1
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)


def _retry_after(response: httpx.Response, otherwise: float) -> float:
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else otherwise


@asynccontextmanager
async def api(service: str, *, connections: int = 4) -> AsyncIterator[Api]:
    """A client of one service's API with so many connections at most.

    Each connection is an httpx client: a client with many looks at every idle one before and after each request,
    which at 32 connections costs four times the request.
    """
    certificates = ssl.create_default_context()
    async with AsyncExitStack() as stack:
        clients = [
            httpx.AsyncClient(
                base_url=services.api_url(service),
                limits=httpx.Limits(max_connections=1),
                timeout=30,
                trust_env=False,
                verify=certificates,
            )
            for _ in range(connections)
        ]
        yield Api(service, [await stack.enter_async_context(client) for client in clients])
