"""A practice's payment page: from the signature to the instruction, with everything between told."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.practice import PRACTICE
from qof_declarations.entrypoints.web.views.payment import payment_part
from qof_declarations.handlers.looking import keep_look
from qof_declarations.handlers.paying import show_payment
from qof_declarations.handlers.ports import NewUnitOfWork


def payment_pages(
    *, pages: Pages, gate: Gate, new_unit_of_work: NewUnitOfWork, now: Callable[[], datetime]
) -> APIRouter:
    """`…/payment`."""
    router = APIRouter()
    signed_in = Depends(gate.signed_in())

    @router.get(PRACTICE + "/payment")
    async def show(collection: str, practice: str, request: Request, asking: Annotated[Asking, signed_in]) -> Response:
        async with new_unit_of_work() as uow:
            found = await show_payment(collection, practice, person=asking.person, uow=uow)
            standing = found.view.standing
            if found.version is not None and await keep_look(
                standing, version=found.version, person=asking.person, uow=uow, now=now()
            ):
                await uow.commit()
        return pages.render(
            request,
            "pages/payment.html",
            asking=asking,
            standing=standing,
            part=payment_part(found),
            audit=found.view.audit,
        )

    return router
