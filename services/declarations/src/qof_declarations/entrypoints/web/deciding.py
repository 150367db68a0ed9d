"""What approvers and finance send from the page of a declaration: approve, return, approve the payment."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from qof_declarations.core.errors import DeclarationsError, NotFoundError
from qof_declarations.core.lifecycle import NotPossibleNowError
from qof_declarations.core.permissions import SeparationOfDutiesError
from qof_declarations.entrypoints.http_problems import problem_of
from qof_declarations.entrypoints.web.asking import Asking
from qof_declarations.entrypoints.web.declaring import DECLARATION, DeclarationPages
from qof_declarations.entrypoints.web.typed import typed_text
from qof_declarations.handlers.declaring import Decided, approve_declaration, finance_approve, return_declaration
from qof_declarations.handlers.errors import NewerFiguresError, ReasonMissingError
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.sessions import keep_typed

Decide = Callable[[UUID, UnitOfWork], Awaitable[Decided]]


def decision_pages(shown: DeclarationPages) -> APIRouter:
    """`…/declaration/approve`, `/return` and `/finance-approve`. What is refused comes back on the declaration's page
    with the reason and with what was typed; sent twice it is decided once."""
    router = APIRouter()
    form_sent = Depends(shown.gate.signed_in(page=DECLARATION))

    async def decide(request: Request, asking: Asking, collection: str, practice: str, decide_one: Decide) -> Response:
        page = quote(request.url.path.rpartition("/")[0])
        try:
            async with shown.new_unit_of_work() as uow:
                decided = await decide_one(_declaration_id(asking), uow)
                standing = decided.view.standing
                if (standing.collection, standing.practice) != (collection, practice):
                    raise NotFoundError(f"This declaration is not of practice {practice} in {collection}.")
                await uow.commit()
        except (ReasonMissingError, NewerFiguresError, NotPossibleNowError, SeparationOfDutiesError) as error:
            await keep_typed(asking.person, page, asking.form, sessions=shown.gate.sessions, now=shown.now())
            return await shown.show(
                request,
                asking,
                collection,
                practice,
                status=problem_of(error).status,
                typed=asking.form,
                faults={_field(error): str(error)},
            )
        return RedirectResponse(page, 303)

    @router.get(DECLARATION + "/approve")
    @router.get(DECLARATION + "/finance-approve")
    @router.get(DECLARATION + "/return")
    async def back_to_page(request: Request) -> Response:
        return RedirectResponse(quote(request.url.path.rpartition("/")[0]), 303)

    @router.post(DECLARATION + "/approve")
    async def approve(
        collection: str, practice: str, request: Request, asking: Annotated[Asking, form_sent]
    ) -> Response:
        async def decide_one(declaration_id: UUID, uow: UnitOfWork) -> Decided:
            return await approve_declaration(declaration_id, person=asking.person, uow=uow, now=shown.now())

        return await decide(request, asking, collection, practice, decide_one)

    @router.post(DECLARATION + "/finance-approve")
    async def approve_payment(
        collection: str, practice: str, request: Request, asking: Annotated[Asking, form_sent]
    ) -> Response:
        seen = typed_text(asking.form, "newer_version")

        async def decide_one(declaration_id: UUID, uow: UnitOfWork) -> Decided:
            newer = int(seen) if seen.isdecimal() else None
            return await finance_approve(
                declaration_id, newer_version=newer, person=asking.person, uow=uow, now=shown.now()
            )

        return await decide(request, asking, collection, practice, decide_one)

    @router.post(DECLARATION + "/return")
    async def return_to_practice(
        collection: str, practice: str, request: Request, asking: Annotated[Asking, form_sent]
    ) -> Response:
        reason = typed_text(asking.form, "reason")

        async def decide_one(declaration_id: UUID, uow: UnitOfWork) -> Decided:
            return await return_declaration(
                declaration_id, reason=reason, person=asking.person, uow=uow, now=shown.now()
            )

        return await decide(request, asking, collection, practice, decide_one)

    return router


def _declaration_id(asking: Asking) -> UUID:
    """Which declaration was on the page: it names one report exactly, so nobody decides about figures not shown."""
    try:
        return UUID(typed_text(asking.form, "declaration_id"))
    except ValueError:
        raise NotFoundError(
            "The form does not say which declaration it is about. Open the declaration again."
        ) from None


def _field(error: DeclarationsError) -> str:
    """The field that mends it; empty where none does."""
    return {ReasonMissingError: "reason", NewerFiguresError: "newer_version"}.get(type(error), "")
