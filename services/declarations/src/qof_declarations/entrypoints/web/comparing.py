"""A practice's two years side by side."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.practice import PRACTICE
from qof_declarations.entrypoints.web.told import ToldReports
from qof_declarations.entrypoints.web.views.side_by_side import side_part
from qof_declarations.handlers.looking import keep_look
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.side_by_side import show_side_by_side


def comparison_pages(
    *,
    pages: Pages,
    gate: Gate,
    new_unit_of_work: NewUnitOfWork,
    told: ToldReports,
    now: Callable[[], datetime],
) -> APIRouter:
    """`…/compare`."""
    router = APIRouter()
    signed_in = Depends(gate.signed_in())

    @router.get(PRACTICE + "/compare")
    async def show(collection: str, practice: str, request: Request, asking: Annotated[Asking, signed_in]) -> Response:
        async with new_unit_of_work() as uow:
            review, report = await told.review(collection, practice, person=asking.person, uow=uow)
            found = await show_side_by_side(collection, practice, person=asking.person, uow=uow)
            version = review.about.version
            if await keep_look(review.standing, version=version, person=asking.person, uow=uow, now=now()):
                await uow.commit()
        return pages.render(
            request,
            "pages/compare.html",
            asking=asking,
            standing=review.standing,
            about=review.about,
            part=side_part(found, report),
            measured_at=found.compared.measured_at,
        )

    return router
