"""What is seen of events on their way: how many, how long, how old, and how it ended."""

from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter

from qof_shared.contracts import Event
from qof_shared.observability.metrics import AGES, counter, histogram

HANDLED = counter(
    "openqof_consumer_events_total",
    "Events handled, by how that ended: committed; retried (it comes again after a delay); dead (it waits for "
    "a person)",
    ("queue", "outcome"),
)
BATCHES = histogram(
    "openqof_consumer_batch_seconds",
    "Transactions of a worker, and how long each took from inbox to commit",
    ("queue",),
)
OLDEST = histogram(
    "openqof_consumer_oldest_age_seconds",
    "How long ago the oldest event of each batch had happened when the batch was committed",
    ("queue",),
    buckets=AGES,
)
REDELIVERED = counter(
    "openqof_consumer_redelivered_total",
    "Messages that the broker handed out again, after a worker was lost",
    ("queue",),
)
HELD = counter(
    "openqof_consumer_database_away_total",
    "Times that a worker held its batch because the database was away",
    ("queue",),
)
RELAYED = counter(
    "openqof_relay_events_total",
    "Events that a relay offered the broker: published (the broker has them safe); refused (they stay in the "
    "outbox, and are offered again)",
    ("event", "outcome"),
)
WINDOWS = histogram("openqof_relay_window_seconds", "Windows of the outbox, and how long each took to publish")


class ConsumerMeter:
    """The figures of one queue's consumer; its time series exist from the start, so that nothing is told as 0."""

    def __init__(self, queue: str) -> None:
        self._committed = HANDLED.labels(queue, "committed")
        self.retried = HANDLED.labels(queue, "retried")
        self.dead = HANDLED.labels(queue, "dead")
        self.redelivered = REDELIVERED.labels(queue)
        self.held = HELD.labels(queue)
        self._batches = BATCHES.labels(queue)
        self._oldest = OLDEST.labels(queue)

    def committed(self, events: Sequence[Event], began: float) -> None:
        """A batch is committed that was begun at `began`, by `perf_counter`."""
        self._batches.observe(perf_counter() - began)
        if events:
            self._committed.inc(len(events))
            oldest = min(event.occurred_at for event in events)
            self._oldest.observe(max(0.0, (datetime.now(UTC) - oldest).total_seconds()))
