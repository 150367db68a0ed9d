"""Keeping what is being typed, every few seconds, in case the page is lost before it is sent."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from qof_declarations.core.permissions import scope_of
from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.practice import PRACTICE, practice_path
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.reading import find_standing
from qof_declarations.handlers.sessions import keep_typed


class Form(StrEnum):
    """The pages of a practice on which people write sentences."""

    DECLARATION = "declaration"
    QUERIES = "queries"


PAGE = PRACTICE + "/{form}"


def drafts_router(*, gate: Gate, new_unit_of_work: NewUnitOfWork, now: Callable[[], datetime]) -> APIRouter:
    """`…/{form}/draft`: what static/drafts.js sends. A draft is its person's own, one for a page."""
    router = APIRouter()
    form_sent = Depends(gate.signed_in(page=PAGE))

    @router.post(PAGE + "/draft")
    async def keep(collection: str, practice: str, form: Form, asking: Annotated[Asking, form_sent]) -> Response:
        async with new_unit_of_work() as uow:
            # Only for pages that the person can see: nobody fills the table with pages that do not exist.
            await find_standing(uow.standings(scope_of(asking.person)), collection, practice, person=asking.person)
        page = f"{practice_path(collection, practice)}/{form}"
        await keep_typed(asking.person, page, asking.form, sessions=gate.sessions, now=now())
        return Response(status_code=204)

    return router
