"""Middleware that answers no more than can be answered in time, and tells the others when to come back.

It stands in front of routing, sessions and reading: telling somebody to come back has to cost next to nothing.

- A place is for work. It is given back when the answer is made, before it travels to a slow client, and when an event
  stream begins: that lasts for minutes and does nothing (how many there may be is the business of who makes them).
- What a form or document holds is awaited before a place is asked for, up to 64 KiB: a slow sender holds none.
- A client that goes away while it waits leaves its place to the next.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qof_shared.http.admission import Admission, Asked, Limits, State, Worth
from qof_shared.http.outside import Outside, Ticket, Told
from qof_shared.http.problems import Problem, problem_document
from qof_shared.http.tickets import KEPT_SECONDS, Tickets
from qof_shared.http.worths import WorthOf
from qof_shared.observability.metrics import counter
from qof_shared.settings import ServiceSettings

ADMITTED = counter("openqof_requests_admitted_total", "Requests that were worked at", ("service", "worth"))
SHED = counter("openqof_requests_shed_total", "Requests answered 503 to spare the rest", ("service", "worth"))

READ_FIRST_BYTES = 64 * 1024
"""Of a body, before a place is asked for; what servers have read ahead by themselves."""
COOKIE = b"qof-turn"
"""Carries a person's ticket."""

Refuse = Callable[[Scope, Receive, Send, Told], Awaitable[None]]
"""How somebody is told to come back."""


@dataclass(slots=True)
class Door:
    """What a process knows of its load (`app.state.door`): its counts are for whoever measures."""

    admission: Admission
    worth_of: WorthOf
    tickets: Tickets
    refuse: Refuse
    service: str
    outside: Outside = field(default_factory=Outside)
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    """Tickets tell moments that other processes understand."""
    chance: Callable[[], float] = random.random


def door_of(service: str, settings: ServiceSettings, worth_of: WorthOf, *, refuse: Refuse | None = None) -> Door | None:
    """The door of a service; None where its settings want none. Without `refuse` everybody gets a problem."""
    if not settings.requests_in_hand:
        return None
    return Door(
        Admission(Limits(in_hand=settings.requests_in_hand, waiting=settings.requests_waiting)),
        worth_of,
        tickets_of(settings),
        refuse or refuse_with_problem,
        service,
    )


def tickets_of(settings: ServiceSettings) -> Tickets:
    """Made from what all processes of the service know, and nobody else."""
    return Tickets(settings.database_url.get_secret_value())


