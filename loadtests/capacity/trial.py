"""A nation on this machine, measured: what it cost and how it went. Runs `qof_local demo --to-reports`."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loadtests.benches.servers import BenchError, private_servers
from loadtests.capacity.costs import Costs, costs_of
from loadtests.capacity.storage import database_sizes, growth
from qof_local.paths import folder


@dataclass(frozen=True, slots=True)
class Size:
    """What is run: so many practices, with so many calculators."""

    practices: int
    calculators: int

    def __str__(self) -> str:
        return f"{self.practices:,} practices, {self.calculators} calculator{'s' if self.calculators > 1 else ''}"


@dataclass(frozen=True, slots=True)
class Trial:
    """What a run came to."""

    size: Size
    costs: Costs
    grown: Mapping[str, float]
    """Bytes of one practice, by service."""
    course: list[Mapping[str, Any]]
    """`seconds` since the first POST, and what was counted by then: accepted, calculated, achievements, reported."""


def run(size: Size) -> Trial:
    """Raises BenchError where the demonstration does not end well; it checks that everything balances."""
    environment = {**os.environ, "QOF_LOCAL_CALCULATORS": str(size.calculators)}
    for step in ("down", "up"):  # with as many calculators as this size wants, and with every table there
        subprocess.run([sys.executable, "-m", "qof_local", step], check=True, env=environment)  # noqa: S603
    before = asyncio.run(database_sizes(private_servers().postgres_url))
    file = folder("bench", "capacity") / "last.json"
    file.unlink(missing_ok=True)
    told = [sys.executable, "-m", "qof_local", "demo", "--practices", str(size.practices)]
    done = subprocess.run([*told, "--to-reports", "--record", str(file)], env=environment)  # noqa: S603
    if done.returncode or not file.exists():
        raise BenchError(f"the demonstration of {size} ended with {done.returncode}; see above")
    record = json.loads(file.read_text())
    after = asyncio.run(database_sizes(private_servers().postgres_url))
    return Trial(size, costs_of(record), growth(before, after, size.practices), record["course"])
