"""When did a run's measured part begin and end, and how many jobs lie between?

It begins when the warm-up is stored and every worker has stored something: both are then at full speed, and nobody's
start is in the figure. It ends with the last row. Both moments are the database's own (`stored_at`).
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stored:
    """A row: when it was stored (seconds since 1970) and from which local port."""

    at: float
    port: int | None


@dataclass(frozen=True, slots=True)
class Window:
    """The measured part of a run."""

    start: float
    end: float
    jobs: int

    @property
    def seconds(self) -> float:
        return self.end - self.start


def measured_window(rows: Sequence[Stored], warm_up: int, workers: Sequence[AbstractSet[int]]) -> Window:
    """`rows` in the order they were stored; `workers` are the ports of each worker's connections.

    A worker that has stored nothing does not hold the start back: a small backlog may be done before it begins.
    """
    if len(rows) <= warm_up:
        return Window(0.0, 0.0, 0)
    firsts = [next((row.at for row in rows if row.port in ports), None) for ports in workers]
    start = max([rows[warm_up - 1].at if warm_up else rows[0].at, *(first for first in firsts if first is not None)])
    return Window(start, rows[-1].at, sum(row.at > start for row in rows))
