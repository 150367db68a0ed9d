"""A Prometheus of a test's own beside a running system."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from qof_local import prometheus
from qof_local.paths import LocalStackError
from tests.e2e.system import System, free_port


def programs() -> prometheus.Programs:
    """Prometheus and promtool; without them a test is skipped, but in CI it fails."""
    try:
        return prometheus.find()
    except LocalStackError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@contextmanager
def watching(system: System, folder: Path) -> Iterator[httpx.Client]:
    """Prometheus, asking every process of the system and its broker once a second; a client of its API."""
    found = programs()
    targets = [
        prometheus.target(name.split("-")[0], name.split("-")[1], f"127.0.0.1:{port}")  # calculator-worker-1, too
        for name, port in system.health_ports.items()
    ]
    management = urlsplit(system.broker.management_url)
    assert management.port is not None
    folder.mkdir()
    # The private broker's ports lie in a row: management, then Prometheus's.
    broker = os.environ.get("QOF_TEST_BROKER_METRICS") or f"{management.hostname}:{management.port + 1}"
    configuration = prometheus.write_configuration(folder, targets, broker, seconds=1, vhost=system.broker.vhost)
    port = free_port()
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            prometheus.command(found, configuration, port), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
            yield client
    finally:
        process.terminate()
        process.wait(20)


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/-/ready").status_code == 200
    except httpx.TransportError:
        return False


def query(client: httpx.Client, expression: str) -> list[dict[str, Any]]:
    """What an expression says now; fails where Prometheus does not understand it."""
    answer = client.get("/api/v1/query", params={"query": expression})
    assert answer.status_code == 200, f"{expression}: {answer.text}"
    found: list[dict[str, Any]] = answer.json()["data"]["result"]
    return found


def alerts(client: httpx.Client) -> dict[tuple[str, str], str]:
    """Alert and queue (or nothing) -> pending or firing."""
    active = client.get("/api/v1/alerts").raise_for_status().json()["data"]["alerts"]
    return {(one["labels"]["alertname"], one["labels"].get("queue", "")): one["state"] for one in active}
