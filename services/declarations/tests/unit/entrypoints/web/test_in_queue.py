"""What people read while they wait, and what a form carries that has to be sent again."""

from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.types import Message

from qof_declarations.entrypoints.web.in_queue import QueuePages, sentences
from qof_declarations.entrypoints.web.pages import Pages
from qof_shared.http.admission import Worth
from qof_shared.http.outside import Ticket, Told
from qof_shared.http.tickets import Tickets

TICKETS = Tickets("a secret")
TICKET = Ticket(1_775_116_800.0, 1_775_116_812, Worth.ARRIVE)


def told(before: int, through_in: float | None) -> Told:
    return Told(TICKET, 12, before, through_in)


@pytest.mark.parametrize(
    ("before", "through_in", "said"),
    [
        (0, 0.0, "You are at the front of the queue. This page looks again in 12 seconds."),
        (1, 1.0, "1 person is before you. It takes less than a minute. This page looks again in 12 seconds."),
        (37, 61.0, "About 37 people are before you. It takes about 2 minutes. This page looks again in 12 seconds."),
        (
            6243,
            60.0,
            "About 6,200 people are before you. It takes about 1 minute. This page looks again in 12 seconds.",
        ),
        (99, None, "About 99 people are before you. We cannot say yet how long it takes."),
        (99, 9e9, "About 99 people are before you. We cannot say yet how long it takes."),
    ],
)
def test_what_is_said(before: int, through_in: float | None, said: str) -> None:
    assert " ".join(sentences(told(before, through_in))).startswith(said)


async def refused(method: str, path: str, body: bytes = b"", *, is_https: bool = False, **headers: str) -> Any:
    """Status, headers and body of the answer."""
    answer: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        answer.append(message)

    sent = {"content-length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"a=1&b=2",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }
    await QueuePages(Pages(), TICKETS, is_https=is_https).refuse(scope, receive, send, told(40, 90.0))
    said = {name.decode(): value.decode() for name, value in answer[0]["headers"]}
    return answer[0]["status"], said, answer[1]["body"].decode()


async def test_a_page_waits_by_itself_on_the_same_address_with_its_ticket_and_all_safety_headers() -> None:
    status, headers, body = await refused("GET", "/collections/c/practices/p/report", is_https=True)
    assert status == 503
    assert (headers["refresh"], headers["retry-after"], headers["cache-control"]) == ("12", "12", "no-store")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["set-cookie"].startswith(f"qof-turn={TICKETS.write(TICKET)};")
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in headers["set-cookie"].split(";")}
    assert "About 40 people are before you" in body
    assert int(headers["content-length"]) == len(body.encode()) < 4000


async def test_a_form_comes_back_with_all_its_fields_in_order_and_nothing_of_them_runs() -> None:
    typed = [("csrf", "abc"), ("declaration", "1"), ("declaration", "2"), ("statement", '"><script>x</script>')]
    kind = "application/x-www-form-urlencoded"
    _, headers, body = await refused("POST", "/c/sign", urlencode(typed).encode(), content_type=kind)
    assert "refresh" not in headers  # a browser would ask whether to send the form again
    assert 'action="/c/sign?a=1&amp;b=2" method="post" data-again="12"' in body
    assert body.index('value="abc"') < body.index('name="declaration" value="1"') < body.index('value="2"')
    assert "&#34;&gt;&lt;script&gt;" in body
    assert "<script>x" not in body


@pytest.mark.parametrize("size", ["2000000", "many", ""])
async def test_a_form_that_is_too_large_to_be_given_back_is_not_taken(size: str) -> None:
    _, headers, body = await refused("POST", "/c/queries", b"a=b", content_length=size)
    assert "Your files were not taken" in body
    assert "refresh" not in headers


@pytest.mark.parametrize(("path", "headers"), [("/v1/x", {}), ("/c/draft", {"sec_fetch_mode": "cors"})])
async def test_programs_and_scripts_get_a_problem(path: str, headers: dict[str, str]) -> None:
    _, said, body = await refused("POST", path, b"a=b", **headers)
    assert said["content-type"] == "application/problem+json"
    assert "set-cookie" not in said
    assert "overloaded" in body
