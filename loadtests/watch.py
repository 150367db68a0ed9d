"""How do the queues, the memory and the tables move during a run? One look a second, from outside."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

from loadtests.record import PAGE, Sample, quantile
from loadtests.run import Run

MEMORY_EVERY = 2
TABLES_EVERY = 5
"""Samples between two looks."""
METRIC = "process_resident_memory_bytes"


class Watch:
    """Takes samples of a run into its record. `stack` is the private local stack's folder, where this machine has it;
    elsewhere memory is what the APIs say at `/metrics`, or is left out."""

    def __init__(self, run: Run, operator: Any, *, stack: Path | None, postgres_url: str | None) -> None:
        self._run = run
        self._operator = operator
        self._stack = stack
        self._postgres_url = postgres_url
        self._client = httpx.Client(timeout=5, trust_env=False)
        self._taken = 0
        self._last: Sample | None = None
        self._processor = time.process_time()
        self._looked = time.perf_counter()
        self._tables: tuple[int | None, int | None] = (None, None)
        self._memory: dict[str, int] = {}

    def sample(self) -> Sample:
        """One look; it is in the record, too."""
        run = self._run
        seen = self._operator.look() or {}
        if self._taken % MEMORY_EVERY == 0:
            self._memory = self._measure_memory()
        if self._taken % TABLES_EVERY == 0 and self._postgres_url:
            self._tables = _measure_tables(self._postgres_url)
        now, processor, looked = run.now(), time.process_time(), time.perf_counter()
        recent = self._recent(self._last.moment if self._last else 0.0)
        sample = Sample(
            moment=now,
            arrivals=run.record.total("came"),
            signed_in=run.record.total("signed in"),
            signed=run.record.total("signed"),
            waiting=run.gauges["waiting"],
            queue_depth=queue_depth(seen),
            oldest_seconds=seen.get("oldest_in_flight_seconds"),
            p50=quantile(recent, 0.5),
            p99=quantile(recent, 0.99),
            memory=self._memory,
            table_bytes=self._tables[0] if self._taken % TABLES_EVERY == 0 else None,
            table_rows=self._tables[1] if self._taken % TABLES_EVERY == 0 else None,
            locust_share=(processor - self._processor) / max(looked - self._looked, 1e-6),
        )
        self._processor, self._looked, self._last = processor, looked, sample
        self._taken += 1
        run.record.samples.append(sample)
        return sample

    def _recent(self, since: float) -> list[float]:
        times = self._run.phase.times
        pages = [one for name, found in times.items() if name.startswith(PAGE) for one in found.since(since)]
        return pages or [one for name, found in times.items() if " /v1/" in name for one in found.since(since)]

    def _measure_memory(self) -> dict[str, int]:
        if self._stack is not None and (found := resident(self._stack / "run")):
            return found
        return self._ask_metrics()

    def _ask_metrics(self) -> dict[str, int]:
        found = {}
        for service, url in self._run.nation.urls.items():
            try:
                answer = self._client.get(f"{url}/metrics")
            except httpx.HTTPError:
                continue
            if answer.status_code == httpx.codes.OK and (told := read_metric(answer.text, METRIC)) is not None:
                found[f"{service}-api"] = int(told)
        return found


def queue_depth(seen: dict[str, Any]) -> int | None:
    """Messages that wait or are in work in all queues; without the broker's figures, extracts in flight."""
    queues = seen.get("queues")
    if queues is not None:
        return sum(int(one["ready"]) + int(one["unacknowledged"]) for one in queues)
    ledger = seen.get("ledger")
    return int(ledger["in_flight"]) if ledger else None


def resident(folder: Path) -> dict[str, int]:
    """Process -> resident bytes, of all that the private stack has written down as running."""
    found = {}
    for file in sorted(folder.glob("*.json")):
        try:
            child = json.loads(file.read_text()).get("child")
            if child:
                found[file.stem] = psutil.Process(child["number"]).memory_info().rss
        except (OSError, ValueError, KeyError, psutil.Error):
            continue
    return found


def read_metric(text: str, name: str) -> float | None:
    """The value of a metric without labels in Prometheus' text format."""
    for line in text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[1])
    return None


def _measure_tables(url: str) -> tuple[int | None, int | None]:
    # A process of its own: its driver and Locust's loop do not go together.
    done = subprocess.run(
        [sys.executable, "-m", "loadtests.tables"],
        env={**os.environ, "QOF_LOADTEST_POSTGRES_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    if done.returncode:
        return None, None
    found = json.loads(done.stdout)
    return found["bytes"], found["rows"]
