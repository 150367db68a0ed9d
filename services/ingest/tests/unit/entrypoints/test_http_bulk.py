"""The route over fakes: what it answers to which lines, and that it neither deadlocks nor leaks."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from starlette.types import Message

from qof_ingest.entrypoints import http_bulk
from qof_ingest.entrypoints.http_bulk import BulkLimits, post_bulk
from qof_ingest.handlers.ports import (
    BacklogError,
    BusyError,
    Intake,
    KnownDirectory,
    Receipt,
    Submission,
    UnavailableError,
)
from qof_shared.http.problems import Problem
from qof_shared.testing.fakes import NOON

MakeExtract = Callable[..., dict[str, Any]]

LIMITS = BulkLimits(line_bytes=5000, lines=40, requests=1)


class Client:
    """A connection whose ends a test holds: it may read nothing until it has sent everything, leave before the last
    line, or say nothing more without leaving."""

    def __init__(
        self, parts: Iterable[bytes], *, reads_last: bool = False, leaves: bool = False, goes_on: bool = False
    ) -> None:
        self._parts = list(parts)
        self._leaves, self._goes_on = leaves, goes_on
        self._has_sent_all = asyncio.Event()
        if not reads_last:
            self._has_sent_all.set()
        self.status = 0
        self.body = b""

    async def receive(self) -> Message:
        await asyncio.sleep(0)
        if not self._parts:
            if not self._leaves:
                await asyncio.get_running_loop().create_future()
            return {"type": "http.disconnect"}
        part = self._parts.pop(0)
        is_more = bool(self._parts) or self._leaves or self._goes_on
        if not is_more:
            self._has_sent_all.set()
        return {"type": "http.request", "body": part, "more_body": is_more}

    async def send(self, message: Message) -> None:
        await self._has_sent_all.wait()
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")

    @property
    def answers(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.body.splitlines()]


Post = Callable[[Client], Any]


def poster(directory: KnownDirectory, intake: Intake, token: str) -> Post:
    route = post_bulk(directory=directory, intake=intake, limits=LIMITS, clock=lambda: NOON)
    told = {"authorization": f"Bearer {token}", "content-type": "application/x-ndjson"}
    headers = [(name.encode(), value.encode()) for name, value in told.items()]
    scope = {"type": "http", "path": "/v1/extracts/bulk", "headers": headers, "state": {"correlation_id": "c"}}

    async def send(client: Client) -> list[dict[str, Any]]:
        await asyncio.wait_for(route(scope, client.receive, client.send), 10)
        return client.answers

    return send


@pytest.fixture
def post(known_directory: Any, intake: Any, emis_token: str) -> Post:
    return poster(known_directory, intake, emis_token)


def lines(make_extract: MakeExtract, *sizes: int) -> list[bytes]:
    return [json.dumps(make_extract(list_size=size)).encode() for size in sizes]


async def test_every_line_is_answered_in_order(post: Post, intake: Any, make_extract: MakeExtract) -> None:
    first, second = lines(make_extract, 1, 2)
    body = b"\n".join([first, b"", b"{", second + b"\r", b"x" * 5001, lines(make_extract, 0)[0], first])
    *told, last = await post(Client([body]))
    assert [(one["line"], one["status"]) for one in told] == [
        (1, 202),
        (3, 400),
        (4, 202),
        (5, 413),
        (6, 422),
        (7, 202),
    ]
    assert [one.get("replayed") for one in told] == [False, None, False, None, None, True]
    assert told[0]["receipt"] == told[5]["receipt"]
    assert told[2]["receipt"]["digest"] == hashlib.sha256(second).hexdigest()
    assert told[4]["problem"]["errors"][0]["rule"] == "list-size"
    assert last == {"summary": {"accepted": 2, "replayed": 1, "refused": 3, "complete": True}}
    assert {kept.body for kept in intake.kept.values()} == {first, second}


async def test_nothing_is_answered_with_the_sum_alone(post: Post) -> None:
    summary = {"accepted": 0, "replayed": 0, "refused": 0, "complete": True}
    assert await post(Client([b"\n\n"])) == [{"summary": summary}]
    assert await post(Client([b""])) == [{"summary": summary}]


async def test_lines_beyond_the_limit_are_left_for_another_request(
    post: Post, intake: Any, make_extract: MakeExtract
) -> None:
    sent = lines(make_extract, *range(1, 51))
    *told, stopped, last = await post(Client([line + b"\n" for line in sent]))
    assert [one["line"] for one in told] == list(range(1, 41))
    assert (stopped["line"], stopped["status"]) == (41, 413)
    assert stopped["problem"]["type"].endswith("/too-many-lines")
    assert last["summary"] == {"accepted": 40, "replayed": 0, "refused": 0, "complete": False}
    assert len(intake.kept) == 40
    *told, last = await post(Client([b"\n".join(sent[40:])]))
    assert last["summary"]["accepted"] == 10


async def test_a_client_that_reads_last_is_answered_all_the_same(
    post: Post, make_extract: MakeExtract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_bulk, "IN_FLIGHT_BYTES", 3 * http_bulk.LEAST_BYTES)
    client = Client([line + b"\n" for line in lines(make_extract, *range(1, 41))], reads_last=True)
    assert (await post(client))[-1]["summary"]["accepted"] == 40


class SlowIntake:
    """Commits only when told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Submission, asyncio.Future[Receipt]]] = []
        self.most_waiting = 0

    def submit(self, submission: Submission) -> "asyncio.Future[Receipt]":
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self.waiting.append((submission, answer))
        self.most_waiting = max(self.most_waiting, len(self.waiting))
        return answer

    async def find(self, supplier: str, idempotency_key: str) -> Receipt | None:
        return None

    def commit(self, first: int | None = None) -> None:
        for one, answer in self.waiting[:first]:
            if not answer.done():
                answer.set_result(Receipt(one.extract_id, 1, one.collection, one.practice, one.digest, NOON))
        del self.waiting[:first]