class Shedding:
    """Middleware. Everything passes that the service gives no worth."""

    def __init__(self, app: ASGIApp, *, door: Door) -> None:
        self.app = app
        self._door = door
        self._worth_of, self._refuse = door.worth_of, door.refuse
        self._admission, self._outside = door.admission, door.outside
        # A label is found here in a tenth of the time that the metric takes for it.
        self._admitted, self._shed = (
            {worth: metric.labels(door.service, worth.name.lower()) for worth in Worth} for metric in (ADMITTED, SHED)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        worth = self._worth_of(scope) if scope["type"] == "http" else None
        if worth is None:
            await self.app(scope, receive, send)
            return
        if _has_body(scope):
            receive = await _read_first(receive)
        now = self._door.wall()
        ticket = self._ticket(scope, now)
        arrived = now if ticket is None else ticket.arrived
        asked, pushed = self._admission.ask(worth, arrived, self._door.clock())
        if pushed is not None:
            pushed.tag.set_result(None)
        if asked.state is State.WAITING:
            receive = await self._wait(asked, receive)
        if asked.state is State.SHED:
            per_second = self._admission.per_second(worth)
            self._shed[worth].inc()
            told = self._outside.send_away(worth, arrived, self._door.wall(), self._door.chance(), per_second)
            await self._refuse(scope, receive, send, told)
        elif asked.state is State.IN_HAND:
            self._admitted[worth].inc()
            self._outside.let_in(worth, self._door.wall())
            await self._answer(asked, scope, receive, send, has_ticket=ticket is not None)

    def _ticket(self, scope: Scope, now: float) -> Ticket | None:
        written = _cookie(scope)
        ticket = self._door.tickets.read(written, now) if written else None
        if ticket is not None:
            self._outside.come_back(ticket)
        return ticket

    async def _wait(self, asked: Asked, receive: Receive) -> Receive:
        """Until it is in hand, or shed, or its client has left (then it is gone). Returns what to read from."""
        loop = asyncio.get_running_loop()
        asked.tag = loop.create_future()
        heard = _Heard(receive)
        listening = loop.create_task(heard.listen())
        listening.add_done_callback(lambda _: self._leave(asked) if heard.has_left else None)
        patience = loop.call_later(asked.until - self._door.clock(), self._run_out, asked)
        try:
            await asked.tag
        except asyncio.CancelledError:
            self._end(asked)
            raise
        finally:
            patience.cancel()
            listening.cancel()
        return heard.receive

    def _run_out(self, asked: Asked) -> None:
        if self._admission.run_out(asked, max(self._door.clock(), asked.until)) and not asked.tag.done():
            asked.tag.set_result(None)

    def _leave(self, asked: Asked) -> None:
        if asked.state is State.WAITING:
            self._end(asked)
            asked.tag.set_result(None)

    def _end(self, asked: Asked) -> None:
        for taken in self._admission.end(asked, self._door.clock()):
            if not taken.tag.done():
                taken.tag.set_result(None)

    async def _answer(self, asked: Asked, scope: Scope, receive: Receive, send: Send, *, has_ticket: bool) -> None:
        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                if has_ticket:
                    message["headers"] = [*message["headers"], NO_TICKET]
                if any(value.startswith(b"text/event-stream") for _, value in message["headers"]):
                    self._end(asked)
            elif not message.get("more_body") and asked.state is State.IN_HAND:
                self._end(asked)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            if asked.state is State.IN_HAND:
                self._end(asked)


def ticket_cookie(written: str, *, is_https: bool) -> tuple[bytes, bytes]:
    """The header that gives a person their ticket."""
    secure = b"; Secure" if is_https else b""
    kept = b"; Max-Age=%d; Path=/; HttpOnly; SameSite=Lax" % KEPT_SECONDS
    return b"set-cookie", COOKIE + b"=" + written.encode() + kept + secure


NO_TICKET = (b"set-cookie", COOKIE + b"=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax")
"""Whoever got in hands their ticket over."""


async def refuse_with_problem(scope: Scope, receive: Receive, send: Send, told: Told) -> None:
    """503, come back: for programs."""
    problem = Problem(
        503,
        "overloaded",
        "There is more to do than we can do at the moment",
        f"Nothing was done. Send the same request again in {told.seconds} seconds: it has one effect, however often it"
        " is sent.",
    )
    correlation_id = scope.get("state", {}).get("correlation_id", "")
    body = msgspec.json.encode(problem_document(problem, instance=scope["path"], correlation_id=correlation_id))
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % told.seconds),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Heard:
    """Listens whether a client leaves, and keeps what it says meanwhile for whoever answers it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: list[Message] = []
        self.has_left = False

    async def listen(self) -> None:
        while True:
            message = await self._receive()
            self._kept.append(message)
            if message["type"] == "http.disconnect":
                self.has_left = True
                return
            if message.get("more_body"):
                return  # a large body stays where it is until there is a place

    async def receive(self) -> Message:
        return self._kept.pop(0) if self._kept else await self._receive()


async def _read_first(receive: Receive) -> Receive:
    kept: list[Message] = []
    size = 0
    while size < READ_FIRST_BYTES:
        message = await receive()
        kept.append(message)
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break

    async def again() -> Message:
        return kept.pop(0) if kept else await receive()

    return again


def _has_body(scope: Scope) -> bool:
    return scope["method"] not in ("GET", "HEAD") and any(
        (name == b"content-length" and value != b"0") or name == b"transfer-encoding"
        for name, value in scope["headers"]
    )


def _cookie(scope: Scope) -> str | None:
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    for name, value in headers:
        if name == b"cookie" and COOKIE in value:
            for part in value.split(b";"):
                key, _, written = part.strip().partition(b"=")
                if key == COOKIE:
                    return written.decode("latin-1")
    return None
