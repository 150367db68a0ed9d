"""Every queue of declarations has a handler for every event that is bound to it."""

from datetime import UTC, datetime

from qof_declarations.entrypoints.consumers import handlers
from qof_shared.messaging.topology import QUEUES


def test_every_queue_and_every_event_is_handled() -> None:
    table = handlers(lambda: datetime.now(UTC))
    ours = {queue.name: set(queue.routing_keys) for queue in QUEUES if queue.service == "declarations"}
    assert {queue: set(events) for queue, events in table.items()} == ours
