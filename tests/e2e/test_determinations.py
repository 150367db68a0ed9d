"""A commissioner adjusts points on a whole system: the report says from, to, who and why; the practice signs again."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from qof_declarations.adapters.seal import open_seal, read_public_keys
from qof_declarations.core.receipt_check import Verdict, check_receipt
from qof_local.directory import NATIONAL_TEAM, approver, declarer, finance, token
from qof_shared.people import Role
from qof_shared.testing.plugin import Broker, NewDatabase
from qof_shared.testing.waiting import until
from qof_shared.vocabulary import parse_rational
from tests.e2e.nation import COLLECTION, SEED, SmallNation, post_all
from tests.e2e.system import SERVICES, System, running

pytestmark = [pytest.mark.e2e, pytest.mark.needs_postgres, pytest.mark.needs_rabbitmq, pytest.mark.timeout(300)]

PRACTICES = 12
SECOND = "somebody-else-of-the-national-team"
REASON = 'The practice\'s system counted patients twice; "agreed" with the practice.'


@pytest.fixture
async def system(new_database: NewDatabase, broker: Broker, tmp_path: Path) -> AsyncIterator[System]:
    databases = {service: await new_database(f"qof_{service}") for service in SERVICES}
    with running(System(databases, broker, tmp_path), calculators=1) as started:
        yield started


@pytest.fixture
def nation(system: System, tmp_path: Path) -> SmallNation:
    """Everybody recorded, and a second person of the national team: two freeze."""
    nation = SmallNation(PRACTICES)
    directory_file, people_file = nation.write(tmp_path)
    people = json.loads(people_file.read_text(encoding="utf-8"))
    second = {"person": SECOND, "name": "Sam Second", "role": Role.NATIONAL_TEAM, "organisation": ""}
    people["people"].append(second | {"token": token(SEED, SECOND)})
    people_file.write_text(json.dumps(people), encoding="utf-8")
    system.command("ingest", "load", str(directory_file))
    system.command("payments", "load", str(people_file))
    system.command("declarations", "load", str(people_file))
    return nation


async def test_adjusted_points_reach_report_statement_and_payment(system: System, nation: SmallNation) -> None:
    practice = nation.people.practices[0]
    receipts = await post_all(system.url("ingest"), nation, nation.people.practices)
    await _freeze(system, nation)
    path = f"/v1/collections/{COLLECTION}/practices/{practice.practice}"
    signer, decider = nation.bearer(declarer(practice.practice)), nation.bearer(approver(practice.commissioner))
    async with httpx.AsyncClient(base_url=system.url("declarations"), timeout=60) as client:

        async def is_reported() -> bool:
            return (await client.get(f"{path}/report", headers=signer)).status_code == 200

        await until(is_reported, 60)
        before = await client.get(f"{path}/report", headers=signer)
        signed = await client.post(f"{path}/declaration", headers=signer | {"If-Match": before.headers["ETag"]})
        assert signed.status_code == 201, signed.text
        indicator, row = _adjustable(before.json())

        wanted = {"indicator": indicator, "determines": "adjusted-points", "value": "1", "reason": REASON}
        pressed = [await client.post(f"{path}/determinations", headers=decider, json=wanted) for _ in range(10)]
        assert [answer.status_code for answer in pressed] == [202] + [200] * 9, pressed[0].text
        assert len({answer.json()["determination"]["determination_id"] for answer in pressed}) == 1

        async def is_recalculated() -> bool:
            told = (await client.get(f"{path}/declaration", headers=signer)).json()
            return told["state"] == "superseded" and not told["is_recalculating"]

        await until(is_recalculated, 60)
        after = await client.get(f"{path}/report", headers=signer)
        _expect_adjusted(before.json(), after.json(), indicator, row)
        told = (await client.get(f"{path}/declaration", headers=signer)).json()
        (sentence,) = [one["sentence"] for one in told["moved_since"] if one["pointer"] == "/determinations"]
        assert indicator in sentence
        assert sentence.endswith(REASON)

        stale = await client.post(f"{path}/declaration", headers=signer | {"If-Match": before.headers["ETag"]})
        assert stale.status_code == 412
        again = await client.post(f"{path}/declaration", headers=signer | {"If-Match": after.headers["ETag"]})
        assert again.status_code == 201, again.text
        declaration = again.json()["declaration"]["declaration_id"]
        approved = await client.post(f"/v1/declarations/{declaration}/approve", headers=decider)
        assert approved.status_code == 200, approved.text
        late = await client.post(f"{path}/determinations", headers=decider, json=wanted | {"value": "2"})
        assert (late.status_code, late.json()["type"].rpartition("/")[2]) == (409, "approved-already")
        payer = nation.bearer(finance(practice.commissioner))
        paid = await client.post(f"/v1/declarations/{declaration}/finance-approve", headers=payer)
        assert (paid.status_code, paid.json()["state"]) == (200, "finance-approved"), paid.text
        await _expect_receipt(client, f"{path}/receipts/{declaration}", signer, after.content)

    await _expect_paid(system, nation, practice.practice, after.json()["pounds"])
    await _expect_told(system, nation, practice.supplier, receipts[practice.practice], indicator)


async def _expect_receipt(client: httpx.AsyncClient, path: str, signer: dict[str, str], report: bytes) -> None:
    """The signature's receipt enters the log, and what the API serves proves itself."""

    async def is_logged() -> bool:
        return (await client.get(path, headers=signer)).json()["log"] is not None

    await until(is_logged, 60)
    receipt = await client.get(path, headers=signer)
    keys = read_public_keys((await client.get("/v1/receipt-keys")).content)
    head = (await client.get("/v1/log/head")).content
    found = check_receipt(receipt.content, open_seal=partial(open_seal, keys=keys), report=report, head=head)
    assert [one.verdict for one in found] == [Verdict.PROVED] * 4, found
    assert receipt.json()["log"]["head"]["size"] == 2, "the signature that fell is in the log, too"


