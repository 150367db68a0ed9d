"""The ledger as Prometheus reads it, on a real database."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters.ledger import ledger_sampler
from qof_shared.observability.metrics import REGISTRY

pytestmark = pytest.mark.needs_postgres

Query = Callable[..., Any]


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def now() -> datetime:
    return datetime.now(UTC)


async def reach(query: Query, extract_id: str, stage: str) -> None:
    await query(
        "INSERT INTO journey (extract_id, stage, at, detail, supplier, collection)"
        " SELECT extract_id, $2, now(), '{}', supplier, collection FROM extracts WHERE extract_id = $1::uuid",
        extract_id,
        stage,
    )


async def test_each_extract_counts_once_by_how_far_it_came(
    client: httpx.AsyncClient, engine: AsyncEngine, make_extract: Callable[..., Any], query: Query
) -> None:
    ids = []
    for list_size in range(1000, 1005):
        answer = await client.post(
            "/v1/extracts", json=make_extract(list_size=list_size), headers={"Idempotency-Key": uuid4().hex}
        )
        ids.append(answer.json()["extract_id"])
    await reach(query, ids[0], "calculated")
    await reach(query, ids[1], "calculated")
    await reach(query, ids[1], "reported")
    await reach(query, ids[2], "rejected")
    await reach(query, ids[3], "rejected")  # and calculated after all, with mended rules
    await reach(query, ids[3], "calculated")
    await query("UPDATE extracts SET amends = $1::uuid WHERE extract_id = $2::uuid", ids[0], ids[3])
    await query("UPDATE extracts SET received_at = now() - interval '90 seconds' WHERE extract_id = $1::uuid", ids[4])

    await ledger_sampler(engine, now).refresh()

    stages = ("accepted", "calculated", "reported", "rejected")
    counted = {stage: value("openqof_ledger_extracts", supplier="emis", stage=stage) for stage in stages}
    # The fourth is the first, accepted again: one extract for its supplier, and so for everybody.
    assert counted == {"accepted": 4, "calculated": 2, "reported": 1, "rejected": 1}
    assert value("openqof_ledger_in_flight") == 1
    assert 90 <= (value("openqof_ledger_oldest_in_flight_age_seconds") or 0) < 100


async def test_ledger_of_an_empty_database_is_nothing_in_flight(engine: AsyncEngine) -> None:
    await ledger_sampler(engine, now).refresh()
    assert value("openqof_ledger_in_flight") == 0
    assert value("openqof_ledger_oldest_in_flight_age_seconds") == 0
