from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from qof_declarations.core.operations import Look, Own
from qof_declarations.handlers.operating import Looks, read_pipeline, show_operations
from qof_declarations.handlers.service_ports import NotAnsweringError, RefusedByServiceError
from qof_shared.testing.fakes import NOON

OPERATIONS: Mapping[str, Any] = {
    "at": "2013-04-02T12:00:00Z",
    "ledger": {
        "accepted": 9,
        "calculated": 5,
        "rejected": 1,
        "dead": 1,
        "in_flight": 2,
        "balances": True,
        "unaccounted": 0,
        "problem": None,
        "new in a later release": 1,
    },
    "oldest_in_flight_seconds": 4.5,
    "suppliers": [],
    "outbox_rows": 3,
    "queues": [
        {
            "name": "calculator.extracts",
            "service": "calculator",
            "ready": 1,
            "unacknowledged": 2,
            "consumers": 3,
            "publish_rate": 4.0,
            "deliver_rate": 5.0,
            "acknowledge_rate": 6.0,
            "dead": 7,
            "retrying": 8,
            "history": [{"at": 1364904000000, "depth": 9, "done": 1.5}],
        }
    ],
    "queues_problem": None,
    "dead_letters": [{"queue": "calculator.extracts", "reasons": {"b": 2, "a": 5}}],
}


class Other:
    """Another service that answers this, or raises it."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def get(self, path: str, token: str) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    async def post(self, path: str, token: str, body: Any = None, *, seconds: float = 2.0) -> Any:
        raise AssertionError("an operator's page changes nothing")


class Ours:
    def __init__(self, own: Own | None) -> None:
        self._own = own

    async def look(self) -> Own | None:
        return self._own


async def ask(ingest: Any, payments: Any, own: Own | None, token: str | None = "a token") -> Any:
    return await show_operations(
        token=token, ingest=Other(ingest), payments=Other(payments), own=Ours(own), looks=Looks(), now=lambda: NOON
    )


async def test_what_ingest_tells_is_read() -> None:
    facts = await ask(OPERATIONS, {}, Own((1,), 0, 1.0))
    assert facts.payments_answers
    (queue,) = facts.pipeline.queues
    assert (queue.waiting, queue.consumers, queue.arriving, queue.done, queue.dead, queue.retrying) == (
        3,
        3,
        4,
        6,
        7,
        8,
    )
    assert (queue.history[0].at, queue.history[0].depth) == (NOON.replace(year=2013, month=4, day=2), 9)
    assert [(one.reason, one.letters) for one in facts.pipeline.dead_reasons] == [("a", 5), ("b", 2)]
    assert facts.looks == (Look(facts.pipeline.at, 6),)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NotAnsweringError("ingest"), "took longer than two seconds"),
        (RefusedByServiceError(403, "Your role does not allow this", "Ask.", {}), "Your role does not allow this"),
    ],
)
async def test_parts_that_are_away_are_told_as_that(error: Exception, why: str) -> None:
    facts = await ask(error, NotAnsweringError("payments"), None)
    assert (facts.pipeline, facts.own, facts.payments_answers) == (None, None, False)
    assert why in facts.pipeline_problem


async def test_without_a_token_ingest_is_not_asked() -> None:
    facts = await ask(AssertionError("it is asked"), {}, None, token=None)
    assert "Sign in again" in facts.pipeline_problem


def test_a_broker_that_is_away_is_read_as_that() -> None:
    pipeline = read_pipeline({**OPERATIONS, "queues": None, "queues_problem": "It is away.", "dead_letters": []})
    assert (pipeline.queues, pipeline.queues_problem) == (None, "It is away.")


def test_looks_begin_anew_where_the_books_do() -> None:
    looks = Looks()
    looks.add(Look(NOON, 5))
    assert looks.add(Look(NOON, 5)) == (Look(NOON, 5),), "the same look again is none"
    assert len(looks.add(Look(NOON + timedelta(seconds=1), 6))) == 2
    assert looks.add(Look(NOON + timedelta(seconds=2), 1)) == (Look(NOON + timedelta(seconds=2), 1),)
