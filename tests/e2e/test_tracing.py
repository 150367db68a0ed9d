"""One extract, followed by one trace through every service that has to do with it."""

from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from qof_local.directory import NATIONAL_TEAM, SECOND_OF_NATIONAL_TEAM
from qof_shared.testing.plugin import Broker, NewDatabase
from qof_shared.testing.waiting import until
from tests.e2e.collector import Collector, SeenSpan, collecting
from tests.e2e.nation import COLLECTION, SmallNation, post_all
from tests.e2e.system import SERVICES, System, running

pytestmark = [pytest.mark.e2e, pytest.mark.needs_postgres, pytest.mark.needs_rabbitmq, pytest.mark.timeout(300)]

PRACTICES = 20
TRACE = "0af7651916cd43dd8448eb211c80319c"
"""A trace that a supplier has begun, by the example of the W3C's recommendation."""
CALLER = "b7ad6b7169203331"

JOURNEY = [
    ("openqof-ingest", "api", "POST /v1/extracts"),
    ("openqof-ingest", "relay", "outbox extract.accepted.v1"),
    ("openqof-ingest", "relay", "publish extract.accepted.v1"),
    ("openqof-calculator", "worker", "handle extract.accepted.v1"),
    ("openqof-calculator", "relay", "publish achievements.summed.v1"),
    ("openqof-payments", "worker", "handle achievements.summed.v1"),
    ("openqof-payments", "relay", "publish entitlement.calculated.v1"),
    ("openqof-declarations", "worker", "handle entitlement.calculated.v1"),
    ("openqof-declarations", "relay", "publish reports.published.v1"),
    ("openqof-ingest", "worker", "handle reports.published.v1"),
]
"""The last is where the supplier is told that its extract has become a report."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


@pytest.fixture
async def system(
    new_database: NewDatabase, broker: Broker, tmp_path: Path, collector: Collector
) -> AsyncIterator[System]:
    databases = {service: await new_database(f"qof_{service}") for service in SERVICES}
    told = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
        "QOF_TRACE_RATIO": "1",
        "OTEL_BSP_SCHEDULE_DELAY": "200",  # milliseconds, of the SDK: nobody waits five seconds for its spans
    }
    with running(System(databases, broker, tmp_path, extra_environment=told), calculators=1) as started:
        yield started


async def test_one_trace_shows_every_stage_of_one_extract(system: System, collector: Collector, tmp_path: Path) -> None:
    nation = SmallNation(PRACTICES)
    directory_file, people_file = nation.write(tmp_path)
    system.command("ingest", "load", str(directory_file))
    system.command("payments", "load", str(people_file))
    practices = nation.people.practices
    await post_all(system.url("ingest"), nation, practices)
    await _freeze(system, nation)

    # A correction after the freeze goes all the way by itself: points, pounds, report.
    practice = practices[0]
    headers = nation.bearer(practice.supplier) | {
        "Content-Type": "application/json",
        "Idempotency-Key": "a-correction",
        "traceparent": f"00-{TRACE}-{CALLER}-01",
    }
    async with httpx.AsyncClient(base_url=system.url("ingest")) as client:
        posted = await client.post("/v1/extracts", content=nation.bodies[practice.practice], headers=headers)
    assert posted.status_code == 202, posted.text

    def of_trace() -> dict[tuple[str, str, str], SeenSpan]:
        return {(one.service, one.process, one.name): one for one in collector.spans if one.trace_id == TRACE}

    await until(lambda: set(JOURNEY) <= of_trace().keys(), 60)
    seen = of_trace()
    assert seen[JOURNEY[0]].parent_id == CALLER
    handled = [seen[step] for step in JOURNEY if step[2].startswith("handle")]
    assert [span.queue for span in handled] == [
        "calculator.extracts",
        "payments.achievements",
        "declarations.entitlements",
        "ingest.outcomes",
    ]
    assert handled[0].parent_id == seen[JOURNEY[0]].span_id, "caused by the request"
    for cause, consequence in pairwise(handled):
        assert consequence.parent_id == cause.span_id, "each is caused by the one before"
        assert consequence.ended >= cause.started
    extract = posted.json()["extract_id"]
    assert all(extract in seen[step].text for step in JOURNEY[1:]), "and each can be found by the extract's id"

    # Of many that came together, each is in its own trace, and the batch links to all of them.
    batches = [one for one in collector.spans if one.name.startswith("batch of ") and len(one.links) > 1]
    by_id = {one.span_id: one for one in collector.spans}
    assert batches, "the nation's extracts were handled in batches"
    for batch in batches:
        linked = [by_id[span] for span in batch.links if span in by_id]
        assert all(one.name.startswith("handle ") for one in linked)
    assert any(len({by_id[span].trace_id for span in one.links if span in by_id}) > 1 for one in batches)

    told = "".join(one.text for one in collector.spans)
    assert nation.token(practice.supplier) not in told, "no token, no body"
    assert '"indicators"' not in told
    assert practice.practice not in told


async def _freeze(system: System, nation: SmallNation) -> None:
    figures = f"/v1/collections/{COLLECTION}/national-figures"
    async with httpx.AsyncClient(base_url=system.url("payments"), timeout=60) as client:
        headers = nation.bearer(NATIONAL_TEAM)

        async def is_complete() -> bool:
            answer = await client.get(f"/v1/collections/{COLLECTION}/completeness", headers=headers)
            return answer.status_code == 200 and answer.json()["achievements"] == PRACTICES

        await until(is_complete, 60)
        body = {"name": "final", "reason": "all in", "unverified_reason": "a test"}
        proposed = await client.post(f"{figures}/proposals", json=body, headers=headers)
        assert proposed.status_code == 201, proposed.text
        path = f"{figures}/proposals/{proposed.json()['proposal_id']}/freeze"
        frozen = await client.post(path, headers=nation.bearer(SECOND_OF_NATIONAL_TEAM))
    assert frozen.status_code == 201, frozen.text
