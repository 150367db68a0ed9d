"""Which queues exist, what they listen to, and what would make one of them lose a message.

Every broker name in the system is here. A queue belongs to the service in its name; its worker consumes it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qof_shared.contracts import (
    AchievementCalculated,
    AchievementCalculatedBefore,
    AchievementsSummed,
    AspirationInstructed,
    CollectionOpened,
    Contract,
    DeclarationApproved,
    DeclarationFinanceApproved,
    DeclarationReturned,
    DeclarationSigned,
    DeterminationMade,
    DeterminationWithdrawn,
    DirectoryRecorded,
    EntitlementCalculated,
    EntitlementsDue,
    ExtractAccepted,
    ExtractRejected,
    ExtractsReceived,
    NationalFiguresFrozen,
    PaymentInstructed,
    ReportPublished,
    ReportsPublished,
    RulesetDescribed,
    routing_key,
)
from qof_shared.errors import SetupError

EXCHANGE = "qof.events"

DELIVERY_LIMIT = 30
"""How often the broker hands out one message before it parks it: only a message that kills its worker, or bad luck
through thirty crashes, gets there. It is parked in the dead-letter queue, never dropped."""

RETRY_DELAYS = (1, 5, 30, 300)
"""Seconds before the second, third, ... attempt; after the last one the message is dead-lettered."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue and the events bound to it."""

    name: str
    events: tuple[type[Contract], ...]
    is_long_work: bool = False
    """One message is a batch by itself: it is taken alone, and few are held, so that workers share them out."""
    extra_arguments: Mapping[str, object] = field(default_factory=dict)
    former_events: tuple[type[Contract], ...] = ()
    """Events that were bound to it once: a broker that knew it then is told to bring them no longer."""

    @property
    def service(self) -> str:
        return self.name.partition(".")[0]

    @property
    def dead(self) -> str:
        """Where messages wait for a person, each with its reason."""
        return f"{self.name}.dead"

    def retry(self, delay: int) -> str:
        """Where a message waits `delay` seconds before it returns to this queue and no other."""
        return f"{self.name}.retry.{delay}s"

    @property
    def routing_keys(self) -> tuple[str, ...]:
        return tuple(routing_key(event) for event in self.events)

    @property
    def former_routing_keys(self) -> tuple[str, ...]:
        return tuple(routing_key(event) for event in self.former_events)

    @property
    def arguments(self) -> dict[str, object]:
        return {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.dead,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",  # what at-least-once asks for; there is no length cap to overflow
            **self.extra_arguments,
        }

    def retry_arguments(self, delay: int) -> dict[str, object]:
        return {
            "x-queue-type": "quorum",
            "x-message-ttl": delay * 1000,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.name,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }


DEAD_ARGUMENTS: dict[str, object] = {"x-queue-type": "quorum"}

QUEUES: tuple[Queue, ...] = (
    Queue("calculator.extracts", (ExtractAccepted,)),
    Queue(
        "ingest.outcomes",
        (AchievementsSummed, ExtractRejected, ReportsPublished, AchievementCalculatedBefore, ReportPublished),
    ),
    Queue("ingest.determinations", (DeterminationMade, DeterminationWithdrawn)),
    Queue("payments.directory", (DirectoryRecorded, CollectionOpened)),
    Queue("payments.achievements", (AchievementsSummed, AchievementCalculatedBefore)),
    Queue("payments.entitlements", (EntitlementsDue,), is_long_work=True),
    Queue("payments.approvals", (DeclarationFinanceApproved,), former_events=(DeclarationApproved,)),
    Queue(
        "payments.declarations",
        (DeclarationSigned, DeclarationReturned, DeclarationApproved, DeclarationFinanceApproved),
    ),
    Queue("declarations.directory", (DirectoryRecorded, CollectionOpened, RulesetDescribed)),
    Queue("declarations.extracts", (ExtractsReceived,)),
    Queue("declarations.achievements", (AchievementCalculated, ExtractRejected, AchievementCalculatedBefore)),
    Queue("declarations.entitlements", (EntitlementCalculated, NationalFiguresFrozen)),
    Queue("declarations.payments", (PaymentInstructed,)),
    Queue("declarations.log", (DeclarationSigned,)),
)

ANNOUNCED: tuple[type[Contract], ...] = (AspirationInstructed,)
"""Events that no service acts upon yet. They are kept in a queue of their own, so that a later reader misses none."""

ANNOUNCEMENTS = Queue("announcements.events", ANNOUNCED)


class TopologyError(SetupError):
    """The broker's queues could lose a message; the service refuses to start."""


def queue_named(name: str) -> Queue:
    """Look a work queue up by name; raises KeyError with the known names."""
    for queue in QUEUES:
        if queue.name == name:
            return queue
    raise KeyError(f"no queue {name!r}; known: {', '.join(queue.name for queue in QUEUES)}")


def faults(queue: Queue) -> list[str]:
    """Everything about a work queue that could lose a message, as sentences; empty when it is safe."""
    found = [f"{queue.name}: {reason}" for reason in lossy_settings(queue.arguments)]
    if queue.arguments.get("x-queue-type") != "quorum":
        found.append(f"{queue.name}: not a quorum queue, so a broken node loses what it holds")
    if not isinstance(queue.arguments.get("x-delivery-limit"), int):
        found.append(f"{queue.name}: no delivery limit of its own, so a broker's default decides what is dropped")
    if queue.arguments.get("x-dead-letter-routing-key") != queue.dead:
        found.append(f"{queue.name}: no dead-letter queue, so a message over the delivery limit is dropped")
    if queue.arguments.get("x-dead-letter-strategy") != "at-least-once":
        found.append(f"{queue.name}: dead letters are not confirmed, so one can vanish on its way")
    return found


def lossy_settings(settings: Mapping[str, object]) -> Iterable[str]:
    """Queue arguments or policy keys under which RabbitMQ removes messages that nobody has handled."""
    reasons = {
        "message-ttl": "messages expire (message-ttl)",
        "expires": "the queue itself expires (expires)",
        "max-length": "old messages are dropped over a length (max-length)",
        "max-length-bytes": "old messages are dropped over a size (max-length-bytes)",
    }
    for key, reason in reasons.items():
        if settings.get(key) is not None or settings.get(f"x-{key}") is not None:
            yield reason
