"""How do we ask a system that is busy? As it tells us: again, after the time that it says. Outside Locust's figures."""

import time
from collections.abc import Callable

import httpx

MOST_SECONDS = 60.0
"""After so long the answer is a 503 for us, too."""
WITHOUT_WORD = 2.0
"""Seconds, where a 503 does not say how long."""


class _ComesBack(httpx.BaseTransport):
    """Sends again, when it is told to, what was answered 503: then nothing was done."""

    def __init__(self, transport: httpx.BaseTransport, sleep: Callable[[float], None]) -> None:
        self._transport = transport
        self._sleep = sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        slept = 0.0
        while True:
            answer = self._transport.handle_request(request)
            told = answer.headers.get("retry-after", "")
            pause = float(told) if told.isdecimal() else WITHOUT_WORD
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or slept + pause > MOST_SECONDS:
                return answer
            answer.close()
            self._sleep(pause)
            slept += pause

    def close(self) -> None:
        self._transport.close()


def patient_client(
    *, seconds: float, transport: httpx.BaseTransport | None = None, sleep: Callable[[float], None] = time.sleep
) -> httpx.Client:
    """A client that waits up to `seconds` for an answer and comes back where it is asked to.

    Not through a proxy that the environment names: it would take the tokens to another machine.
    """
    return httpx.Client(
        timeout=seconds, trust_env=False, transport=_ComesBack(transport or httpx.HTTPTransport(), sleep)
    )
