import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.entrypoints.http_schemas import ReceiptModel
from qof_shared.db.engine import create_engine
from qof_shared.testing.waiting import until

pytestmark = pytest.mark.needs_postgres

MakeExtract = Callable[..., dict[str, Any]]
Query = Callable[..., Any]
OpenClient = Callable[..., Any]

URL = "/v1/extracts"
BULK = "/v1/extracts/bulk"
NDJSON = {"Content-Type": "application/x-ndjson"}
OUTBOX = "SELECT count(*) FROM outbox WHERE routing_key = 'extract.accepted.v1'"


@pytest.fixture
def make_lines(make_extract: MakeExtract) -> Callable[[int], list[bytes]]:
    """So many different extracts, each a line."""
    return lambda count: [json.dumps(make_extract(list_size=size)).encode() + b"\n" for size in range(1, count + 1)]


MakeLines = Callable[[int], list[bytes]]


async def post(client: httpx.AsyncClient, content: bytes | AsyncIterator[bytes]) -> list[dict[str, Any]]:
    answer = await client.post(BULK, content=content, headers=NDJSON)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_a_broken_line_harms_no_neighbour(
    client: httpx.AsyncClient, make_lines: MakeLines, make_extract: MakeExtract, query: Query
) -> None:
    lines = make_lines(200)
    lines[10:10] = [
        b"\n",
        b"{\n",
        json.dumps(make_extract(practice="10017")).encode() + b"\r\n",
        b" " * 2_000_000 + b"x\n",
    ]
    *told, last = await post(client, b"".join(lines))
    assert last["summary"] == {"accepted": 200, "replayed": 0, "refused": 3, "complete": True}
    assert [one["line"] for one in told] == [line for line in range(1, 205) if line != 11]
    refused = {one["line"]: one["problem"]["type"].rpartition("/")[2] for one in told if one["status"] != 202}
    assert refused == {12: "malformed-json", 13: "extract-refused", 14: "extract-too-large"}
    assert len(await query("SELECT 1 FROM extracts")) == 200
    assert (await query(OUTBOX))[0][0] == 200


async def test_a_line_is_what_a_single_post_would_be(
    client: httpx.AsyncClient, make_lines: MakeLines, query: Query
) -> None:
    (line,) = make_lines(1)
    single = await client.post(URL, content=line.rstrip(b"\n"), headers={"Content-Type": "application/json"})
    told, _ = await post(client, line)
    assert told["replayed"] is True
    assert told["receipt"] == single.json()
    assert ReceiptModel.model_validate(told["receipt"]).digest == single.json()["digest"]
    assert len(await query("SELECT 1 FROM extracts")) == 1


async def test_thousands_of_lines_from_a_client_that_reads_when_it_has_sent_them(
    server: httpx.AsyncClient, make_lines: MakeLines, query: Query
) -> None:
    content = b"".join(make_lines(5000))
    *told, last = await post(server, content)
    assert last["summary"] == {"accepted": 5000, "replayed": 0, "refused": 0, "complete": True}
    assert [one["line"] for one in told] == list(range(1, 5001))
    *again, last = await post(server, content)
    assert last["summary"] == {"accepted": 0, "replayed": 5000, "refused": 0, "complete": True}
    assert [one["receipt"] for one in again] == [one["receipt"] for one in told]
    assert (await query(OUTBOX))[0][0] == 5000


async def test_a_request_that_was_cut_off_is_sent_again_without_a_duplicate(
    server: httpx.AsyncClient, make_lines: MakeLines, query: Query
) -> None:
    lines = make_lines(1000)
    cut = b"".join(lines[:600]) + lines[600][:50]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.base_url.port)
    head = f"POST {BULK} HTTP/1.1\r\nHost: ingest\r\nAuthorization: {server.headers['authorization']}\r\n"
    head += f"Content-Type: application/x-ndjson\r\nContent-Length: {sum(map(len, lines))}\r\n\r\n"
    writer.write(head.encode() + cut)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200"), "some have been answered"
    writer.close()
    await writer.wait_closed()
    *told, last = await post(server, b"".join(lines))
    assert Counter(one["status"] for one in told) == {202: 1000}
    assert last["summary"]["accepted"] + last["summary"]["replayed"] == 1000
    assert last["summary"]["replayed"] >= 1
    (counts,) = await query("SELECT count(*), count(DISTINCT digest) FROM extracts")
    assert tuple(counts) == (1000, 1000)
    assert (await query(OUTBOX))[0][0] == 1000


async def test_replicas_given_the_same_lines_at_once_give_one_receipt_each(
    engine: AsyncEngine, open_client: OpenClient, make_lines: MakeLines, query: Query
) -> None:
    lines = make_lines(300)
    async with open_client(engine) as one, open_client(engine) as other, open_client(engine) as third:
        told, reversed_, singles = await asyncio.gather(
            post(one, b"".join(lines)),
            post(other, b"".join(reversed(lines))),
            asyncio.gather(
                *(third.post(URL, content=line.strip(), headers={"Content-Type": "application/json"}) for line in lines)
            ),
        )
    receipts = [answer["receipt"] for answer in told[:-1]]
    assert receipts == [answer["receipt"] for answer in reversed(reversed_[:-1])]
    assert receipts == [answer.json() for answer in singles]
    assert len({receipt["extract_id"] for receipt in receipts}) == 300
    assert len(await query("SELECT 1 FROM extracts")) == 300
    assert (await query(OUTBOX))[0][0] == 300


@pytest.mark.parametrize(
    ("headers", "status", "slug"),
    [
        ({"Authorization": "Bearer nobody"}, 401, "unauthorised"),
        ({"Content-Type": "application/json"}, 415, "unsupported-media-type"),
        ({"Content-Encoding": "gzip"}, 415, "unsupported-media-type"),
        ({"Idempotency-Key": "k-1"}, 400, "idempotency-key-invalid"),
    ],
)
async def test_what_cannot_be_read_is_refused_before_it_is(
    client: httpx.AsyncClient, headers: dict[str, str], status: int, slug: str
) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await client.post(BULK, content=unread(), headers={**NDJSON, **headers})
    assert answer.status_code == status
    assert answer.json()["type"].endswith(f"/{slug}")


async def test_while_the_database_is_away_it_says_so_and_the_same_request_succeeds_later(
    wire: Any, engine: AsyncEngine, open_client: OpenClient, make_lines: MakeLines, query: Query
) -> None:
    lines = make_lines(400)
    through_wire = create_engine(wire.url, pool_size=5)

    async def some_are_kept() -> bool:
        return bool(await query("SELECT 1 FROM extracts"))

    async def cut_in_the_middle() -> AsyncIterator[bytes]:
        yield b"".join(lines[:200])
        await until(some_are_kept)
        await wire.cut()
        yield b"".join(lines[200:])

    async with open_client(through_wire) as client:
        *told, stopped, last = await post(client, cut_in_the_middle())
        assert {one["status"] for one in told} <= {202}
        assert (stopped["line"], stopped["status"]) == (len(told) + 1, 503)
        assert last["summary"]["complete"] is False
        kept = {row.digest for row in await query("SELECT digest FROM extracts")}
        assert {one["receipt"]["digest"] for one in told} <= kept, "what was answered is safe"
        await wire.mend()

        async def all_taken() -> bool:
            return (await post(client, b"".join(lines)))[-1]["summary"]["complete"] is True

        await until(all_taken)
    assert len(await query("SELECT 1 FROM extracts")) == 400
    assert (await query(OUTBOX))[0][0] == 400
    await through_wire.dispose()
