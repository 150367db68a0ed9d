"""On what was it measured? Processor, memory, versions, date and load: a figure without them says nothing."""

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import asyncpg
import httpx
import psutil

from loadtests.benches.servers import BenchServers

SETTINGS = ("fsync", "synchronous_commit", "shared_buffers", "wal_level")
"""PostgreSQL's settings that decide what a commit costs."""


async def describe(found: BenchServers, packages: Iterable[str]) -> dict[str, object]:
    """The machine, its servers with what decides their speed, and the versions of the packages compared."""
    connection = await asyncpg.connect(found.postgres_url)
    try:
        postgres_version = str(await connection.fetchval("SHOW server_version"))
        settings = {name: str(await connection.fetchval(f"SHOW {name}")) for name in SETTINGS}
    finally:
        await connection.close()
    return {
        **this_machine(),
        "postgresql": postgres_version.partition(" ")[0],
        "postgresql_settings": settings,
        **_broker(found.management_url),
        "packages": {package: version(package) for package in packages},
    }


def this_machine() -> dict[str, object]:
    """What decides how long pure Python takes: processor, memory, version, and the load before."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "cores": os.cpu_count(),
        "processor": processor_model(Path("/proc/cpuinfo").read_text(encoding="utf-8")),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(terse=True),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
    }


def _broker(management_url: str) -> dict[str, object]:
    answer = httpx.get(f"{management_url}/api/overview", timeout=60, trust_env=False)
    overview = answer.raise_for_status().json()
    return {"rabbitmq": overview["rabbitmq_version"], "erlang": overview["erlang_version"]}


def processor_model(cpuinfo: str) -> str:
    """The model named in the text of /proc/cpuinfo; some machines name none."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in ("model name", "hardware"):
            return value.strip()
    return platform.machine()


def in_one_line(machine: dict[str, object]) -> str:
    """What belongs under a table."""
    return (
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB, Python {machine['python']},"
        f" PostgreSQL {machine['postgresql']}, RabbitMQ {machine['rabbitmq']} on Erlang {machine['erlang']},"
        f" {machine['date']}"
    )
