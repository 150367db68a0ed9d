"""What do we know of the running system? Everybody is asked at once, and who does not answer is told as that."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from qof_declarations.core.operations import (
    DeadReason,
    Facts,
    LedgerLine,
    Look,
    Own,
    Pipeline,
    QueueSample,
    QueueState,
    SupplierLine,
)
from qof_declarations.handlers.service_ports import NotAnsweringError, OtherService, RefusedByServiceError

LOOKS_KEPT = 200


class OwnOperations(Protocol):
    """What our own database says of itself."""

    async def look(self) -> Own | None:
        """None where it does not answer."""


class Looks:
    """How much was settled when somebody looked last, for one process."""

    def __init__(self) -> None:
        self._kept: deque[Look] = deque(maxlen=LOOKS_KEPT)

    def add(self, look: Look) -> tuple[Look, ...]:
        """Keep a look; returns all that belong to one run of the same books."""
        if self._kept and look.settled < self._kept[-1].settled:
            self._kept.clear()
        if not self._kept or look.at > self._kept[-1].at:
            self._kept.append(look)
        return tuple(self._kept)


async def show_operations(
    *,
    token: str | None,
    ingest: OtherService,
    payments: OtherService,
    own: OwnOperations,
    looks: Looks,
    now: Callable[[], datetime],
) -> Facts:
    """Every part is asked at once and has two seconds; raises nothing because one is away."""
    (pipeline, problem), payments_answers, ours = await asyncio.gather(
        _pipeline(ingest, token), _answers(payments, token), own.look()
    )
    moment = now()
    seen = looks.add(Look(pipeline.at, pipeline.ledger.settled)) if pipeline else ()
    return Facts(moment, pipeline, problem, ours, payments_answers, seen)


async def _pipeline(ingest: OtherService, token: str | None) -> tuple[Pipeline | None, str | None]:
    if token is None:
        return None, "Sign in again: ingest shows this to people who signed in lately."
    try:
        return read_pipeline(await ingest.get("/v1/operations", token)), None
    except NotAnsweringError:
        return None, "Its api process or its database is away, or it took longer than two seconds."
    except RefusedByServiceError as refusal:
        return None, f"It says: {refusal.title}. {refusal.detail}".strip()


async def _answers(service: OtherService, token: str | None) -> bool:
    try:
        await service.get("/health/ready", token or "")
    except (NotAnsweringError, RefusedByServiceError):
        return False
    return True


def read_pipeline(told: Any) -> Pipeline:
    """`GET /v1/operations` of ingest."""
    ledger = told["ledger"]
    queues = told["queues"]
    return Pipeline(
        at=datetime.fromisoformat(told["at"]),
        ledger=LedgerLine(**{name: ledger[name] for name in LedgerLine.__dataclass_fields__}),
        oldest_in_flight_seconds=told["oldest_in_flight_seconds"],
        suppliers=[
            SupplierLine(**{name: one[name] for name in SupplierLine.__dataclass_fields__}) for one in told["suppliers"]
        ],
        outbox_rows=told["outbox_rows"],
        queues=None if queues is None else [_queue(one) for one in queues],
        queues_problem=told["queues_problem"],
        dead_reasons=[
            DeadReason(one["queue"], reason, letters)
            for one in told["dead_letters"]
            for reason, letters in sorted(one["reasons"].items())
        ],
    )


def _queue(told: Any) -> QueueState:
    return QueueState(
        name=told["name"],
        service=told["service"],
        ready=told["ready"],
        unacknowledged=told["unacknowledged"],
        retrying=told["retrying"],
        dead=told["dead"],
        consumers=told["consumers"],
        arriving=told["publish_rate"],
        done=told["acknowledge_rate"],
        history=[
            QueueSample(datetime.fromtimestamp(one["at"] / 1000, UTC), one["depth"], one["done"])
            for one in told["history"]
        ],
    )
