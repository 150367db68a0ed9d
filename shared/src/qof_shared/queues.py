"""What is known of a queue: how much waits, who works on it, and why messages died. For whoever tells or shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class BrokerAwayError(Exception):
    """The management API does not answer, or is not set up; the text says which, and what that means."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A queue at a moment of the last minutes."""

    at: int
    """Milliseconds since 1970."""
    depth: int
    done: float
    """Messages acknowledged a second in the step that ended then."""


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A work queue with the retry and dead-letter queues behind it. Depths and rates are in messages: one holds up to
    25 events (`messaging.chunks`)."""

    name: str
    service: str
    ready: int
    unacknowledged: int
    consumers: int
    publish_rate: float
    deliver_rate: float
    acknowledge_rate: float
    dead: int
    retrying: int
    history: Sequence[Sample] = ()
    """The oldest first."""

    @property
    def waiting(self) -> int:
        """Messages that are not done yet, wherever they wait."""
        return self.ready + self.unacknowledged + self.retrying


@dataclass(frozen=True, slots=True)
class DeadReasons:
    """Why a queue's first dead letters died: sentence -> how many."""

    queue: str
    reasons: Mapping[str, int]


class Broker(Protocol):
    """Who knows about queues. Both raise BrokerAwayError."""

    async def queues(self) -> Sequence[QueueFacts]: ...
    async def dead_reasons(self) -> Sequence[DeadReasons]: ...


class NoBroker:
    """A service that was not told where the management API is."""

    async def queues(self) -> Sequence[QueueFacts]:
        raise BrokerAwayError("The address of RabbitMQ's management API is not set (QOF_BROKER_MANAGEMENT_URL).")

    async def dead_reasons(self) -> Sequence[DeadReasons]:
        await self.queues()
        return ()
