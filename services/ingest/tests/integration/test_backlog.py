import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters.repositories import KEPT_BODIES
from qof_ingest.settings import IntakeLimits
from qof_shared.db.messages import PostgresOutbox
from qof_shared.testing.waiting import until

pytestmark = pytest.mark.needs_postgres

MakeExtract = Callable[..., dict[str, Any]]
Query = Callable[..., Any]
OpenClient = Callable[..., Any]

URL = "/v1/extracts"
LIMIT, GROUP = 20, 4


@pytest.fixture
async def client(engine: AsyncEngine, open_client: OpenClient, query: Query) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an ingest that lets few events wait; the directory's are told already."""
    await query("DELETE FROM outbox")
    async with open_client(engine, IntakeLimits(outbox_limit=LIMIT, group_size=GROUP)) as opened:
        yield opened


async def fill(client: httpx.AsyncClient, make_extract: MakeExtract) -> tuple[list[httpx.Response], httpx.Response]:
    """Post different extracts until one is refused; returns what was accepted, and the refusal."""
    accepted: list[httpx.Response] = []
    for size in range(1, 2 * LIMIT):
        answer = await client.post(URL, json=make_extract(list_size=size))
        if answer.status_code != 202:
            return accepted, answer
        accepted.append(answer)
    raise AssertionError("nothing was refused")


async def test_a_full_outbox_takes_no_more_until_the_relay_has_emptied_it(
    client: httpx.AsyncClient, engine: AsyncEngine, make_extract: MakeExtract, query: Query
) -> None:
    accepted, refused = await fill(client, make_extract)
    assert len(accepted) == LIMIT
    assert refused.status_code == 503
    assert refused.json()["type"].endswith("/backlog")
    assert 5 <= int(refused.headers["retry-after"]) <= 30
    assert len(await query("SELECT 1 FROM extracts")) == LIMIT

    async with PostgresOutbox(engine, KEPT_BODIES).take(LIMIT) as batch:
        assert json.loads(batch.rows[0].body)["data"]["extract"] == make_extract(list_size=1)
        await batch.remove([row.outbox_id for row in batch.rows])
    again = make_extract(list_size=LIMIT + 1)

    async def is_taken() -> bool:
        return (await client.post(URL, json=again)).status_code == 202

    await until(is_taken)
    assert len(await query("SELECT 1 FROM extracts")) == LIMIT + 1


async def test_a_retry_of_what_was_kept_is_answered_while_the_outbox_is_full(
    client: httpx.AsyncClient, make_extract: MakeExtract
) -> None:
    accepted, _ = await fill(client, make_extract)
    again = await client.post(URL, json=make_extract(list_size=1))
    assert (again.status_code, again.headers["idempotent-replayed"]) == (202, "true")
    assert again.content == accepted[0].content


async def test_a_bulk_request_stops_where_the_outbox_is_full(
    client: httpx.AsyncClient, make_extract: MakeExtract, query: Query
) -> None:
    lines = [json.dumps(make_extract(list_size=size)) for size in range(1, 2 * LIMIT + 1)]
    headers = {"Content-Type": "application/x-ndjson"}
    answer = await client.post(f"{URL}/bulk", content="\n".join(lines), headers=headers)
    *told, stopped, last = [json.loads(line) for line in answer.text.splitlines()]
    assert LIMIT <= len(told) < LIMIT + GROUP, "the bound holds within a group"
    assert (stopped["status"], stopped["line"]) == (503, len(told) + 1)
    assert stopped["problem"]["type"].endswith("/backlog")
    assert last["summary"]["complete"] is False
    assert len(await query("SELECT 1 FROM extracts")) == len(told)
