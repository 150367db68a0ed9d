"""Where is my extract, and when is it through? Asked for once, or told as it changes (server-sent events)."""

import hashlib
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel
from sse_starlette import EventSourceResponse, ServerSentEvent

from qof_declarations.core.waiting import Journey, Place, Queue, Stage, place_of, poll_after
from qof_declarations.core.waiting_words import waiting_sentences
from qof_declarations.entrypoints.web.words import clock
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.waiting import show_waiting
from qof_declarations.handlers.waiting_ports import Queues
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import Problem, ProblemModel
from qof_shared.people import People, Person, Role

HEARTBEAT_SECONDS = 15
LONGEST_SECONDS = 240
"""A stream ends by itself, so that permission is looked at again and processes share the listeners out anew."""


class Watch(Queues, Protocol):
    """A look at the queues, and one that goes on."""

    @property
    def is_full(self) -> bool: ...

    def listen(self, collection: str, practice: str) -> AsyncGenerator[tuple[Journey, Queue] | None, None]: ...


class WaitingModel(BaseModel):
    """Where a practice's newest extract is. Times are null where nobody can say yet."""

    stage: Stage
    sentences: list[str]
    position: int | None
    """In the queue, from 1."""
    waiting: int | None
    """How many practices wait, this one included."""
    expected_at: datetime | None
    ready_by: datetime | None
    """Nine times of ten it is through by then."""
    report_version: int | None
    is_settled: bool
    """Nothing moves until somebody does something: stop asking."""

    @classmethod
    def of(cls, place: Place) -> "WaitingModel":
        forecast = place.forecast
        return cls(
            stage=place.stage,
            sentences=waiting_sentences(place, clock),
            position=place.position,
            waiting=place.waiting,
            expected_at=forecast.expected_at if forecast else None,
            ready_by=forecast.ready_by if forecast else None,
            report_version=place.journey.version or None,
            is_settled=place.is_settled,
        )

    @property
    def etag(self) -> str:
        """Moves with what a person would see: by seconds the forecast always moves."""
        seen = [self.stage, self.sentences, self.position, self.waiting, self.report_version]
        return f'W/"{hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]}"'


class PolledModel(WaitingModel):
    """The same, and when to ask again."""

    poll_after_seconds: int


def waiting_router(
    *,
    new_unit_of_work: NewUnitOfWork,
    people: People,
    watch: Watch,
    now: Callable[[], datetime],
    chance: Callable[[], float] = random.random,
) -> APIRouter:
    """The routes of waiting."""
    refusals: dict[int | str, dict[str, Any]] = {status: {"model": ProblemModel} for status in (401, 403, 404, 422)}
    prefix = "/v1/collections/{collection}/practices/{practice}/waiting"
    router = APIRouter(prefix=prefix, tags=["waiting"], responses=refusals)
    asking = Depends(person_with_role(people, *Role))

    async def place(collection: str, practice: str, person: Person) -> Place:
        queue = await watch.look(collection)
        async with new_unit_of_work() as uow:
            return (await show_waiting(collection, practice, person=person, uow=uow, queue=queue)).place

    @router.get("", response_model=PolledModel, responses={304: {"description": "Nothing moved."}})
    async def ask(
        collection: str,
        practice: str,
        person: Annotated[Person, asking],
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Where the practice's newest extract is, and when to ask again."""
        found = await place(collection, practice, person)
        model = PolledModel(**dict(WaitingModel.of(found)), poll_after_seconds=poll_after(found, now(), chance()))
        headers = {
            "ETag": model.etag,
            "Cache-Control": "private, no-cache",
            "Retry-After": str(model.poll_after_seconds),
        }
        if model.etag in (if_none_match or ""):
            return Response(status_code=304, headers=headers)
        return Response(model.model_dump_json(), headers=headers, media_type="application/json")

    @router.get(
        "/events",
        response_class=EventSourceResponse,
        responses={503: {"model": ProblemModel, "description": "Too many listen to this process: poll."}},
    )
    async def listen(collection: str, practice: str, person: Annotated[Person, asking]) -> EventSourceResponse:
        """Events `waiting`, each as the answer of a single request, when something moved; ends after some minutes."""
        return await waiting_events(await place(collection, practice, person), collection, practice, watch, now, chance)

    return router


async def waiting_events(
    first: Place, collection: str, practice: str, watch: Watch, now: Callable[[], datetime], chance: Callable[[], float]
) -> EventSourceResponse:
    """The stream of a practice that the asking person was found to see; raises Problem where there is no room."""
    if watch.is_full:
        raise Problem(
            503,
            "too-many-listeners",
            "Ask again later",
            "Too many pages listen to this process. Ask for the place itself, and again after the seconds it says.",
            headers={"Retry-After": str(poll_after(first, now(), chance()))},
        )
    stream = _moved(first, watch.listen(collection, practice), now, chance)
    return EventSourceResponse(stream, ping=HEARTBEAT_SECONDS, headers={"Cache-Control": "private, no-store"})


async def _moved(
    first: Place,
    told: AsyncGenerator[tuple[Journey, Queue] | None, None],
    now: Callable[[], datetime],
    chance: Callable[[], float],
) -> AsyncIterator[ServerSentEvent]:
    """What moved, until nothing will or the time is over; the retry hint spreads those who come back."""
    retry = round(1000 * (2 + 8 * chance()))
    until = now() + timedelta(seconds=LONGEST_SECONDS * (1 + chance() / 4))
    model = WaitingModel.of(first)
    yield ServerSentEvent(model.model_dump_json(), event="waiting", retry=retry)
    async with aclosing(told):
        async for seen in told:
            moved = WaitingModel.of(place_of(*seen)) if seen else model
            if moved.etag != model.etag:
                model = moved
                yield ServerSentEvent(model.model_dump_json(), event="waiting")
            if model.is_settled or now() >= until:
                return
