"""Every queue has a consumer's service, a dead-letter queue and nothing that loses messages."""

import dataclasses

import pytest

from qof_shared.contracts import CONTRACTS, ExtractAccepted
from qof_shared.messaging.topology import ANNOUNCEMENTS, QUEUES, RETRY_DELAYS, Queue, faults, queue_named

SERVICES = {"ingest", "calculator", "payments", "declarations"}


@pytest.mark.parametrize("queue", [*QUEUES, ANNOUNCEMENTS], ids=lambda queue: queue.name)
def test_every_queue_is_safe(queue: Queue) -> None:
    assert faults(queue) == []


def test_every_event_reaches_some_queue() -> None:
    heard = {key for queue in (*QUEUES, ANNOUNCEMENTS) for key in queue.routing_keys}
    assert heard == set(CONTRACTS), "an event nobody hears would be unroutable, and stay in the outbox for ever"


def test_every_queue_belongs_to_a_service() -> None:
    assert {queue.service for queue in QUEUES} == SERVICES


def test_queue_names_are_unique_and_retries_differ() -> None:
    names = [queue.name for queue in QUEUES] + [queue.dead for queue in QUEUES]
    names += [queue.retry(delay) for queue in QUEUES for delay in RETRY_DELAYS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("argument", "value", "reason"),
    [
        ("x-message-ttl", 1000, "messages expire"),
        ("x-max-length", 10, "dropped over a length"),
        ("x-max-length-bytes", 10, "dropped over a size"),
        ("x-expires", 1000, "the queue itself expires"),
        ("x-queue-type", "classic", "not a quorum queue"),
        ("x-delivery-limit", None, "no delivery limit"),
        ("x-dead-letter-routing-key", "elsewhere", "no dead-letter queue"),
        ("x-dead-letter-strategy", "at-most-once", "dead letters are not confirmed"),
    ],
)
def test_a_lossy_setting_is_named(argument: str, value: object, reason: str) -> None:
    queue = dataclasses.replace(queue_named("calculator.extracts"), extra_arguments={argument: value})
    assert any(reason in fault for fault in faults(queue))


def test_an_unknown_queue_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"calculator\.extracts"):
        queue_named("calculator.extract")


def test_a_queue_listens_by_the_event_name() -> None:
    assert Queue("a.b", (ExtractAccepted,)).routing_keys == ("extract.accepted.v1",)
