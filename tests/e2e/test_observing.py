"""The dashboard and the alerts, against a real Prometheus and real metrics: every expression has data, and two
conditions that are brought about are told."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import yaml

from qof_local.documents import DOCS
from qof_local.prometheus import DASHBOARD, OBSERVABILITY
from qof_shared.testing.plugin import Broker, NewDatabase
from qof_shared.testing.waiting import until
from tests.e2e.nation import SmallNation, post_all
from tests.e2e.system import SERVICES, System, running
from tests.e2e.watching import alerts, is_ready, query, watching

pytestmark = [pytest.mark.e2e, pytest.mark.needs_postgres, pytest.mark.needs_rabbitmq, pytest.mark.timeout(300)]

SHED = "openqof_requests_shed_total"
"""Nothing is shed here, and what never happened has no time series."""


@pytest.fixture
async def system(new_database: NewDatabase, broker: Broker, tmp_path: Path) -> AsyncIterator[System]:
    databases = {service: await new_database(f"qof_{service}") for service in SERVICES}
    with running(System(databases, broker, tmp_path), calculators=1) as started:
        yield started


@pytest.fixture
def prometheus(system: System, tmp_path: Path) -> Iterator[httpx.Client]:
    with watching(system, tmp_path / "prometheus") as client:
        yield client


def dashboard_expressions() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def rules(kind: str) -> list[dict[str, Any]]:
    document = yaml.safe_load((OBSERVABILITY / "rules" / f"{kind}.yml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def publish(broker: Broker, queue: str, body: str) -> None:
    """Put something on a queue as somebody would who knows no contract."""
    with broker.api() as client:
        answer = client.post(
            f"/api/exchanges/{quote(broker.vhost, safe='')}/amq.default/publish",
            json={"properties": {}, "routing_key": queue, "payload": body, "payload_encoding": "string"},
        )
    assert answer.json() == {"routed": True}, answer.text


async def test_everything_that_is_drawn_has_data_and_what_goes_wrong_is_told(
    system: System, prometheus: httpx.Client, tmp_path: Path
) -> None:
    nation = SmallNation(40)
    directory_file, people_file = nation.write(tmp_path)
    system.command("ingest", "load", str(directory_file))
    system.command("declarations", "load", str(people_file))
    practices = nation.people.practices
    await until(lambda: is_ready(prometheus), 60)

    def answering() -> int:
        return sum(one["value"][1] == "1" for one in query(prometheus, 'up{job=~"openqof|rabbitmq"}'))

    await until(lambda: answering() == len(system.processes) + 1, 60)
    await post_all(system.url("ingest"), nation, practices[:10])  # before and after: a rate needs two points
    await until(lambda: balance(prometheus) == (10, 10, 0), 60)
    await post_all(system.url("ingest"), nation, practices[10:20])
    await until(lambda: balance(prometheus) == (20, 20, 0), 60)

    # Every line of the dashboard and of the rules is understood, and has data.
    silent = {expression for expression in dashboard_expressions() if not query(prometheus, expression)}
    assert {expression for expression in silent if SHED not in expression} == set()
    listed = re.findall(r"`(openqof_\w+)`", (DOCS / "reference" / "metrics.md").read_text())
    known = {sample for one in listed for sample in (one, f"{one}_bucket", f"{one}_count", f"{one}_sum")}
    for rule in [*rules("recording"), *rules("alerts")]:
        query(prometheus, rule["expr"])
        if "record" in rule:
            assert query(prometheus, rule["record"]), f"{rule['record']} has no data"
    named = names(prometheus)
    assert {name for name in named if name.startswith("openqof_")} <= known, "what is answered is listed"
    await until(lambda: [one["value"][1] for one in query(prometheus, "openqof:ledger_imbalance")] == ["0"], 30)
    assert "firing" not in alerts(prometheus).values(), "in health, nobody is called"

    # One: nobody calculates, and work comes.
    system.processes["calculator-worker-1"].terminate()
    await post_all(system.url("ingest"), nation, practices[20:])
    # Two: a message that nothing can read.
    publish(system.broker, "payments.approvals", "this is no event")

    def state(alert: str, queue: str = "") -> str | None:
        return alerts(prometheus).get((alert, queue))

    await until(lambda: state("QueueNotDraining", "calculator.extracts") in ("pending", "firing"), 90)
    await until(lambda: state("DeadLetters", "payments.approvals") == "firing", 90)
    try:
        await until(lambda: state("NoConsumers", "calculator.extracts") == "firing", 120)
    except TimeoutError:
        said = query(prometheus, 'rabbitmq_detailed_queue_consumers{queue="calculator.extracts"}')
        pytest.fail(f"nobody reads, and nobody is told: {alerts(prometheus)}; the broker says {said}")
    assert balance(prometheus) == (40, 20, 20)
    assert state("NoConsumers", "ingest.outcomes") is None
    assert state("LedgerDoesNotBalance") is None
    assert state("ExtractsAreNowhere") is None, "they are in the queue, and that is seen"

    # And mended.
    system.start("calculator", "worker", "calculator-worker-2")
    await until(lambda: state("NoConsumers", "calculator.extracts") is None, 60)
    await until(lambda: balance(prometheus) == (40, 40, 0), 60)


def names(prometheus: httpx.Client) -> set[str]:
    """Every metric that Prometheus has."""
    return set(prometheus.get("/api/v1/label/__name__/values").json()["data"])


def balance(prometheus: httpx.Client) -> tuple[int, int, int]:
    """Accepted, calculated and in flight, as Prometheus knows them."""

    def value(expression: str) -> int:
        found = query(prometheus, expression)
        return int(found[0]["value"][1]) if found else -1

    stage = 'sum(openqof_ledger_extracts{{stage="{}"}})'
    return value(stage.format("accepted")), value(stage.format("calculated")), value("max(openqof_ledger_in_flight)")
