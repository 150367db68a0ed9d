"""What does a browser see that has to come back? A page that waits for it, written beforehand: next to no work.

A form that has to wait comes back to us by itself, from a page that holds what was typed: it carries its token and what
its person saw, so that it is done once, however often it comes.
"""

from collections.abc import Sequence
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from qof_declarations.entrypoints.web.app import API
from qof_declarations.entrypoints.web.asking import FORM_BYTES
from qof_declarations.entrypoints.web.pages import BODY, Pages
from qof_declarations.entrypoints.web.safety import page_headers
from qof_shared.http.outside import Told
from qof_shared.http.shedding import refuse_with_problem, ticket_cookie
from qof_shared.http.tickets import Tickets

HOUR_S, MINUTE_S = 3600, 60


class QueuePages:
    """Tells people to wait, and programs and scripts to come back."""

    def __init__(self, pages: Pages, tickets: Tickets, *, form_targets: Sequence[str] = (), is_https: bool) -> None:
        self._pages = pages
        self._tickets = tickets
        self._is_https = is_https
        self._headers = [
            *(
                (name, value)
                for name, value in page_headers(form_targets, is_https=is_https)
                if name != b"cache-control"
            ),
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-store"),
        ]
        page = pages.alone("errors/in_queue.html", asking=None, told=BODY)
        self._before, _, self._after = page.partition(str(BODY).encode())

    async def refuse(self, scope: Scope, receive: Receive, send: Send, told: Told) -> None:
        """503 in the way that suits who asks."""
        if scope["path"].startswith(API) or _is_script(scope):
            await refuse_with_problem(scope, receive, send, told)
        elif scope["method"] in ("GET", "HEAD"):
            said = "".join(f"<p>{sentence}</p>" for sentence in sentences(told)).encode()
            # Without an address it is this one that is loaded again.
            refresh = (b"refresh", b"%d" % told.seconds)
            await self._send(send, b"".join((self._before, said, self._after)), told, [refresh])
        else:
            await self._send(send, await self._form_page(Request(scope, receive), told), told, [])

    async def _form_page(self, request: Request, told: Told) -> bytes:
        typed = await _typed(request)
        if typed is None:
            return self._pages.alone("errors/form_not_taken.html", asking=None)
        query = f"?{request.url.query}" if request.url.query else ""
        return self._pages.alone(
            "errors/form_in_queue.html",
            asking=None,
            action=quote(request.url.path) + query,
            typed=typed,
            seconds=told.seconds,
            sentences=sentences(told),
        )

    async def _send(self, send: Send, body: bytes, told: Told, more: Sequence[tuple[bytes, bytes]]) -> None:
        headers = [
            *self._headers,
            (b"content-length", b"%d" % len(body)),
            (b"retry-after", b"%d" % told.seconds),
            ticket_cookie(self._tickets.write(told.ticket), is_https=self._is_https),
            *more,
        ]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def sentences(told: Told) -> list[str]:
    """How many are before them, and how long it takes, as far as anybody knows."""
    if told.before == 0:
        return ["You are at the front of the queue.", f"This page looks again in {told.seconds} seconds."]
    people = "1 person is" if told.before == 1 else f"About {_rounded(told.before):,} people are"
    return [f"{people} before you.", f"{_time_to_go(told.through_in)} This page looks again in {told.seconds} seconds."]


def _time_to_go(seconds: float | None) -> str:
    if seconds is None or seconds > HOUR_S:
        return "We cannot say yet how long it takes."
    if seconds < MINUTE_S:
        return "It takes less than a minute."
    minutes = -(-int(seconds) // MINUTE_S)
    return f"It takes about {minutes} {'minute' if minutes == 1 else 'minutes'}."


def _rounded(people: int) -> int:
    """Two figures: more would not be true."""
    unit: int = 10 ** max(0, len(str(people)) - 2)
    return round(people / unit) * unit


def _is_script(scope: Scope) -> bool:
    """A script asked, not a person: it cannot show a page. Old browsers do not say; they get the page."""
    return any(name == b"sec-fetch-mode" and value != b"navigate" for name, value in scope["headers"])


async def _typed(request: Request) -> list[tuple[str, str]] | None:
    """What the form holds, in its order; None where it has files, or is too large to be given back."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > FORM_BYTES:
        return None
    typed: list[tuple[str, str]] = []
    for name, value in (await request.form(max_part_size=FORM_BYTES)).multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                return None
        else:
            typed.append((name, value))
    return typed
