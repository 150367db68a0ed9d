"""What did a nation take, and is that in proportion? Reads what a demonstration recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Any

WHOLE = "FIRST POST TO LAST REPORT"
FLAT = 0.20
"""How far the seconds per 1,000 practices may lie from those of the middle size."""
ONCE_FROM = 50_000
"""Nations from this size on run once: one takes as long as all the others together."""
TARGET_PRACTICES, TARGET_SECONDS = 9_000, 20.0


def plan(sizes: Sequence[int], repetitions: int) -> list[int]:
    """Interleaved: a machine that grows slower meanwhile does so for all sizes."""
    rounds = [[size for size in sorted(sizes) if turn == 0 or size < ONCE_FROM] for turn in range(repetitions)]
    return [size for one in rounds for size in one]


@dataclass(frozen=True, slots=True)
class Nation:
    """One run, from the first POST to the last report."""

    practices: int
    seconds: float
    cpu_seconds: Mapping[str, float]
    """By process."""
    pace: str
    """What set the pace, in words."""
    largest_pss: int
    """Bytes of the largest of our own processes."""
    stages: Mapping[str, float]
    """Seconds of each stage."""


@dataclass(frozen=True, slots=True)
class Line:
    """The median of a size."""

    practices: int
    runs: int
    seconds: float
    fastest: float
    slowest: float
    cpu_seconds: Mapping[str, float]
    """Of the run in the middle."""
    pace: str
    largest_pss: int

    @property
    def per_thousand(self) -> float:
        """Seconds per 1,000 practices."""
        return self.seconds / self.practices * 1000

    @property
    def cpu_per_thousand(self) -> float:
        return sum(self.cpu_seconds.values()) / self.practices * 1000


SERVERS = ("PostgreSQL", "RabbitMQ", "this demonstration")


def measured(document: Mapping[str, Any]) -> Nation:
    """A run from the document that `qof_local demo --record` writes."""
    stages = {stage["name"]: stage for stage in document["stages"]}
    whole = stages[WHOLE]
    ours = [size for name, size in document["peak_pss_bytes"].items() if name not in SERVERS]
    return Nation(
        practices=document["practices"],
        seconds=whole["seconds"],
        cpu_seconds=whole["cpu_seconds"],
        pace=document["pace"][WHOLE],
        largest_pss=max(ours, default=0),
        stages={name: stage["seconds"] for name, stage in stages.items()},
    )


def lines(nations: Sequence[Nation]) -> list[Line]:
    """A median for each size, smallest first."""
    ordered = sorted(nations, key=lambda nation: (nation.practices, nation.seconds))
    return [_line(practices, list(of_size)) for practices, of_size in groupby(ordered, key=lambda one: one.practices)]


def _line(practices: int, nations: Sequence[Nation]) -> Line:
    middle = nations[(len(nations) - 1) // 2]
    return Line(
        practices=practices,
        runs=len(nations),
        seconds=median(nation.seconds for nation in nations),
        fastest=nations[0].seconds,
        slowest=nations[-1].seconds,
        cpu_seconds=middle.cpu_seconds,
        pace=middle.pace,
        largest_pss=max(nation.largest_pss for nation in nations),
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a target was met, and by what figure."""

    target: str
    measured: str
    is_met: bool


def verdicts(found: Sequence[Line]) -> list[Verdict]:
    """What the figures say of the targets that they can speak of."""
    told = []
    for line in found:
        if line.practices == TARGET_PRACTICES:
            target = f"{TARGET_PRACTICES:,} practices in {TARGET_SECONDS:.0f} s at most"
            told.append(Verdict(target, f"{line.seconds:.1f} s", line.seconds <= TARGET_SECONDS))
    if len(found) > 1:
        middle = found[len(found) // 2].per_thousand
        worst = max(abs(line.per_thousand / middle - 1) for line in found)
        shown = ", ".join(f"{line.practices:,}: {line.per_thousand:.2f}" for line in found)
        told.append(Verdict(f"seconds per 1,000 practices flat (±{FLAT:.0%})", shown, worst <= FLAT))
    return told
