"""Whoever checks the ledger comes back when a busy system says so, and gives up after a minute."""

import httpx
import pytest
from loadtests.patient import MOST_SECONDS, WITHOUT_WORD, patient_client


class Busy:
    """Answers 503 so many times, then 200; remembers what was sent."""

    def __init__(self, times: int, retry_after: str | None = "7") -> None:
        self.times = times
        self.headers = {} if retry_after is None else {"Retry-After": retry_after}
        self.sent: list[bytes] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request.content)
        if len(self.sent) <= self.times:
            return httpx.Response(503, headers=self.headers, json={"type": "overloaded"})
        return httpx.Response(200, json={"sent": len(self.sent)})


def ask(busy: Busy) -> tuple[httpx.Response, list[float]]:
    slept: list[float] = []
    with patient_client(seconds=1, transport=httpx.MockTransport(busy), sleep=slept.append) as client:
        return client.post("http://127.0.0.1/x", json={"name": "load test"}), slept


def test_the_same_is_sent_again_after_the_time_that_was_told() -> None:
    busy = Busy(2)
    answer, slept = ask(busy)
    assert (answer.status_code, answer.json(), slept) == (200, {"sent": 3}, [7.0, 7.0])
    assert busy.sent == [b'{"name":"load test"}'] * 3


@pytest.mark.parametrize("told", [None, "Sun, 22 Nov 2026 08:00:00 GMT"])
def test_without_seconds_it_comes_back_soon(told: str | None) -> None:
    assert ask(Busy(1, told))[1] == [WITHOUT_WORD]


def test_after_a_minute_the_refusal_is_the_answer() -> None:
    answer, slept = ask(Busy(1_000))
    assert (answer.status_code, answer.json()) == (503, {"type": "overloaded"})
    assert MOST_SECONDS - 7 < sum(slept) <= MOST_SECONDS
