"""Which pipelines are compared, and how is each kept from losing a job?

`variants/<name>.py` has what it does: `prepare` its queues, `produce` the backlog, `work` until SIGTERM. Each is set up
as its own documentation advises for durability, and then as fast as it goes here within that.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["ours", "raw", "framework"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One pipeline. `guess` is a rate (jobs/s) to tell the time a run will take, before any was measured."""

    name: str
    title: str
    kind: Kind
    durability: str
    guess: float


OPENQOF, RAW_BATCHED, CELERY = "openqof", "raw_batched", "celery"

VARIANTS = (
    Variant(
        OPENQOF,
        "OpenQOF",
        "ours",
        "the real calculator: quorum queues with dead letters and delayed retries, confirmed publishing in the relay's"
        " chunks, inbox, outbox, one transaction for a batch, acknowledged after commit. It alone also writes the event"
        " that tells of the result",
        3_000,
    ),
    Variant(
        RAW_BATCHED,
        "raw, batched",
        "raw",
        "aio-pika, quorum queue, 100 jobs in one INSERT, one acknowledgement after commit; no retry, no dead letters",
        3_500,
    ),
    Variant(
        "raw_one_by_one",
        "raw, one by one",
        "raw",
        "aio-pika, quorum queue, one INSERT a job, acknowledged after commit; no retry, no dead letters",
        1_300,
    ),
    Variant(
        "dramatiq",
        "Dramatiq",
        "framework",
        "durable classic queue (it declares no other), confirmed publishing, acknowledged after the actor,"
        " its own retries",
        1_000,
    ),
    Variant(
        "faststream",
        "FastStream",
        "framework",
        "quorum queue, persistent, confirmed publishing, acknowledged after the handler, rejected back on error",
        1_000,
    ),
    Variant(
        "taskiq",
        "taskiq",
        "framework",
        "taskiq-aio-pika: quorum queue, persistent, confirmed publishing, acknowledged when saved",
        900,
    ),
    Variant(
        CELERY,
        "Celery",
        "framework",
        "quorum queue, confirmed publishing, acks_late, reject_on_worker_lost, prefork, no result backend",
        500,
    ),
    Variant(
        "procrastinate",
        "procrastinate",
        "framework",
        "jobs are rows in PostgreSQL; finished jobs are deleted, failed ones kept",
        280,
    ),
)
NAMES = tuple(variant.name for variant in VARIANTS)


def variant_named(name: str) -> Variant:
    """Raises KeyError with the known names."""
    for variant in VARIANTS:
        if variant.name == name:
            return variant
    raise KeyError(f"no variant {name!r}; known: {', '.join(NAMES)}")
