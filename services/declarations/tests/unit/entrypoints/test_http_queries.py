"""A disagreement over the wire: raised, answered, withdrawn; files only ever saved."""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from qof_declarations.core.attachment import LARGEST
from qof_declarations.entrypoints.http_problems import add_declarations_problems
from qof_declarations.entrypoints.http_queries import queries_router
from qof_declarations.testing.asking import as_person
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    EVERYBODY,
    OTHER_APPROVER,
    OURS,
    USER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.http.app import create_app as create_shared_app
from qof_shared.testing.fakes import NOON, FakePeople

PATH = f"/v1/collections/{COLLECTION}/practices/{OURS}/queries"
PDF = b"%PDF-1.7 evil? <script>alert(1)</script>"
WANTED = {"indicators": ["AF 4"], "comment": "Twelve patients left.", "evidence": "See the file."}


def attached(content: bytes = PDF, name: str = "Über 1.pdf", media_type: str = "application/pdf") -> dict[str, str]:
    return {"name": name, "media_type": media_type, "content": b64encode(content).decode()}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    database = FakeDeclarationsUnitOfWork()
    await World(lambda: database).tell(make_directory(), make_collection(), make_achievement(), make_entitlement())
    people = FakePeople({person.person: person for person in EVERYBODY})
    router = queries_router(new_unit_of_work=lambda: database, people=people, now=lambda: NOON)
    app = create_shared_app(title="t", version="1", description="", routers=[router], checks={})
    add_declarations_problems(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t") as client:
        yield client


async def test_a_query_is_raised_answered_and_read(client: httpx.AsyncClient) -> None:
    body = WANTED | {"attachments": [attached()]}
    raised = await client.post(PATH, json=body, headers=as_person(USER))
    again = await client.post(PATH, json=body, headers=as_person(DECLARER))
    assert (raised.status_code, again.status_code, again.json()) == (201, 200, raised.json())
    query = raised.json()
    assert (query["state"], query["number"], query["resolution"]) == ("open", 1, None)
    answered = await client.post(
        f"{PATH}/{query['query_id']}/answer",
        json={"accepted": False, "answer": "They left in April."},
        headers=as_person(APPROVER),
    )
    assert (answered.status_code, answered.json()["resolution"]["text"]) == (200, "They left in April.")
    listed = (await client.get(PATH, headers=as_person(DECLARER))).json()["queries"]
    assert [one["state"] for one in listed] == ["rejected"]
    closed = await client.post(f"{PATH}/{query['query_id']}/withdraw", headers=as_person(USER))
    assert (closed.status_code, closed.json()["state"]) == (409, "rejected")


async def test_an_attachment_is_only_ever_saved(client: httpx.AsyncClient) -> None:
    raised = await client.post(PATH, json=WANTED | {"attachments": [attached()]}, headers=as_person(USER))
    [file] = raised.json()["attachments"]
    answer = await client.get(file["href"], headers=as_person(APPROVER))
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%9Cber%201.pdf"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await client.get(file["href"], headers=as_person(OTHER_APPROVER))).status_code == 404
    assert (await client.get(f"{PATH}/{uuid4()}/attachments/0", headers=as_person(USER))).status_code == 404


@pytest.mark.parametrize(
    ("attachments", "pointer"),
    [
        ([attached(b"<html>")], "/attachments/0/content"),
        ([attached(b"MZ\x00", "a.txt", "text/plain")], "/attachments/0/content"),
        ([attached(b"")], "/attachments/0/content"),
        ([attached(b"%PDF-" + b"x" * (LARGEST - 4))], "/attachments/0/content"),
        ([attached(name="a.exe")], "/attachments/0/name"),
        ([attached(name="../a.pdf")], "/attachments/0/name"),
        ([attached(name="a\nb.pdf")], "/attachments/0/name"),
    ],
)
async def test_what_may_not_be_attached_is_refused(
    client: httpx.AsyncClient, attachments: list[dict[str, str]], pointer: str
) -> None:
    answer = await client.post(PATH, json=WANTED | {"attachments": attachments}, headers=as_person(USER))
    assert (answer.status_code, answer.json()["type"]) == (422, "https://openqof.org/problems/invalid-query")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "change",
    [
        {"attachments": [attached()] * 6},
        {"attachments": [attached(media_type="text/html")]},
        {"attachments": [attached() | {"content": "no base64!"}]},
        {"indicators": []},
        {"comment": ""},
    ],
)
async def test_what_does_not_fit_the_schema_is_refused(client: httpx.AsyncClient, change: dict[str, Any]) -> None:
    answer = await client.post(PATH, json=WANTED | change, headers=as_person(USER))
    assert answer.status_code == 422, answer.text


async def test_exactly_one_mebibyte_may_be_attached(client: httpx.AsyncClient) -> None:
    largest = attached(b"%PDF-" + b"x" * (LARGEST - 5))
    answer = await client.post(PATH, json=WANTED | {"attachments": [largest] * 5}, headers=as_person(USER))
    assert answer.status_code == 201, answer.text
