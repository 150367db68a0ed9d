"""The receipt of a signature: to read, to print, and as a file that anybody can check."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from qof_declarations.core.receipt import Receipt
from qof_declarations.entrypoints.http_receipts import json_response, pdf_response
from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.practice import PRACTICE, practice_path
from qof_declarations.entrypoints.web.views.receipt import receipt_part
from qof_declarations.handlers.looking import keep_look_at
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.receipts import show_receipt
from qof_shared.people import Person

RECEIPT = PRACTICE + "/receipts/{declaration_id}"


def receipt_pages(
    *, pages: Pages, gate: Gate, new_unit_of_work: NewUnitOfWork, now: Callable[[], datetime]
) -> APIRouter:
    """Receipts for whoever may see the practice."""
    router = APIRouter()
    signed_in = Depends(gate.signed_in())

    async def find(collection: str, practice: str, declaration_id: UUID, person: Person) -> Receipt:
        async with new_unit_of_work() as uow:
            receipt = await show_receipt(collection, practice, declaration_id, person=person, uow=uow)
            if await keep_look_at(collection, practice, person=person, uow=uow, now=now()):
                await uow.commit()
            return receipt

    @router.get(RECEIPT + ".json")
    async def send_file(
        collection: str, practice: str, declaration_id: UUID, asking: Annotated[Asking, signed_in]
    ) -> Response:
        return json_response(await find(collection, practice, declaration_id, asking.person))

    @router.get(RECEIPT + ".pdf")
    async def send_to_print(
        collection: str, practice: str, declaration_id: UUID, asking: Annotated[Asking, signed_in]
    ) -> Response:
        return pdf_response(await find(collection, practice, declaration_id, asking.person))

    @router.get(RECEIPT)
    async def show(
        collection: str, practice: str, declaration_id: UUID, request: Request, asking: Annotated[Asking, signed_in]
    ) -> Response:
        receipt = await find(collection, practice, declaration_id, asking.person)
        return pages.render(
            request,
            "pages/receipt.html",
            asking=asking,
            base=practice_path(collection, practice),
            receipt=receipt_part(receipt),
            is_mine=receipt.document["signed_by"] == asking.person.person,
        )

    return router
