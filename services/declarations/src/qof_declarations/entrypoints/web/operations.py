"""The operator's page: how the system is, on one screen, whatever of it is away."""

import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.views.operations import operations_view
from qof_declarations.handlers.operating import Looks, OwnOperations, show_operations
from qof_declarations.handlers.service_ports import OtherService
from qof_shared.db.engine import is_unavailable
from qof_shared.people import SEES_OPERATIONS
from qof_shared.people import token_digest as digest

OPERATIONS = "/operations"
SOONEST_RELOAD = 5
"""Seconds; each browser adds some of its own, so that they do not come together."""

REMEMBERED_SECONDS = 1800
REMEMBERED_PEOPLE = 100


class RememberedOperators:
    """Who was let in lately, for the time in which the database that knows sessions is away: that is when they look."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, tuple[Asking, float]] = OrderedDict()

    def keep(self, cookie: str, asking: Asking) -> None:
        self._known[digest(cookie)] = asking, self._clock() + REMEMBERED_SECONDS
        self._known.move_to_end(digest(cookie))
        while len(self._known) > REMEMBERED_PEOPLE:
            self._known.popitem(last=False)

    def find(self, cookie: str) -> Asking | None:
        asking, until = self._known.get(digest(cookie), (None, 0.0))
        return asking if self._clock() < until else None


def operators_let_in(
    gate: Gate, remembered: RememberedOperators | None = None
) -> Callable[[Request], Awaitable[Asking]]:
    """A dependency: an operator or one of the national team, also while our database cannot say who asks."""
    known = remembered or RememberedOperators()
    let_in = gate.signed_in(*SEES_OPERATIONS, needs_token=True)

    async def asking(request: Request) -> Asking:
        cookie = gate.cookie_of(request)
        try:
            found = await let_in(request)
        except Exception as error:
            if not is_unavailable(error):
                raise
            remembered = known.find(cookie) if cookie else None
            if remembered is None:
                raise
            return remembered
        if cookie:
            known.keep(cookie, found)
        return found

    return asking


def operations_pages(
    *,
    pages: Pages,
    gate: Gate,
    ingest: OtherService,
    payments: OtherService,
    own: OwnOperations,
    now: Callable[[], datetime],
    chance: Callable[[], float] = random.random,
) -> APIRouter:
    """One page. Its script fetches it again and puts the new parts in the place of the old; without, it reloads."""
    router = APIRouter()
    looks = Looks()
    let_in = Depends(operators_let_in(gate))

    @router.get(OPERATIONS)
    async def show(request: Request, asking: Annotated[Asking, let_in]) -> Response:
        facts = await show_operations(
            token=asking.token, ingest=ingest, payments=payments, own=own, looks=looks, now=now
        )
        return pages.render(
            request,
            "pages/operations.html",
            asking=asking,
            seen=operations_view(facts),
            pipeline=facts.pipeline,
            reload_seconds=SOONEST_RELOAD + round(5 * chance()),
        )

    return router