def _adjustable(report: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """An indicator whose points are worth adjusting to one."""
    rows: dict[str, dict[str, Any]] = report["indicators"]
    return next(
        (code, row)
        for code, row in sorted(rows.items())
        if row["kind"] == "fraction" and row["prevalence_register"] and parse_rational(row["points"]) > 2
    )


def _expect_adjusted(before: dict[str, Any], after: dict[str, Any], indicator: str, row: dict[str, Any]) -> None:
    (told,) = after["determinations"]
    assert {name: told[name] for name in ("indicator", "determines", "was", "value", "reason")} == {
        "indicator": indicator,
        "determines": "adjusted-points",
        "was": row["points"],
        "value": "1",
        "reason": REASON,
    }
    assert "approver-" in told["person"]
    adjusted = after["indicators"][indicator]
    assert adjusted == row | {"points": "1", "status": adjusted["status"], "parameters": {"adjusted_points": "1"}}
    lost = parse_rational(row["points"]) - 1
    assert parse_rational(before["points"]) - parse_rational(after["points"]) == lost
    line = row["prevalence_register"]
    assert parse_rational(before["lines"][line]["points"]) - parse_rational(after["lines"][line]["points"]) == lost
    fall = Decimal(before["lines"][line]["pounds"]) - Decimal(after["lines"][line]["pounds"])
    assert fall > 0
    assert Decimal(before["pounds"]) - Decimal(after["pounds"]) == fall


async def _freeze(system: System, nation: SmallNation) -> None:
    """Freeze whatever there is, as two people of the national team do."""
    path = f"/v1/collections/{COLLECTION}"
    one, other = nation.bearer(NATIONAL_TEAM), nation.bearer(SECOND)
    async with httpx.AsyncClient(base_url=system.url("payments"), timeout=60) as client:

        async def is_complete() -> bool:
            answer = await client.get(f"{path}/completeness", headers=one)
            return answer.status_code == 200 and answer.json()["achievements"] == PRACTICES

        await until(is_complete, 60)
        preview = await client.post(f"{path}/national-figures/previews", json={}, headers=one)
        assert preview.status_code == 200, preview.text
        proposal = {
            "name": "final",
            "reason": "all in",
            "acknowledgements": {found["finding"]: "a nation of twelve" for found in preview.json()["findings"]},
            "unverified_reason": "a rehearsal",
        }
        proposed = await client.post(f"{path}/national-figures/proposals", json=proposal, headers=one)
        assert proposed.status_code == 201, proposed.text
        frozen = await client.post(
            f"{path}/national-figures/proposals/{proposed.json()['proposal_id']}/freeze", headers=other
        )
        assert frozen.status_code == 201, frozen.text


async def _expect_paid(system: System, nation: SmallNation, practice: str, pounds: str) -> None:
    """What was signed again is what is paid, and the statement names the determination."""
    path = f"/v1/collections/{COLLECTION}/practices/{practice}"
    async with httpx.AsyncClient(
        base_url=system.url("payments"), timeout=60, headers=nation.bearer(NATIONAL_TEAM)
    ) as client:

        async def is_instructed() -> bool:
            return (await client.get(f"{path}/instruction")).status_code == 200

        await until(is_instructed, 60)
        assert (await client.get(f"{path}/instruction")).json()["pounds"] == pounds
        statement = (await client.get(f"{path}/entitlement")).json()
    assert statement["pounds"] == pounds
    assert [one["reason"] for one in statement["determinations"]] == [REASON]


async def _expect_told(
    system: System, nation: SmallNation, supplier: str, receipt: dict[str, Any], indicator: str
) -> None:
    """The supplier reads that its extract was accepted again, and why; its counts are as before."""
    async with httpx.AsyncClient(base_url=system.url("ingest"), timeout=60, headers=nation.bearer(supplier)) as client:
        sent = (await client.get(receipt["links"]["self"])).json()
        repeated = (await client.get(f"/v1/extracts/{sent['superseded_by']}")).json()
        progress = (await client.get(receipt["links"]["progress"])).json()
    assert (repeated["amends"], repeated["digest"]) == (receipt["extract_id"], receipt["digest"])
    assert indicator in repeated["journey"][0]["detail"]["because"]
    ours = sum(practice.supplier == supplier for practice in nation.people.practices)
    assert (progress["practices"], progress["accepted"], progress["calculated"]) == (ours, ours, ours)
    assert (progress["in_flight"], progress["accepted_again"]) == (0, 1)
