"""What does a practice cost? Processor seconds of each process, from a demonstration's record."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACCEPTED = "extracts accepted (first POST to last receipt)"
SURGE = "calculated (first POST to last achievement)"
REPORTS = "entitlements and reports (freeze to last report)"
FREEZE = "national figures frozen"

CLIENT = "this demonstration"
DATABASE, BROKER = "PostgreSQL", "RabbitMQ"


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor seconds for one practice, by process; calculators count as one."""

    practices: int
    """Of the nation that was measured."""
    calculators: int
    surge: Mapping[str, float]
    """From the first POST to the last achievement."""
    reports: Mapping[str, float]
    """From the freeze to the last report."""
    accepted_seconds: float
    surge_seconds: float
    reports_seconds: float
    freeze_seconds: float
    peak_bytes: Mapping[str, int]
    """The most memory (PSS) of each process."""


def costs_of(record: Mapping[str, Any]) -> Costs:
    """The costs in a document that `qof_local demo --record` wrote."""
    practices = record["practices"]
    stages = {stage["name"]: stage for stage in record["stages"]}
    return Costs(
        practices=practices,
        calculators=sum(name.startswith("calculator-worker") for name in record["peak_pss_bytes"]),
        surge=_for_one(stages[SURGE]["cpu_seconds"], practices),
        reports=_for_one(stages[REPORTS]["cpu_seconds"], practices),
        accepted_seconds=stages[ACCEPTED]["seconds"],
        surge_seconds=stages[SURGE]["seconds"],
        reports_seconds=stages[REPORTS]["seconds"],
        freeze_seconds=stages[FREEZE]["seconds"],
        peak_bytes=record["peak_pss_bytes"],
    )


def _for_one(cpu_seconds: Mapping[str, float], practices: int) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for name, seconds in cpu_seconds.items():
        found[process_of(name)] += seconds / practices
    return dict(found)


def process_of(name: str) -> str:
    """`calculator-worker-2` is a `calculator-worker`; everything else is called what it is."""
    head, _, tail = name.rpartition("-")
    return head if tail.isdecimal() else name
