"""What is a shape? Who comes when, in which phases, and what has to hold: data, no doing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from loadtests.due import Due
from loadtests.record import Record


class Visit(StrEnum):
    """What somebody comes for; loadtests/people has how."""

    SIGN = "practice signs"
    READ = "practice reads"
    IMPATIENT_SIGN = "impatient practice signs"
    POST = "supplier posts"
    CORRECT = "supplier corrects"
    POST_BULK = "supplier posts in bulk"
    APPROVE = "commissioner approves"
    OPERATE = "operator looks"
    FREEZE = "national team freezes"


PRACTICE_VISITS = frozenset({Visit.SIGN, Visit.READ, Visit.IMPATIENT_SIGN})


@dataclass(frozen=True, slots=True)
class Flow:
    """Arrivals of one kind. `supplier` restricts suppliers' arrivals to one of them; `lines` is the size of a bulk."""

    visit: Visit
    due: Due
    supplier: str | None = None
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a run that is measured by itself."""

    name: str
    seconds: float
    """Arrivals are due within."""
    flows: Sequence[Flow]
    patience: float = 180.0
    """Seconds after the last arrival that those under way are given; then they are ended and count as not done."""

    @property
    def arrivals(self) -> int:
        return sum(len(flow.due) for flow in self.flows)


@dataclass(frozen=True, slots=True)
class Target:
    """A number that has to be on the right side of a limit, over what was recorded of a run."""

    name: str
    words: str
    limit: float
    is_at_least: bool
    measure: Callable[[Record], float | None]
    """None where the run has nothing to measure it by."""

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.is_at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Asked:
    """How large and how long; from the command line."""

    practices: int
    seconds: float
    rate: float
    """Extracts a second, for shapes in which suppliers post."""
    suppliers: Mapping[str, float]
    """Supplier -> its share of the practices, the largest first."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A rehearsal, by name. `lay_out` says who comes when for a size; it is pure, and the same every time."""

    name: str
    rehearses: str
    practices: int
    seconds: float
    lay_out: Callable[[Asked], Sequence[Phase]]
    targets: Sequence[Target]
    is_prepared: bool = True
    """Whether every practice has a report, unsigned, before the first phase begins."""
    rate: float = 50.0
    compressed: str = ""
    """What stands for what, where time is compressed."""
