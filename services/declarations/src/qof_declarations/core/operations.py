"""How is the system, said in plain words? Facts of one moment in, verdicts out, the gravest first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

CALCULATION = "calculator.extracts"
"""The queue that is scaled; everything else follows from what comes out of it."""

FRESH_SECONDS = 10
"""An extract this young is on its way like any other."""
STILL_SECONDS = 60
"""Work that has waited so long while nothing is done stands still."""


class Gravity(IntEnum):
    """How soon somebody has to do something; the gravest is the smallest."""

    STOPPED = 0
    TROUBLE = 1
    WORKING = 2
    FINE = 3


@dataclass(frozen=True, slots=True)
class QueueSample:
    """A queue at a moment of the last minutes."""

    at: datetime
    depth: int
    done: float
    """Messages a second."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """A work queue; numbers are messages, of which one holds up to 25 events."""

    name: str
    service: str
    ready: int
    unacknowledged: int
    retrying: int
    dead: int
    consumers: int
    arriving: float
    done: float
    """Messages a second, by the last samples of the broker."""
    history: Sequence[QueueSample] = ()

    @property
    def waiting(self) -> int:
        """Messages that a worker has or could have now."""
        return self.ready + self.unacknowledged

    @property
    def is_idle(self) -> bool:
        """Was nothing done in the newest two samples, and is nothing done now?"""
        newest = self.history[-2:]
        return self.done == 0 and all(sample.done == 0 for sample in newest)

    @property
    def drain_seconds(self) -> float | None:
        """Until the queue is empty at its present rate, arrivals taken off; None where it does not become emptier."""
        if not self.waiting:
            return 0.0
        rate = self.done - self.arriving
        return self.waiting / rate if rate > 0 else None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """accepted = calculated + rejected + dead + in flight."""

    accepted: int
    calculated: int
    rejected: int
    dead: int
    in_flight: int
    balances: bool
    unaccounted: int
    problem: str | None

    @property
    def settled(self) -> int:
        return self.calculated + self.rejected


@dataclass(frozen=True, slots=True)
class SupplierLine:
    """A supplier's extracts in one collection."""

    supplier: str
    name: str
    collection: str
    expected: int
    practices: int
    accepted: int
    calculated: int
    reported: int
    rejected: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class DeadReason:
    """Why messages of a queue died, and how many."""

    queue: str
    reason: str
    letters: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What ingest says."""

    at: datetime
    ledger: LedgerLine
    oldest_in_flight_seconds: float | None
    suppliers: Sequence[SupplierLine]
    outbox_rows: int
    queues: Sequence[QueueState] | None
    """None where the broker does not say."""
    queues_problem: str | None
    dead_reasons: Sequence[DeadReason]


@dataclass(frozen=True, slots=True)
class Own:
    """What our own database says."""

    signed_minutes: Sequence[int]
    """Signatures in each of the last minutes, the oldest first."""
    outbox_rows: int
    milliseconds: float
    """How long it took to say so."""


@dataclass(frozen=True, slots=True)
class Look:
    """How much was settled when somebody looked: two of them give a pace."""

    at: datetime
    settled: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known; a part that does not answer is None or False."""

    now: datetime
    pipeline: Pipeline | None
    pipeline_problem: str | None
    """Why ingest says nothing, for people."""
    own: Own | None
    payments_answers: bool
    looks: Sequence[Look] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is going on, what it means, and what to do; `topic` names the advice that the page and the runbook have."""

    gravity: Gravity
    topic: str
    heading: str
    means: str
    do: Sequence[str] = field(default_factory=tuple)


LOOKED_BACK = timedelta(minutes=2)


def extracts_per_second(looks: Sequence[Look], now: datetime) -> float | None:
    """How fast extracts are settled, by the looks of the last two minutes; None where those do not say."""
    recent = [look for look in looks if now - look.at <= LOOKED_BACK]
    if len(recent) < 2:
        return None
    seconds = (recent[-1].at - recent[0].at).total_seconds()
    settled = recent[-1].settled - recent[0].settled
    return settled / seconds if seconds >= 5 and settled > 0 else None


def done_by(facts: Facts) -> datetime | None:
    """When what is in flight will be settled; None where nobody can say yet."""
    if facts.pipeline is None:
        return None
    pace = extracts_per_second(facts.looks, facts.now)
    if pace:
        return facts.now + timedelta(seconds=facts.pipeline.ledger.in_flight / pace)
    queues = [queue for queue in facts.pipeline.queues or () if queue.waiting]
    if not queues:
        return None
    drains = [queue.drain_seconds for queue in queues]
    known = [seconds for seconds in drains if seconds is not None]
    return facts.now + timedelta(seconds=max(known)) if len(known) == len(drains) else None
