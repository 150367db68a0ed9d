"""What did a demonstration do, and what does the system say it has?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from qof_local.demo_money import Money


@dataclass(frozen=True, slots=True)
class Moment:
    """The end of a stage: monotonic seconds, and what every process had taken of the processors by then."""

    at: float
    cpu: Mapping[str, float]


@dataclass
class Outcome:
    """What the run did (asked for, or answered) and what the system says it has."""

    posted: int = 0
    accepted: int = 0
    retries: int = 0
    signed: int = 0
    approved: dict[str, Decimal] = field(default_factory=dict)
    """Practice -> pounds of the approved declaration."""
    finance_approved: int = 0
    """Payments that finance approved."""
    returned: int = 0
    figures: Mapping[str, int] = field(default_factory=dict)
    """What ingest counts: accepted, calculated, rejected, reported."""
    achievements: int = 0
    gates: str = ""
    """What the plausibility gates said before the freeze, in a line."""
    work_list: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Practice -> its entry in the national team's work list."""
    instructions: int = 0
    instructed: Decimal = Decimal(0)
    money: Money | None = None
    """What payments says it comes to, once there are statements."""
    moments: dict[str, Moment] = field(default_factory=dict)
    """When each stage ended; `began` is the first POST."""
    course: list[tuple[float, Mapping[str, int]]] = field(default_factory=list)
    """How far it was at each look: monotonic seconds, and what was counted."""
