"""The year-end job on a whole system, through faults: nothing lost, nothing doubled, money once."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from qof_local.directory import NATIONAL_TEAM, SECOND_OF_NATIONAL_TEAM, SUPPLIERS, approver, declarer, finance
from qof_shared.messaging.topology import QUEUES
from qof_shared.testing.plugin import Broker, NewDatabase
from qof_shared.testing.waiting import until
from tests.e2e.nation import COLLECTION, SmallNation, post_all
from tests.e2e.system import SERVICES, System, running

pytestmark = [pytest.mark.e2e, pytest.mark.needs_postgres, pytest.mark.needs_rabbitmq, pytest.mark.timeout(300)]

PRACTICES = 300


@pytest.fixture
async def system(new_database: NewDatabase, broker: Broker, tmp_path: Path) -> AsyncIterator[System]:
    databases = {service: await new_database(f"qof_{service}") for service in SERVICES}
    # Small batches, so that a calculator is killed in the middle of many.
    made = System(databases, broker, tmp_path, extra_environment={"QOF_CALCULATOR_BATCH_SIZE": "5"})
    made.extra_environment["QOF_CALCULATOR_PREFETCH"] = "4"
    with running(made, calculators=2) as started:
        yield started


async def count(url: str, sql: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(sql))
    finally:
        await connection.close()


async def test_three_hundred_practices_arrive_once_through_kill_and_cut(system: System, tmp_path: Path) -> None:
    nation = SmallNation(PRACTICES)
    directory_file, people_file = nation.write(tmp_path)
    system.command("ingest", "load", str(directory_file))
    system.command("payments", "load", str(people_file))
    system.command("declarations", "load", str(people_file))
    practices = nation.people.practices

    async def achievements() -> int:
        return await count(system.databases["calculator"], "SELECT count(*) FROM achievements")

    posting = asyncio.create_task(post_all(system.url("ingest"), nation, practices))

    async def is_half_way() -> bool:
        return await achievements() >= PRACTICES // 3

    await until(is_half_way, 60)
    system.kill("calculator-worker-1")
    assert system.broker.close_connections() > 0
    receipts = await posting
    assert len({receipt["extract_id"] for receipt in receipts.values()}) == PRACTICES

    async def is_calculated() -> bool:
        return await achievements() == PRACTICES

    await until(is_calculated, 60)
    await _freeze(system, nation)

    async def is_reported() -> bool:
        return sum([(await _progress(system, nation, supplier))["reported"] for supplier in SUPPLIERS]) == PRACTICES

    await until(is_reported, 60)
    signed = await _sign_and_approve(system, nation, [practice.practice for practice in practices[:20]])

    async def is_instructed() -> bool:
        return bool((await _instructions(system, nation))["instructions"] == len(signed))

    await until(is_instructed, 60)
    instructions = await _instructions(system, nation)
    assert Decimal(instructions["pounds"]) == sum(map(Decimal, signed.values()))
    assert {row["practice"]: row["pounds"] for row in instructions["page"]} == signed

    await _expect_balance(system, nation)


async def _freeze(system: System, nation: SmallNation) -> None:
    async with httpx.AsyncClient(base_url=system.url("payments"), timeout=60) as client:
        headers = nation.bearer(NATIONAL_TEAM)

        async def is_complete() -> bool:
            answer = await client.get(f"/v1/collections/{COLLECTION}/completeness", headers=headers)
            return answer.status_code == 200 and answer.json()["achievements"] == PRACTICES

        await until(is_complete, 60)
        proposals = f"/v1/collections/{COLLECTION}/national-figures/proposals"
        body = {"name": "final", "reason": "all in", "unverified_reason": "a test"}
        proposed = await client.post(proposals, json=body, headers=headers)
        assert proposed.status_code == 201, proposed.text
        path = f"{proposals}/{proposed.json()['proposal_id']}/freeze"
        alone = await client.post(path, headers=headers)
        assert alone.status_code == 409, "nobody freezes alone"
        frozen = await client.post(path, headers=nation.bearer(SECOND_OF_NATIONAL_TEAM))
    assert frozen.status_code == 201, frozen.text
    assert frozen.json()["practices"] == PRACTICES


async def _progress(system: System, nation: SmallNation, supplier: str) -> dict[str, int]:
    async with httpx.AsyncClient(base_url=system.url("ingest"), timeout=60) as client:
        answer = await client.get(f"/v1/collections/{COLLECTION}/progress", headers=nation.bearer(supplier))
    answer.raise_for_status()
    progress: dict[str, int] = answer.json()
    return progress


async def _instructions(system: System, nation: SmallNation) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=system.url("payments"), timeout=60) as client:
        answer = await client.get(f"/v1/collections/{COLLECTION}/instructions", headers=nation.bearer(NATIONAL_TEAM))
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


async def _sign_and_approve(system: System, nation: SmallNation, practices: list[str]) -> dict[str, str]:
    """Each practice signs what it was shown, twice; its commissioner approves, twice; finance approves the payments,
    twice. Returns practice -> pounds."""
    commissioners = {practice.practice: practice.commissioner for practice in nation.people.practices}
    pounds: dict[str, str] = {}
    declared: dict[str, list[str]] = {}
    async with httpx.AsyncClient(base_url=system.url("declarations"), timeout=60) as client:
        for practice in practices:
            path = f"/v1/collections/{COLLECTION}/practices/{practice}"
            headers = nation.bearer(declarer(practice))
            report = await client.get(f"{path}/report", headers=headers)
            assert report.status_code == 200, report.text
            pounds[practice] = report.json()["pounds"]
            unseen = await client.post(f"{path}/declaration", headers=headers)
            assert unseen.status_code == 428, "nobody signs what was not shown"
            stale = await client.post(f"{path}/declaration", headers=headers | {"If-Match": '"0000"'})
            assert stale.status_code == 412
            signing = headers | {"If-Match": report.headers["ETag"]}
            first = await client.post(f"{path}/declaration", headers=signing)
            again = await client.post(f"{path}/declaration", headers=signing)
            assert (first.status_code, again.status_code) == (201, 200), (first.text, again.text)
            declaration = first.json()["declaration"]["declaration_id"]
            assert again.json()["declaration"]["declaration_id"] == declaration
            approval = nation.bearer(approver(commissioners[practice]))
            for _ in range(2):
                approved = await client.post(f"/v1/declarations/{declaration}/approve", headers=approval)
                assert approved.status_code == 200, approved.text
            declared.setdefault(commissioners[practice], []).append(declaration)
        for commissioner, declarations in declared.items():
            for is_new in (True, False):
                paid = await client.post(
                    f"/v1/collections/{COLLECTION}/approvals",
                    headers=nation.bearer(finance(commissioner)),
                    json={"declaration_ids": declarations},
                )
                assert paid.status_code == 200, paid.text
                assert {(one["state"], one["is_new"]) for one in paid.json()["declarations"]} == {
                    ("finance-approved", is_new)
                }
    return pounds


async def _expect_balance(system: System, nation: SmallNation) -> None:
    progress = [await _progress(system, nation, supplier) for supplier in SUPPLIERS]
    counted = ("accepted", "calculated", "reported", "rejected", "in_flight")
    total = {key: sum(part[key] for part in progress) for key in counted}
    assert total["accepted"] == total["calculated"] == total["reported"] == PRACTICES
    assert total["rejected"] == total["in_flight"] == 0
    tables = {
        ("ingest", "extracts"): PRACTICES,
        ("calculator", "achievements"): PRACTICES,
        ("payments", "entitlements"): PRACTICES,
        ("declarations", "reports"): PRACTICES,
        ("payments", "instructions"): 20,
        ("declarations", "declarations"): 20,
    }
    for (service, table), expected in tables.items():
        assert await count(system.databases[service], f"SELECT count(*) FROM {table}") == expected, (service, table)
    for service in SERVICES:
        assert await count(system.databases[service], "SELECT count(*) FROM outbox") == 0, service

    async def is_drained() -> bool:
        depths = system.broker.depths()
        return all(depths.get(name, 0) == 0 for queue in QUEUES for name in (queue.name, queue.dead))

    await until(is_drained, 20)
    assert await count(system.databases["declarations"], "SELECT count(*) FROM log_leaves") == 20


async def test_sigterm_ends_every_process_cleanly(system: System) -> None:
    assert {name: code for name, code in system.stop().items() if code} == {}
