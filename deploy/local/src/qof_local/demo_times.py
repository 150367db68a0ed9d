"""Where did the time go? Seconds and processor time of every stage, and what sets the pace."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from qof_local import paths
from qof_local.demo_meter import Meter
from qof_local.demo_outcome import Moment, Outcome
from qof_local.demo_tables import table
from qof_local.yardstick import Yardstick

SATURATED = 0.85
"""From this share of a core (or of all) on it is called busy: a process is never on its core all the time."""

LARGEST = 4

WORTH_TELLING = 1.0
"""Seconds of a stage whose pace is worth a sentence."""

TO_REPORTS = "FIRST POST TO LAST REPORT"


@dataclass(frozen=True, slots=True)
class Stage:
    """What happened between two moments; `cpu` is processor seconds by process."""

    name: str
    pieces: int
    seconds: float
    cpu: Mapping[str, float]
    yardstick: float = 0.0
    """Processor seconds of the yardstick's piece of work meanwhile; 0 where the stage was too short."""

    @property
    def cpu_seconds(self) -> float:
        return sum(self.cpu.values())

    @property
    def largest(self) -> list[tuple[str, float]]:
        """The processes that took most of it, with their seconds."""
        return sorted(self.cpu.items(), key=lambda item: -item[1])[:LARGEST]


def stages(outcome: Outcome, yardstick: Yardstick) -> list[Stage]:
    """The stages a run went through; one that stopped early has fewer."""
    return [
        _stage(name, pieces, outcome.moments[begin], outcome.moments[end], yardstick)
        for name, pieces, begin, end in _plan(outcome)
        if end in outcome.moments
    ]


def _plan(outcome: Outcome) -> Iterator[tuple[str, int, str, str]]:
    practices = outcome.figures["accepted"]
    yield "extracts accepted (first POST to last receipt)", practices, "began", "accepted"
    yield "calculated (first POST to last achievement)", practices, "began", "complete"
    yield "national figures frozen", practices, "complete", "frozen"
    yield "entitlements and reports (freeze to last report)", practices, "frozen", "reported"
    yield TO_REPORTS, practices, "began", "reported"
    yield "read and signed", outcome.signed, "reported", "signed"
    yield "approved or returned", outcome.signed, "signed", "decided"
    yield "approved by finance", outcome.finance_approved, "decided", "finance-approved"
    yield "last payments instructed and shown", outcome.instructions, "finance-approved", "instructed"


def _stage(name: str, pieces: int, begin: Moment, end: Moment, yardstick: Yardstick) -> Stage:
    cpu = {process: seconds - begin.cpu.get(process, 0.0) for process, seconds in end.cpu.items()}
    return Stage(name, pieces, end.at - begin.at, cpu, yardstick.usual(begin.at, end.at))


def bottleneck(stage: Stage, cores: int) -> str:
    """What sets the pace of a stage: one process on its core, the whole machine, or waiting."""
    if not stage.seconds or not stage.cpu_seconds:
        return "nothing was measured"
    parts = ", ".join(f"{name} {seconds / stage.cpu_seconds:.0%}" for name, seconds in stage.largest)
    first, seconds = stage.largest[0]
    busy = stage.cpu_seconds / stage.seconds / cores
    if busy >= SATURATED:
        return f"paced by the machine, whose {cores} cores are {busy:.0%} busy; the largest parts are {parts}"
    if seconds / stage.seconds >= SATURATED:
        return f"paced by {first}, which keeps a core {seconds / stage.seconds:.0%} busy; the largest parts are {parts}"
    return f"paced by waiting, as the {cores} cores are only {busy:.0%} busy; the largest parts are {parts}"


def show_stages(console: Console, outcome: Outcome, yardstick: Yardstick) -> None:
    """Seconds, pieces a second, processor seconds and the machine's speed in every stage, and what set the pace."""
    shown = table("Stage", "pieces", "seconds", "a second", "CPU s", "speed")
    found = stages(outcome, yardstick)
    for stage in found:
        rate = f"{stage.pieces / stage.seconds:,.0f}" if stage.seconds else ""
        speed = f"{yardstick.quickest / stage.yardstick:.0%}" if stage.yardstick else ""
        shown.add_row(stage.name, f"{stage.pieces:,}", f"{stage.seconds:.2f}", rate, f"{stage.cpu_seconds:.1f}", speed)
    console.print(shown)
    best = f"{yardstick.quickest * 1e6:,.0f} us of a core"
    said = f"speed: of the machine at its best moment, in which a fixed piece of work took {best}; what is less is its"
    console.print(f"{said} other guests, and caches that many processes share", soft_wrap=True)
    for stage in found:
        if stage.seconds >= WORTH_TELLING:
            console.print(f"{stage.name}: {bottleneck(stage, _cores())}", soft_wrap=True)
    if outcome.retries:
        console.print(f"requests sent again: {outcome.retries}")


def record(file: Path, practices: int, outcome: Outcome, meter: Meter) -> None:
    """Write what was measured as JSON, for benches and for comparing runs."""
    found = stages(outcome, meter.yardstick)
    document = {
        "practices": practices,
        "cores": _cores(),
        "stages": [
            {
                "name": stage.name,
                "pieces": stage.pieces,
                "seconds": stage.seconds,
                "cpu_seconds": dict(sorted(stage.cpu.items())),
                "yardstick": stage.yardstick,
            }
            for stage in found
        ],
        "yardstick_quickest": meter.yardstick.quickest,
        "course": [{"seconds": at - outcome.moments["began"].at, **shown} for at, shown in outcome.course],
        "pace": {stage.name: bottleneck(stage, _cores()) for stage in found},
        "peak_pss_bytes": {usage.name: usage.pss for usage in meter.usages.values()},
        "requests_sent_again": outcome.retries,
    }
    paths.write_private(file, json.dumps(document, indent=1))


def _cores() -> int:
    return len(os.sched_getaffinity(0))
