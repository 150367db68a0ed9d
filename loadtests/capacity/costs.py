"""What does a practice cost? Processor seconds of each process, from a demonstration's record."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    surge_yardstick: float
    reports_yardstick: float
    """Processor seconds of a fixed piece of work meanwhile (qof_local.yardstick): how slow the machine was."""
    peak_bytes: Mapping[str, int]
    """The most memory (PSS) of each process."""

    def at_the_speed_of(self, other: "Costs") -> "Costs":
        """The same work on the machine as it was when the other run was made."""
        surge, reports = (
            theirs / ours if ours and theirs else 1.0
            for ours, theirs in (
                (self.surge_yardstick, other.surge_yardstick),
                (self.reports_yardstick, other.reports_yardstick),
            )
        )
        return replace(
            self,
            surge={name: seconds * surge for name, seconds in self.surge.items()},
            reports={name: seconds * reports for name, seconds in self.reports.items()},
        )


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
        surge_yardstick=stages[SURGE]["yardstick"],
        reports_yardstick=stages[REPORTS]["yardstick"],
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