@pytest.fixture
def slow_intake() -> SlowIntake:
    return SlowIntake()


@pytest.fixture
def slow_post(known_directory: Any, slow_intake: SlowIntake, emis_token: str) -> Post:
    return poster(known_directory, slow_intake, emis_token)


async def arrive(intake: SlowIntake, count: int) -> None:
    """Wait until so many extracts wait for their commit."""
    for _ in range(1000):
        if len(intake.waiting) >= count:
            return
        await asyncio.sleep(0)
    raise AssertionError(f"{len(intake.waiting)} extracts have arrived, expected were {count}")


@pytest.mark.parametrize("error", [UnavailableError("away"), BusyError("full"), BacklogError("full")])
async def test_when_extracts_cannot_be_kept_the_answer_says_so_and_stops(
    slow_post: Post, slow_intake: SlowIntake, make_extract: MakeExtract, error: Exception
) -> None:
    parts = [line + b"\n" for line in lines(make_extract, *range(1, 11))]
    posting = asyncio.create_task(slow_post(Client(parts[:4], goes_on=True)))
    await arrive(slow_intake, 4)
    slow_intake.commit(first=2)
    slow_intake.waiting[0][1].set_exception(error)
    first, second, stopped, last = await posting
    assert [first["status"], second["status"], stopped["line"], stopped["status"]] == [202, 202, 3, 503]
    assert stopped["problem"]["retry_after"] > 0
    assert last["summary"] == {"accepted": 2, "replayed": 0, "refused": 0, "complete": False}
    assert slow_intake.waiting[1][1].cancelled()


async def test_a_row_that_the_database_cannot_hold_harms_no_other(
    slow_post: Post, slow_intake: SlowIntake, make_extract: MakeExtract, caplog: pytest.LogCaptureFixture
) -> None:
    posting = asyncio.create_task(slow_post(Client([b"\n".join(lines(make_extract, 1, 2, 3))])))
    await arrive(slow_intake, 3)
    slow_intake.waiting.pop(1)[1].set_exception(ValueError("no such row"))
    slow_intake.commit()
    *told, last = await posting
    assert [one["status"] for one in told] == [202, 500, 202]
    assert last["summary"]["complete"]
    assert "unforeseen error of a line" in caplog.text


async def test_a_slow_database_holds_the_reading_back(
    slow_post: Post, slow_intake: SlowIntake, make_extract: MakeExtract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_bulk, "IN_FLIGHT_BYTES", 5 * http_bulk.LEAST_BYTES)
    client = Client([line + b"\n" for line in lines(make_extract, *range(1, 41))], reads_last=True)
    posting = asyncio.create_task(slow_post(client))
    while not posting.done():
        for _ in range(50):
            await asyncio.sleep(0)
        slow_intake.commit()
    assert (await posting)[-1]["summary"]["accepted"] == 40
    assert slow_intake.most_waiting == 5


async def test_a_client_that_leaves_a_slow_database_leaves_nothing_behind(
    slow_post: Post, slow_intake: SlowIntake, make_extract: MakeExtract
) -> None:
    client = Client([line + b"\n" for line in lines(make_extract, *range(1, 11))], leaves=True)
    assert await slow_post(client) == []
    assert len(slow_intake.waiting) == 10
    assert all(answer.cancelled() for _, answer in slow_intake.waiting)
    slow_intake.commit()
    again = asyncio.create_task(slow_post(Client([lines(make_extract, 1)[0]])))
    await arrive(slow_intake, 1)
    slow_intake.commit()
    assert (await again)[-1]["summary"]["accepted"] == 1, "its place is free again"


async def test_more_requests_than_a_slow_process_holds_are_told_to_come_back(
    slow_post: Post, slow_intake: SlowIntake, make_extract: MakeExtract
) -> None:
    first = asyncio.create_task(slow_post(Client([lines(make_extract, 1)[0]])))
    await arrive(slow_intake, 1)
    with pytest.raises(Problem, match="503 busy"):
        await slow_post(Client([b""]))
    slow_intake.commit()
    await first


async def test_a_silent_client_is_given_up(
    post: Post, make_extract: MakeExtract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_bulk, "LONGEST_SILENCE", 0.05)
    (answer,) = await post(Client([lines(make_extract, 1)[0] + b"\n"], goes_on=True))
    assert answer["status"] == 202, "what was committed was answered; the sum is missing"
