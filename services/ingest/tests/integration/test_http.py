import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from qof_ingest.adapters import intake
from qof_ingest.entrypoints.http_schemas import ExtractModel, ProgressModel, ReceiptModel
from qof_shared.db.bodies import unpack
from qof_shared.db.engine import create_engine
from qof_shared.http.problems import ProblemModel

pytestmark = pytest.mark.needs_postgres

MakeExtract = Callable[..., dict[str, Any]]
Query = Callable[..., Any]
OpenClient = Callable[[AsyncEngine], AbstractAsyncContextManager[httpx.AsyncClient]]

URL = "/v1/extracts"
JSON = {"Content-Type": "application/json"}


def problem(answer: httpx.Response, status: int, slug: str) -> ProblemModel:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = ProblemModel.model_validate(answer.json())
    assert told.type.endswith(f"/{slug}")
    return told


async def test_a_receipt_names_what_is_kept(client: httpx.AsyncClient, make_extract: MakeExtract, query: Query) -> None:
    body = json.dumps(make_extract(), indent=2).encode()
    answer = await client.post(URL, content=body, headers=JSON)
    assert answer.status_code == 202
    receipt = ReceiptModel.model_validate_json(answer.content)
    assert answer.headers["location"] == receipt.links.self == f"/v1/extracts/{receipt.extract_id}"
    assert "idempotent-replayed" not in answer.headers
    assert receipt.digest == hashlib.sha256(body).hexdigest()
    (row,) = await query("SELECT extract_number, body, digest FROM extracts")
    assert (row.extract_number, unpack(row.body), row.digest) == (receipt.extract_number, body, receipt.digest)
    assert len(await query("SELECT 1 FROM outbox WHERE routing_key = 'extract.accepted.v1'")) == 1


async def test_the_same_content_again_gets_the_same_receipt_to_the_byte(
    client: httpx.AsyncClient, make_extract: MakeExtract, query: Query
) -> None:
    first, again = [await client.post(URL, json=make_extract()) for _ in range(2)]
    assert again.status_code == 202
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await query("SELECT 1 FROM extracts")) == 1


async def test_a_key_with_other_content_is_refused_and_the_first_stays(
    client: httpx.AsyncClient, make_extract: MakeExtract, query: Query
) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = await client.post(URL, json=make_extract(), headers=headers)
    problem(await client.post(URL, json=make_extract(list_size=1), headers=headers), 422, "idempotency-key-reused")
    again = await client.post(URL, json=make_extract(), headers=headers)
    assert again.content == first.content
    restored = await client.post(URL, json=make_extract(), headers={"Idempotency-Key": "k-2"})
    assert restored.json()["extract_number"] > first.json()["extract_number"]
    superseded = (await client.get(first.headers["location"])).json()
    assert superseded["superseded_by"] == restored.json()["extract_id"]


