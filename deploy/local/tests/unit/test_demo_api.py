"""Does the demonstration's client send again what can be sent again, and give up on what cannot?"""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from qof_local import demo_api
from qof_local.demo_api import Api
from qof_local.paths import LocalStackError

Answer = httpx.Response | Exception


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between tries; nobody really waits."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return found


def client(*answers: Answer) -> tuple[Api, list[httpx.Request]]:
    pending: Iterator[Answer] = iter(answers)
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        found = next(pending)
        if isinstance(found, Exception):
            raise found
        return found

    http = httpx.AsyncClient(base_url="http://ingest", transport=httpx.MockTransport(answer))
    return Api("ingest", [http]), requests


async def test_retry_after_is_honoured(waits: list[float]) -> None:
    api, requests = client(httpx.Response(503, headers={"Retry-After": "7"}), httpx.Response(202))
    await api.send("POST", "/v1/extracts", "token", expected=(202,), content=b"counts")
    assert waits == [7.0]
    assert [request.content for request in requests] == [b"counts", b"counts"]
    assert requests[0].headers["Authorization"] == "Bearer token"
    assert api.retries == 1


async def test_broken_connection_same_body_again_with_growing_pauses(waits: list[float]) -> None:
    api, requests = client(httpx.ConnectError("refused"), httpx.ReadError("reset"), httpx.Response(202))
    await api.send("POST", "/v1/extracts", "token", expected=(202,), content=b"counts")
    assert waits == [0.1, 0.2]
    assert {request.content for request in requests} == {b"counts"}


async def test_refusal_is_an_error_with_what_the_service_said(waits: list[float]) -> None:
    api, _ = client(httpx.Response(422, text="the list size is missing"))
    with pytest.raises(LocalStackError, match="422 the list size is missing"):
        await api.send("POST", "/v1/extracts", "token", expected=(202,))
    assert waits == []


async def test_no_answer_for_long_gives_up_and_says_why(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_api, "GIVE_UP_SECONDS", 0)
    api, _ = client(httpx.ConnectError("refused"))
    with pytest.raises(LocalStackError, match="had no answer for 0 s: ConnectError: refused"):
        await api.send("GET", "/v1/extracts", "token")
