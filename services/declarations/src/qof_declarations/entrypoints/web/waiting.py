"""Where is my extract, and when is it through? A page that looks again by itself, whatever the browser can do."""

import random
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from qof_declarations.core.waiting import poll_after
from qof_declarations.entrypoints.http_waiting import PolledModel, WaitingModel, Watch, waiting_events
from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.practice import PRACTICE, practice_path
from qof_declarations.entrypoints.web.views.waiting import waiting_part
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.waiting import ShownPlace, show_waiting
from qof_shared.people import Person

WAITING = PRACTICE + "/waiting"
SOONEST_RELOAD = 10
"""Seconds; a whole page is more than a look at one's place."""


def waiting_pages(
    *,
    pages: Pages,
    gate: Gate,
    new_unit_of_work: NewUnitOfWork,
    watch: Watch,
    now: Callable[[], datetime],
    chance: Callable[[], float] = random.random,
) -> APIRouter:
    """The page, what its script listens to, and what the script asks where it cannot listen."""
    router = APIRouter()
    signed_in = Depends(gate.signed_in())

    async def find(collection: str, practice: str, person: Person) -> ShownPlace:
        queue = await watch.look(collection)
        async with new_unit_of_work() as uow:
            return await show_waiting(collection, practice, person=person, uow=uow, queue=queue)

    @router.get(WAITING)
    async def show(collection: str, practice: str, request: Request, asking: Annotated[Asking, signed_in]) -> Response:
        shown = await find(collection, practice, asking.person)
        place = shown.place
        seconds = max(poll_after(place, now(), chance()), SOONEST_RELOAD + round(5 * chance()))
        return pages.render(
            request,
            "pages/waiting.html",
            asking=asking,
            base=practice_path(collection, practice),
            practice=practice,
            practice_name=shown.practice_name,
            collection=collection,
            place=waiting_part(place),
            reload_seconds=None if place.is_settled else seconds,
        )

    @router.get(WAITING + "/now")
    async def ask(collection: str, practice: str, asking: Annotated[Asking, signed_in]) -> Response:
        place = (await find(collection, practice, asking.person)).place
        model = PolledModel(**dict(WaitingModel.of(place)), poll_after_seconds=poll_after(place, now(), chance()))
        return Response(model.model_dump_json(), media_type="application/json")

    @router.get(WAITING + "/events")
    async def listen(collection: str, practice: str, asking: Annotated[Asking, signed_in]) -> Response:
        place = (await find(collection, practice, asking.person)).place
        return await waiting_events(place, collection, practice, watch, now, chance)

    return router
