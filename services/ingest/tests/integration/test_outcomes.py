from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.bootstrap import create_consumers
from qof_shared.contracts import Event, ExtractRejected, Fault, ReportPublished, new_event
from qof_shared.errors import PermanentError
from qof_shared.messaging.topology import QUEUES
from qof_shared.testing.fakes import NOON

pytestmark = pytest.mark.needs_postgres

QUEUE = "ingest.outcomes"


def rejected(extract_id: UUID) -> Event:
    content = ExtractRejected(
        extract_id=extract_id,
        extract_number=1,
        collection="QOF-2012-13-SCOTLAND",
        practice="10002",
        ruleset="scotland-2012-13",
        rejected_at=NOON,
        reasons=[Fault(pointer="/indicators/0", rule="indicator-unknown", message="Leave it out.")],
    )
    return new_event(content, occurred_at=NOON, correlation_id=str(extract_id))


def reported(extract_id: UUID) -> Event:
    content = ReportPublished(
        collection="QOF-2012-13-SCOTLAND",
        practice="10002",
        version=1,
        digest="1" * 64,
        extract_id=extract_id,
        extract_number=1,
        entitlement_id=uuid4(),
        published_at=NOON,
    )
    return new_event(content, occurred_at=NOON, correlation_id=str(extract_id))


def test_every_queue_of_ours_has_its_handlers(engine: AsyncEngine) -> None:
    assert set(create_consumers(engine)) == {queue.name for queue in QUEUES if queue.service == "ingest"}


async def test_a_supplier_reads_what_became_of_the_extract(
    engine: AsyncEngine, client: httpx.AsyncClient, make_extract: Callable[..., Any]
) -> None:
    receipt = (await client.post("/v1/extracts", json=make_extract())).json()
    url = receipt["links"]["self"]
    before = await client.get(url)
    apply = create_consumers(engine)[QUEUE]
    event = rejected(UUID(receipt["extract_id"]))
    await apply(QUEUE, [event])
    await apply(QUEUE, [event])

    after = await client.get(url, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    told = after.json()
    assert (told["status"], [entry["stage"] for entry in told["journey"]]) == ("rejected", ["accepted", "rejected"])
    assert told["reasons"] == [{"pointer": "/indicators/0", "rule": "indicator-unknown", "message": "Leave it out."}]
    same = await client.get(url, headers={"If-None-Match": f'"other", W/{after.headers["etag"]}'})
    assert (same.status_code, same.content) == (304, b"")

    progress = (await client.get(receipt["links"]["progress"])).json()
    assert (progress["accepted"], progress["rejected"], progress["in_flight"]) == (1, 1, 0)

    await apply(QUEUE, [reported(UUID(receipt["extract_id"]))])
    told = (await client.get(url)).json()
    assert (told["status"], told["reasons"]) == ("reported", [])


async def test_an_unknown_extract_costs_only_its_own_event(
    engine: AsyncEngine, client: httpx.AsyncClient, make_extract: Callable[..., Any]
) -> None:
    extract_id = UUID((await client.post("/v1/extracts", json=make_extract())).json()["extract_id"])
    apply = create_consumers(engine)[QUEUE]
    good, bad = reported(extract_id), reported(uuid4())
    with pytest.raises(PermanentError):
        await apply(QUEUE, [good, bad])
    await apply(QUEUE, [good])  # what the consumer does: one by one
    with pytest.raises(PermanentError):
        await apply(QUEUE, [bad])
    assert (await client.get(f"/v1/extracts/{extract_id}")).json()["status"] == "reported"
