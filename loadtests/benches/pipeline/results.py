"""What is kept of a run? One line of JSON each, written as soon as it ends: an interrupted bench loses one run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec


class Cost(msgspec.Struct, frozen=True):
    """Processor milliseconds for one job, by who took them."""

    workers: float
    broker: float
    postgres: float

    @property
    def total(self) -> float:
        return self.workers + self.broker + self.postgres


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one variant."""

    variant: str
    backlog: int
    repetition: int
    jobs: int
    """Done between the end of the warm-up and the last row."""
    seconds: float
    """From the end of the warm-up to the last row, by PostgreSQL's clock."""
    cost: Cost
    peak_pss: int
    """Bytes of one worker with its children, at their most."""
    enqueued_per_second: float
    lost: int
    """Jobs without a row, or rows without their event."""
    doubled: int
    """Jobs that were done again, events that were told again."""
    left: dict[str, int]
    """Queue -> messages still there at the end, dead letters too."""
    points_agree: bool
    """Does the row of the first extract say what the calculator says?"""
    others: float
    """Share of the machine that processes outside the run took meanwhile; the bench itself is one of them."""
    wall_seconds: float
    """What the whole run took, enqueuing and all."""

    @property
    def jobs_per_second(self) -> float:
        return self.jobs / self.seconds if self.seconds else 0.0

    @property
    def is_faultless(self) -> bool:
        return not self.lost and not self.doubled and not self.left and self.points_agree


class Bench(msgspec.Struct, frozen=True):
    """What all runs of a bench share; the first line of its file."""

    machine: dict[str, Any]
    job: dict[str, Any]


class ResultFile:
    """The runs of one bench, in the order they ended."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def begin(self, bench: Bench) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(msgspec.json.encode(bench) + b"\n")

    def add(self, result: Result) -> None:
        with self.file.open("ab") as file:
            file.write(msgspec.json.encode(result) + b"\n")

    def read(self) -> tuple[Bench, Sequence[Result]]:
        first, *lines = self.file.read_bytes().splitlines()
        results = [msgspec.json.decode(line, type=Result) for line in lines]
        return msgspec.json.decode(first, type=Bench), results
