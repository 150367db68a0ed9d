"""What goes wrong with what was sent is logged with its ids, and without what was sent."""

import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.bootstrap import create_app
from qof_shared.observability.logging import IdsAndNoBodies

pytestmark = pytest.mark.needs_postgres

SECRET = "typed-by-somebody-in-a-practice"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that a process would log, as it would."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(IdsAndNoBodies("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


@pytest.fixture
async def client(engine: AsyncEngine, emis_token: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(engine)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {emis_token}", "X-Correlation-Id": "asked-by-emis"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=headers) as opened,
    ):
        yield opened


async def test_nothing_that_was_sent_is_logged_whatever_goes_wrong(
    client: httpx.AsyncClient,
    make_extract: Callable[..., dict[str, Any]],
    query: Callable[..., Any],
    log: io.StringIO,
    emis_token: str,
) -> None:
    # PostgreSQL refuses the row, and repeats all of it: key, practice and body.
    await query(f"ALTER TABLE extracts ADD CONSTRAINT refused CHECK (idempotency_key <> '{SECRET}') NOT VALID")
    refused = await client.post("/v1/extracts", json=make_extract(), headers={"Idempotency-Key": SECRET})
    assert refused.status_code == 500
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    errors = [line for line in lines if line["levelname"] == "ERROR"]
    assert errors, "a fault of ours is logged"
    assert errors[0]["correlation_id"] == "asked-by-emis"
    assert "23514 extracts refused" in errors[0]["exc_info"]

    unknown = {"Authorization": f"Bearer {SECRET}-as-a-token"}
    answers = [
        await client.post("/v1/extracts", json=make_extract(), headers=unknown),
        await client.post("/v1/extracts", content=f'{{"practice": "{SECRET}"', headers=JSON),
        await client.post("/v1/extracts", json=make_extract(practice=SECRET)),
        await client.post("/v1/extracts", json=make_extract(list_size=SECRET)),
        await client.post("/v1/extracts", json=make_extract() | {SECRET: SECRET}),
        await client.post(
            "/v1/extracts/bulk",
            content=json.dumps(make_extract(registers={SECRET: 1})) + f'\n{{"{SECRET}"\n',
            headers={"Content-Type": "application/x-ndjson"},
        ),
        await client.get(f"/v1/extracts/{SECRET}"),
        await client.get(f"/v1/collections/{SECRET}/progress"),
    ]
    assert {answer.status_code for answer in answers} <= {200, 400, 401, 404, 422}
    assert SECRET not in log.getvalue()
    assert emis_token not in log.getvalue()
    assert json.dumps(make_extract())[:40] not in log.getvalue()
