"""What a supplier is told of a wait, over the wire."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from qof_ingest.core.waiting import Queue
from qof_ingest.entrypoints.http_waiting import waiting_router
from qof_ingest.handlers.ports import WaitingExtract
from qof_shared.http.app import create_app
from qof_shared.pace import Pace
from qof_shared.testing.fakes import NOON

COLLECTION = "QOF-2012-13-SCOTLAND"
PACE = Pace(seconds_each=0.5, extracts=1000, unevenness=1)


@pytest.fixture
async def client(known_directory: Any, queues: Any, emis_token: str) -> AsyncIterator[httpx.AsyncClient]:
    router = waiting_router(directory=known_directory, queues=queues, now=lambda: NOON, chance=lambda: 0.0)
    app = create_app(title="t", version="1", description="", routers=[router], checks={})
    headers = {"Authorization": f"Bearer {emis_token}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t", headers=headers) as one:
        yield one


async def test_an_extract_that_waits_has_a_place_and_its_times(client: httpx.AsyncClient, queues: Any) -> None:
    extract_id = uuid4()
    queues.extracts[extract_id, "emis"] = WaitingExtract(COLLECTION, 40, True)
    queues.queue = Queue(NOON, {"emis": list(range(2, 101, 2)), "inps": list(range(1, 100, 2))}, PACE)
    answer = await client.get(f"/v1/extracts/{extract_id}/waiting")
    told, forecast = answer.json(), PACE.forecast(40, NOON)
    assert forecast is not None
    assert (told["position"], told["waiting"], told["is_settled"]) == (40, 100, False)
    assert told["expected_at"] == (NOON + timedelta(seconds=20)).isoformat().replace("+00:00", "Z")
    assert told["ready_by"] == forecast.ready_by.isoformat().replace("+00:00", "Z")
    assert told["ready_by"] > told["expected_at"]
    assert answer.headers["Retry-After"] == str(told["poll_after_seconds"]) == "2"


async def test_an_extract_that_is_through_need_not_be_asked_about_again(client: httpx.AsyncClient, queues: Any) -> None:
    extract_id = uuid4()
    queues.extracts[extract_id, "emis"] = WaitingExtract(COLLECTION, 40, False)
    answer = await client.get(f"/v1/extracts/{extract_id}/waiting")
    told = answer.json()
    assert (told["is_settled"], told["position"], told["ready_by"]) == (True, None, None)
    assert "Retry-After" not in answer.headers


async def test_another_suppliers_extract_is_not_there(client: httpx.AsyncClient, queues: Any) -> None:
    extract_id = uuid4()
    queues.extracts[extract_id, "inps"] = WaitingExtract(COLLECTION, 40, True)
    answer = await client.get(f"/v1/extracts/{extract_id}/waiting")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (404, "not-found")


async def test_a_supplier_is_told_of_all_its_extracts(client: httpx.AsyncClient, queues: Any) -> None:
    queues.queue = Queue(NOON, {"emis": [1, 4], "inps": [2, 3, 5]}, PACE)
    told = (await client.get(f"/v1/collections/{COLLECTION}/waiting")).json()
    assert (told["waiting"], told["waiting_of_all"], told["last_position"]) == (2, 5, 4)
    assert (told["extracts_per_minute"], told["is_settled"]) == (120, False)
    queues.queue = Queue(NOON, {"inps": [2, 3, 5]}, None)
    told = (await client.get(f"/v1/collections/{COLLECTION}/waiting")).json()
    assert (told["waiting"], told["extracts_per_minute"], told["is_settled"]) == (0, None, True)


@pytest.mark.parametrize(("path", "status"), [("/v1/collections/none/waiting", 404), ("/v1/extracts/7/waiting", 422)])
async def test_what_is_not_there_is_a_problem(client: httpx.AsyncClient, path: str, status: int) -> None:
    assert (await client.get(path)).status_code == status


async def test_without_a_token_nothing_is_told(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/v1/collections/{COLLECTION}/waiting", headers={"Authorization": ""})
    assert answer.status_code == 401
