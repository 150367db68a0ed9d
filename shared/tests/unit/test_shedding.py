"""The middleware: places are given back whatever happens, and everybody who is sent away is told when to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from prometheus_client import Counter
from starlette.types import Message, Receive, Scope, Send

from qof_shared.http.admission import Admission, Limits, Worth
from qof_shared.http.outside import LATEST, SOONEST, Told
from qof_shared.http.shedding import ADMITTED, COOKIE, SHED, Door, Shedding, refuse_with_problem
from qof_shared.http.tickets import Tickets
from qof_shared.http.worths import Declared

SIGN, REPORT, STATUS, ALWAYS = "/sign", "/report", "/status", "/health/live"
PATIENT = dict.fromkeys(Worth, 5.0)


@dataclass
class Client:
    """One request as a server hands it on: what was sent, what is answered."""

    path: str = REPORT
    method: str = "GET"
    body: list[bytes] = field(default_factory=list)
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    answer: list[Message] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> Message:
        if self.body:
            part = self.body.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self.body)}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.answer.append(message)

    @property
    def scope(self) -> Scope:
        return {"type": "http", "path": self.path, "method": self.method, "headers": self.headers}

    @property
    def status(self) -> int | None:
        return self.answer[0]["status"] if self.answer else None

    @property
    def said(self) -> dict[bytes, bytes]:
        return dict(self.answer[0]["headers"])


@dataclass
class Server:
    """Answers once `go` is set; what it read of each request is kept."""

    content_type: bytes = b"text/plain"
    go: asyncio.Event = field(default_factory=asyncio.Event)
    began: int = 0
    read: list[bytes] = field(default_factory=list)
    after_start: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.began += 1
        message = await receive() if scope["method"] == "POST" else {}
        while message.get("more_body"):
            self.read.append(message["body"])
            message = await receive()
        self.read.append(message.get("body", b""))
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", self.content_type)]})
        if self.content_type == b"text/event-stream":
            await send({"type": "http.response.body", "body": b"data", "more_body": True})
            await self.after_start.wait()
        await send({"type": "http.response.body", "body": b"done"})


def door_with(**limits: Any) -> Door:
    worth_of = Declared({Worth.SIGN: [SIGN], Worth.STATUS: [STATUS]}).reader()
    return Door(Admission(Limits(**limits)), worth_of, Tickets("a secret"), refuse_with_problem, "tested")


@asynccontextmanager
async def asking(door: Door, server: Server, *clients: Client) -> AsyncIterator[list[asyncio.Task[None]]]:
    """All of them at once; each has got as far as it can."""
    middleware = Shedding(server, door=door)
    tasks = [asyncio.create_task(middleware(client.scope, client.receive, client.send)) for client in clients]
    await settled()
    try:
        yield tasks
    finally:
        server.go.set()
        server.after_start.set()
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks, return_exceptions=True)


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_no_more_are_in_hand_than_allowed_and_the_others_follow() -> None:
    door, server, clients = door_with(in_hand=2, patience=PATIENT), Server(), [Client() for _ in range(5)]
    async with asking(door, server, *clients):
        assert (server.began, door.admission.in_hand, door.admission.waiting) == (2, 2, 3)
    assert [client.status for client in clients] == [200] * 5
    assert door.admission.in_hand == 0
    assert door.admission.admitted[Worth.REPORT] == 5


async def test_whoever_is_shed_is_told_when_to_come_back_and_the_app_is_not_touched() -> None:
    door, server, clients = door_with(in_hand=1, waiting=0), Server(), [Client() for _ in range(30)]
    async with asking(door, server, *clients):
        assert server.began == 1
        shed = [client for client in clients if client.status == 503]
        assert len(shed) == 29
        told = [int(client.said[b"retry-after"]) for client in shed]
        assert all(SOONEST <= seconds <= LATEST for seconds in told)
        assert len(set(told)) > 1
        problem = msgspec.json.decode(shed[0].answer[1]["body"])
        assert problem["type"].endswith("/overloaded")
        assert f"{told[0]} seconds" in problem["detail"]


async def test_what_is_worked_at_and_what_is_shed_shows_in_the_metrics() -> None:
    def counted(metric: Counter) -> float:
        return float(metric.labels("tested", "report")._value.get())

    before = counted(ADMITTED), counted(SHED)
    async with asking(door_with(in_hand=1, waiting=0), Server(), *[Client() for _ in range(5)]):
        assert (counted(ADMITTED) - before[0], counted(SHED) - before[1]) == (1, 4)


async def test_health_is_answered_however_much_there_is_to_do() -> None:
    door, server, health = door_with(in_hand=1, waiting=0), Server(), Client(ALWAYS)
    async with asking(door, server, Client(), health):
        assert server.began == 2
    assert health.status == 200


async def test_a_signature_waits_where_a_question_is_sent_away() -> None:
    door, server = door_with(in_hand=1), Server()
    door.admission.answer_seconds = 2.0
    sign, status = Client(SIGN), Client(STATUS)
    async with asking(door, server, Client(SIGN), status, sign):
        assert status.status == 503
        assert sign.status is None
    assert sign.status == 200


async def test_patience_ends() -> None:
    door, server, late = door_with(in_hand=1, patience=dict.fromkeys(Worth, 0.06)), Server(), Client()
    async with asking(door, server, Client(), late):
        await asyncio.sleep(0.2)
        assert late.status == 503
        assert door.admission.waiting == 0


async def test_a_client_that_leaves_the_room_leaves_its_place_to_the_next() -> None:
    door, server = door_with(in_hand=1, patience=PATIENT), Server()
    leaver, next_one = Client(), Client()
    async with asking(door, server, Client(), leaver, next_one):
        leaver.left.set()
        await settled()
        assert door.admission.waiting == 1
    assert leaver.answer == []
    assert next_one.status == 200
    assert server.began == 2


async def test_a_request_that_is_cancelled_gives_its_place_back_in_hand_and_in_the_room() -> None:
    door, server, third = door_with(in_hand=1, patience=PATIENT), Server(), Client()
    async with asking(door, server, Client(), Client(), third) as tasks:
        tasks[1].cancel()
        await settled()
        assert door.admission.waiting == 1
        tasks[0].cancel()
        await settled()
        assert (door.admission.in_hand, door.admission.waiting) == (1, 0)
    assert third.status == 200
    assert door.admission.in_hand == 0


async def test_an_answer_that_fails_gives_its_place_back() -> None:
    async def failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("a fault of ours")

    door = door_with(in_hand=1)
    client = Client()
    with pytest.raises(RuntimeError):
        await Shedding(failing, door=door)(client.scope, client.receive, client.send)
    assert door.admission.in_hand == 0


async def test_an_event_stream_holds_no_place() -> None:
    door, server, listener = door_with(in_hand=1), Server(b"text/event-stream"), Client(STATUS)
    async with asking(door, server, listener):
        server.go.set()
        await settled()
        assert listener.status == 200
        assert door.admission.in_hand == 0
        server.after_start.set()
        await settled()
        assert door.admission.in_hand == 0


async def test_a_slow_reader_holds_no_place() -> None:
    door, server, client = door_with(in_hand=1), Server(), Client()
    is_read = asyncio.Event()

    async def slow(message: Message) -> None:
        if message["type"] == "http.response.body":
            await is_read.wait()

    client.send = slow  # type: ignore[method-assign]
    async with asking(door, server, client):
        server.go.set()
        await settled()
        assert door.admission.in_hand == 0
        is_read.set()


async def test_a_slow_sender_holds_no_place() -> None:
    door, server = door_with(in_hand=1), Server()
    posted = Client(SIGN, "POST", headers=[(b"content-length", b"9")])
    slowly: asyncio.Queue[Message] = asyncio.Queue()
    posted.receive = slowly.get  # type: ignore[method-assign]
    async with asking(door, server, posted):
        await slowly.put({"type": "http.request", "body": b"half", "more_body": True})
        await settled()
        assert (door.admission.in_hand, server.began) == (0, 0)
        await slowly.put({"type": "http.request", "body": b"whole", "more_body": False})
        await settled()
        assert (door.admission.in_hand, server.began) == (1, 1)
    assert b"".join(server.read) == b"halfwhole"


async def test_a_form_that_waited_arrives_whole() -> None:
    door, server = door_with(in_hand=1), Server()
    parts = [b"x" * 40_000, b"y" * 40_000, b"z" * 40_000]
    posted = Client(SIGN, "POST", list(parts), [(b"content-length", b"120000")])
    async with asking(door, server, Client(SIGN), posted):
        assert door.admission.waiting == 1
    assert posted.status == 200
    assert b"".join(server.read) == b"".join(parts)


async def test_a_ticket_brings_its_person_before_those_who_came_later_and_is_handed_over() -> None:
    door, server, order = door_with(in_hand=1, patience=PATIENT), Server(), list[str]()
    told: list[Told] = []

    async def refuse(_scope: Scope, _receive: Receive, _send: Send, said: Told) -> None:
        told.append(said)

    door.refuse = refuse
    door.wall = lambda: 1000.0
    door.admission.answer_seconds = 100.0
    async with asking(door, server, Client(), Client()):
        assert len(told) == 1
    door.admission.answer_seconds = 0.01
    door.wall = lambda: 1020.0
    server = Server()

    def client(name: str, *headers: tuple[bytes, bytes]) -> Client:
        one = Client(headers=list(headers))

        async def send(message: Message) -> None:
            one.answer.append(message)
            if message["type"] == "http.response.start":
                order.append(name)

        one.send = send  # type: ignore[method-assign]
        return one

    cookie = b"qof=x; " + COOKIE + b"=" + door.tickets.write(told[0].ticket).encode()
    with_ticket = client("ticket", (b"cookie", cookie))
    async with asking(door, server, Client(), client("later"), with_ticket):
        assert door.outside.waiting == 0
    assert order == ["ticket", "later"]
    assert b"Max-Age=0" in with_ticket.said[b"set-cookie"]
