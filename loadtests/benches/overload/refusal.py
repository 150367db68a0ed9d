"""What does it cost to tell somebody to come back? `python -m loadtests.benches.overload.refusal`.

Processor time of the door alone, and of the application around it, without the server that reads and writes sockets.
"""

import asyncio
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qof_declarations.entrypoints.web.in_queue import QueuePages
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.worth import declarations_worth
from qof_shared.http.admission import Admission, Limits, Worth
from qof_shared.http.app import create_app
from qof_shared.http.shedding import Door, Shedding
from qof_shared.http.tickets import Tickets

REFUSED = 10_000
HEADERS = [(b"host", b"127.0.0.1"), (b"cookie", b"qof=abc"), (b"accept", b"text/html")]


async def microseconds(app: ASGIApp, path: str) -> float:
    """Of a refusal, on average."""
    told = 0

    async def receive() -> Message:
        raise AssertionError("whoever is told to come back is not read")

    async def send(message: Message) -> None:
        nonlocal told
        told += message.get("status") == 503

    began = time.process_time()
    for _ in range(REFUSED):
        scope: Scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": list(HEADERS)}
        await app(scope, receive, send)
    took = time.process_time() - began
    if told != REFUSED:
        raise AssertionError(f"{told} of {REFUSED} were told to come back")
    return took / REFUSED * 1e6


async def nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("nobody gets in")


async def measure() -> None:
    tickets = Tickets("a bench's")
    refuse = QueuePages(Pages(), tickets, is_https=False).refuse
    door = Door(Admission(Limits(in_hand=1, waiting=0)), declarations_worth("qof"), tickets, refuse, "bench")
    door.admission.ask(Worth.SIGN, 0.0, 0.0)  # takes the one place, for good
    whole = create_app(title="bench", version="1", description="", routers=[], checks={}, door=door)
    practice = "/collections/england-2012-13/practices/A81001"
    for kind, path in (("a page", f"{practice}/report"), ("a problem", f"/v1{practice}/report")):
        alone, around = await microseconds(Shedding(nobody, door=door), path), await microseconds(whole, path)
        print(f"{kind}: the door {alone:,.0f} us, with the application around it {around:,.0f} us")


if __name__ == "__main__":
    asyncio.run(measure())
