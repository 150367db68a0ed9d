"""What is the system doing? One document for operators, their page, and whoever rehearses a year end."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

from fastapi import APIRouter, Depends
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from qof_ingest.core.ledger import Ledger, SupplierCounts
from qof_ingest.handlers.ports import KnownDirectory
from qof_ingest.handlers.show_operations import Accounts, Operations, StandingShortfall, show_operations
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import Problem, ProblemModel
from qof_shared.people import SEES_OPERATIONS, People
from qof_shared.queues import Broker, DeadReasons, QueueFacts


class LedgerModel(BaseModel):
    """Extracts as their suppliers know them, each once: accepted = calculated + rejected + dead + in_flight."""

    accepted: int
    calculated: int
    rejected: int
    dead: int = Field(
        description="Without outcome, their message in a dead-letter queue; of the whole broker, also when one"
        " collection is asked for. Among in_flight while the broker does not say."
    )
    in_flight: int
    balances: bool = Field(
        description="False where the figures, each counted by itself, do not add up, or where for 15 seconds there have"
        " been extracts without outcome for which the outbox and the queues have no room."
    )
    unaccounted: int = Field(description="Such extracts at this moment; a few for a few seconds are no fault.")
    problem: str | None = Field(description="Why it does not balance, for people.")

    @classmethod
    def of(cls, ledger: Ledger) -> Self:
        return cls.model_validate(ledger, from_attributes=True)


class SupplierModel(BaseModel):
    """One supplier's extracts in one collection."""

    supplier: str
    name: str
    collection: str
    practices: int = Field(description="Practices from which at least one extract was accepted.")
    accepted: int
    calculated: int = Field(description="With points, reported or not.")
    reported: int = Field(description="The practice can see points and pounds.")
    rejected: int
    in_flight: int = Field(description="Without an outcome, dead ones too.")
    expected: int = Field(description="Practices of the supplier in the directory, of the collection's nation.")

    @classmethod
    def of(cls, counts: SupplierCounts) -> Self:
        return cls.model_validate(counts, from_attributes=True)


class SampleModel(BaseModel):
    """A queue at a moment of the last ten minutes."""

    at: int = Field(description="Milliseconds since 1970.")
    depth: int
    done: float = Field(description="Messages acknowledged a second.")


class QueueModel(BaseModel):
    """A work queue. Depths and rates are in messages, of which one holds up to 25 events; rates are a second's."""

    name: str
    service: str
    ready: int
    unacknowledged: int
    consumers: int
    publish_rate: float
    deliver_rate: float
    dead: int = Field(description="Messages that wait for a person.")
    retrying: int = Field(description="Messages that failed and come back by themselves.")
    acknowledge_rate: float = Field(description="Done for good.")
    history: list[SampleModel] = Field(description="The last ten minutes, the oldest first.")

    @classmethod
    def of(cls, facts: QueueFacts) -> Self:
        return cls.model_validate(facts, from_attributes=True)


class DeadLettersModel(BaseModel):
    """Why the first hundred dead letters of a queue died: reason -> how many."""

    queue: str
    reasons: dict[str, int]

    @classmethod
    def of(cls, dead: DeadReasons) -> Self:
        return cls(queue=dead.queue, reasons=dict(dead.reasons))


class OperationsModel(BaseModel):
    """The running of the system. Counts are a second old or ten times what counting takes, queues six seconds."""

    at: datetime
    ledger: LedgerModel
    oldest_in_flight_seconds: float | None = Field(
        description="Since the oldest extract without an outcome was accepted; null where all have one."
    )
    suppliers: list[SupplierModel]
    outbox_rows: int = Field(description="Events that ingest's relay has not passed on yet.")
    queues: list[QueueModel] | None = Field(description="null where the broker does not say.")
    queues_problem: str | None = Field(description="Why the broker does not say, for people.")
    dead_letters: list[DeadLettersModel]

    @classmethod
    def of(cls, found: Operations) -> Self:
        return cls(
            at=found.at,
            ledger=LedgerModel.of(found.ledger),
            oldest_in_flight_seconds=found.oldest_in_flight_seconds,
            suppliers=[SupplierModel.of(one) for one in found.books.suppliers],
            outbox_rows=found.books.outbox_rows,
            queues=None if found.queues is None else [QueueModel.of(one) for one in found.queues],
            queues_problem=found.queues_problem,
            dead_letters=[DeadLettersModel.of(one) for one in found.dead_letters],
        )


PROBLEMS: dict[int | str, dict[str, Any]] = {status: {"model": ProblemModel} for status in (401, 403, 404, 503)}


def operations_router(
    *,
    directory: KnownDirectory,
    accounts: Accounts,
    broker: Broker,
    shortfall: StandingShortfall,
    events_per_message: int,
    people: People,
    now: Callable[[], datetime],
) -> APIRouter:
    """For operators and the national team; suppliers see their own progress elsewhere."""
    documented = HTTPBearer(scheme_name="personToken", auto_error=False)
    router = APIRouter(prefix="/v1", tags=["operations"], dependencies=[Depends(documented)])
    seeing = Depends(person_with_role(people, *SEES_OPERATIONS))

    @router.get("/operations", response_model=OperationsModel, responses=PROBLEMS, dependencies=[seeing])
    async def show(collection: str | None = None) -> OperationsModel:
        """Where every extract is, what waits in every queue, who works on it, and whether the books balance."""
        if collection is not None and await directory.collection(collection) is None:
            raise Problem(
                404, "not-found", "There is no such collection", f"There is no collection {collection}. Check its code."
            )
        found = await show_operations(
            collection,
            accounts=accounts,
            broker=broker,
            shortfall=shortfall,
            events_per_message=events_per_message,
            now=now(),
        )
        return OperationsModel.of(found)

    return router
