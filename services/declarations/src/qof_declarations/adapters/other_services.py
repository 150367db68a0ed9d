"""How another service's API is asked: with little patience, because somebody waits for the page."""

from collections.abc import Mapping
from typing import Any

import httpx

from qof_declarations.handlers.service_ports import NotAnsweringError, RefusedByServiceError

PATIENCE_SECONDS = 2.0


def service_client(url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Connections to the API at `url`."""
    return httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False, transport=transport)


class HttpService:
    """`handlers.service_ports.OtherService` over HTTP. Without a client it never answers: it is not set up."""

    def __init__(self, name: str, client: httpx.AsyncClient | None) -> None:
        self._name = name
        self._client = client

    async def get(self, path: str, token: str) -> Any:
        return await self._send("GET", path, token, None)

    async def post(
        self, path: str, token: str, body: Mapping[str, Any] | None = None, *, seconds: float = PATIENCE_SECONDS
    ) -> Any:
        return await self._send("POST", path, token, body, seconds)

    async def _send(
        self, method: str, path: str, token: str, body: Mapping[str, Any] | None, seconds: float = PATIENCE_SECONDS
    ) -> Any:
        if self._client is None:
            raise NotAnsweringError(self._name)
        headers = {"Authorization": f"Bearer {token}"}
        try:
            timeout = httpx.Timeout(seconds, connect=PATIENCE_SECONDS)
            answer = await self._client.request(method, path, headers=headers, json=body, timeout=timeout)
            document = answer.json() if answer.content else None
        except (httpx.HTTPError, ValueError) as error:
            raise NotAnsweringError(self._name) from error
        if answer.status_code >= 500:
            raise NotAnsweringError(self._name)
        if answer.status_code >= 300:
            problem = document if isinstance(document, dict) else {}
            title, detail = problem.get("title", "It said no"), problem.get("detail", "")
            raise RefusedByServiceError(answer.status_code, title, detail, problem)
        return document