async def test_a_hundred_posts_of_one_extract_are_one_extract(
    client: httpx.AsyncClient, make_extract: MakeExtract, query: Query
) -> None:
    answers = await asyncio.gather(*(client.post(URL, json=make_extract()) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert len(await query("SELECT 1 FROM extracts")) == 1
    assert len(await query("SELECT 1 FROM outbox WHERE routing_key = 'extract.accepted.v1'")) == 1


async def test_two_processes_given_the_same_extracts_keep_each_once(
    engine: AsyncEngine, open_client: OpenClient, make_extract: MakeExtract, query: Query
) -> None:
    documents = [make_extract(list_size=size) for size in range(1, 51)]
    async with open_client(engine) as one, open_client(engine) as other:
        answers = await asyncio.gather(
            *(one.post(URL, json=document) for document in documents),
            *(other.post(URL, json=document) for document in reversed(documents)),
        )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 50
    assert len(await query("SELECT 1 FROM extracts")) == 50


@pytest.mark.parametrize("table", ["extracts", "outbox"])
async def test_no_receipt_is_given_for_what_is_not_committed(
    client: httpx.AsyncClient, make_extract: MakeExtract, query: Query, table: str
) -> None:
    """The commit itself fails, after every statement went well."""
    await query("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'")
    await query(
        f"CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    with suppress(Exception):  # the test transport raises what a server would answer with 500
        assert (await client.post(URL, json=make_extract())).status_code == 500
    assert await query("SELECT 1 FROM extracts") == []
    assert await query("SELECT 1 FROM outbox WHERE routing_key = 'extract.accepted.v1'") == []
    await query(f"DROP TRIGGER refuse ON {table}")
    answer = await client.post(URL, json=make_extract())
    assert (answer.status_code, answer.headers.get("idempotent-replayed")) == (202, None)


async def test_a_receipt_waits_for_the_commit(
    client: httpx.AsyncClient, engine: AsyncEngine, make_extract: MakeExtract, query: Query
) -> None:
    async with engine.connect() as blocker:
        await blocker.exec_driver_sql("LOCK TABLE outbox IN SHARE MODE")
        posting = asyncio.create_task(client.post(URL, json=make_extract()))
        while not await query("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'outbox'::regclass"):
            assert not posting.done()
        await blocker.rollback()
    answer = await posting
    assert answer.status_code == 202
    assert len(await query("SELECT 1 FROM extracts")) == 1


async def test_one_bad_row_does_not_hurt_its_neighbours(
    client: httpx.AsyncClient, make_extract: MakeExtract, query: Query
) -> None:
    await query("ALTER TABLE extracts ADD CHECK (idempotency_key <> 'bad')")
    keys = [f"good-{number}" for number in range(10)] + ["bad"] + [f"fine-{number}" for number in range(10)]
    answers = await asyncio.gather(
        *(client.post(URL, json=make_extract(), headers={"Idempotency-Key": key}) for key in keys),
        return_exceptions=True,
    )
    answered = [answer for answer in answers if isinstance(answer, httpx.Response)]
    assert [answer.status_code for answer in answered] == [202] * 20
    assert len(await query("SELECT 1 FROM extracts")) == 20


async def test_every_fault_of_an_extract_is_named(client: httpx.AsyncClient, make_extract: MakeExtract) -> None:
    wrong = make_extract(practice="10017", achievement_date="2013-03-30", list_size=0)
    told = problem(await client.post(URL, json=wrong), 422, "extract-refused")
    assert [fault.pointer for fault in told.errors] == ["/practice", "/achievement_date", "/list_size"]
    told = problem(await client.post(URL, json={"practice": 1}), 422, "extract-refused")
    assert len(told.errors) == 6
    told = problem(await client.post(URL, content=b'{"practice":', headers=JSON), 400, "malformed-json")
    assert "line 1 column 12" in told.errors[0].message


async def test_what_cannot_be_read_is_refused_before_it_is(client: httpx.AsyncClient) -> None:
    wrong: list[dict[str, str]] = [{}, {"Content-Type": "text/csv"}, {**JSON, "Content-Encoding": "gzip"}]
    for headers in wrong:
        problem(await client.post(URL, content=b"{}", headers=headers), 415, "unsupported-media-type")
    for key in ("", "two words", "x" * 129, "\xfc"):
        sent = httpx.Headers({**JSON, "Idempotency-Key": key}, encoding="latin-1")
        answer = await client.post(URL, content=b"{}", headers=sent)
        problem(answer, 400, "idempotency-key-invalid")


async def test_a_body_that_is_too_large_is_not_read_to_its_end(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    problem(await client.post(URL, content=endless(), headers=JSON), 413, "extract-too-large")
    assert sent < 2 * 1024 * 1024
    problem(await client.post(URL, content=b" " * (1024 * 1024 + 1), headers=JSON), 413, "extract-too-large")


@pytest.mark.parametrize("headers", [{"Authorization": ""}, {"Authorization": "Bearer nobody"}])
async def test_nobody_is_told_anything(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    for request in (
        client.post(URL, json={}, headers=headers),
        client.get(f"{URL}/7f0c1c1e-0d0e-4b59-a3ef-2c4b3c9d0c11", headers=headers),
        client.get("/v1/collections/QOF-2012-13-SCOTLAND/progress", headers=headers),
    ):
        answer = await request
        problem(answer, 401, "unauthorised")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_extract_is_shown_to_its_own_supplier_only(
    client: httpx.AsyncClient, make_extract: MakeExtract, inps_token: str
) -> None:
    location = (await client.post(URL, json=make_extract())).headers["location"]
    mine = await client.get(location)
    assert mine.headers["cache-control"] == "no-cache"
    assert ExtractModel.model_validate_json(mine.content).status == "accepted"
    problem(await client.get(location, headers={"Authorization": f"Bearer {inps_token}"}), 404, "not-found")


async def test_progress_is_ones_own(client: httpx.AsyncClient, make_extract: MakeExtract, inps_token: str) -> None:
    url = "/v1/collections/QOF-2012-13-SCOTLAND/progress"
    await client.post(URL, json=make_extract())
    mine = ProgressModel.model_validate_json((await client.get(url)).content)
    assert (mine.practices, mine.accepted, mine.in_flight) == (1, 1, 1)
    theirs = await client.get(url, headers={"Authorization": f"Bearer {inps_token}"})
    assert theirs.json()["accepted"] == 0
    problem(await client.get("/v1/collections/QOF-1899-00/progress"), 404, "not-found")


async def test_without_its_database_ingest_says_come_back_and_then_takes_the_same_request(
    wire: Any, engine: AsyncEngine, open_client: OpenClient, make_extract: MakeExtract
) -> None:
    through_wire = create_engine(wire.url, pool_size=5)
    async with open_client(through_wire) as client:
        first = await client.post(URL, json=make_extract())
        await wire.cut()
        away = [
            await client.post(URL, json=make_extract(list_size=2)),
            await client.post(URL, json=make_extract(practice="99999")),
            await client.get(first.headers["location"]),
            await client.get("/v1/collections/QOF-2012-13-SCOTLAND/progress"),
        ]
        for answer in away:
            problem(answer, 503, "unavailable")
            assert 1 <= int(answer.headers["retry-after"]) <= 5
        await wire.mend()
        assert (await client.post(URL, json=make_extract(list_size=2))).status_code == 202
        assert (await client.post(URL, json=make_extract())).content == first.content
    await through_wire.dispose()


async def test_cancelled_requests_leave_the_pool_as_it_was(
    client: httpx.AsyncClient, engine: AsyncEngine, make_extract: MakeExtract, query: Query
) -> None:
    location = (await client.post(URL, json=make_extract())).headers["location"]
    for patience in range(40):
        requests = [
            asyncio.create_task(client.post(URL, json=make_extract(list_size=patience + 2))),
            asyncio.create_task(client.post(URL, json=make_extract(practice="99999"))),
            asyncio.create_task(client.get(location)),
            asyncio.create_task(client.get("/v1/collections/QOF-2012-13-SCOTLAND/progress")),
        ]
        for _ in range(patience):
            await asyncio.sleep(0)
        for request in requests:
            request.cancel()
        await asyncio.gather(*requests, return_exceptions=True)
    answers = await asyncio.gather(*(client.post(URL, json=make_extract(list_size=1000 + n)) for n in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert isinstance(engine.sync_engine.pool, QueuePool)
    assert engine.sync_engine.pool.checkedout() == 1, "the writer keeps its own"


async def test_a_write_that_takes_too_long_is_given_up_and_the_next_one_succeeds(
    client: httpx.AsyncClient, engine: AsyncEngine, make_extract: MakeExtract, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine.connect() as blocker:
        await blocker.exec_driver_sql("LOCK TABLE extracts IN SHARE MODE")
        with monkeypatch.context() as patience:
            patience.setattr(intake, "LONGEST_WRITE", 0.2)
            problem(await client.post(URL, json=make_extract()), 503, "unavailable")
        await blocker.rollback()
    answer = await client.post(URL, json=make_extract())
    assert (answer.status_code, answer.headers.get("idempotent-replayed")) == (202, None)
