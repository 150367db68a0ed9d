"""A commissioner's work over HTTP: the list, its export, approving many, and who is to be reminded."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from qof_declarations.core.lifecycle import State
from qof_declarations.core.work_list import Choice, WorkFilter, WorkSort
from qof_declarations.entrypoints.csv_text import csv_text
from qof_declarations.entrypoints.http import NOT_STORED
from qof_declarations.entrypoints.http_work_schemas import (
    REMINDER_HEADER,
    WORK_HEADER,
    ApprovalsModel,
    ApprovalsRequest,
    RemindersModel,
    WorkListModel,
    approvals_model,
    reminder_model,
    reminder_rows,
    work_list_model,
    work_rows,
)
from qof_declarations.handlers.overseeing import approve_many, list_all_work, list_reminders, list_work
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import ProblemModel
from qof_shared.people import People, Person, Role

_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}, "description": "The table as CSV."}}


def _choice(
    filter: WorkFilter | None = None,
    state: State | None = None,
    search: Annotated[str, Query(max_length=100, description="The beginning of a code, or part of a name.")] = "",
    sort: WorkSort = WorkSort.PRACTICE,
) -> Choice:
    return Choice(filter, state, search, sort)


def work_router(*, new_unit_of_work: NewUnitOfWork, people: People, now: Callable[[], datetime]) -> APIRouter:
    """The routes of work lists. Everybody known may ask; the handlers decide what each may see and do."""
    refusals: dict[int | str, dict[str, Any]] = {status: {"model": ProblemModel} for status in (401, 403, 404, 422)}
    router = APIRouter(prefix="/v1/collections/{collection}", tags=["work lists"], responses=refusals)
    asking = Depends(person_with_role(people, *Role))
    choosing = Depends(_choice)

    @router.get("/declarations")
    async def list_practices(
        collection: str,
        request: Request,
        response: Response,
        person: Annotated[Person, asking],
        choice: Annotated[Choice, choosing],
        after: Annotated[str, Query(max_length=20)] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> WorkListModel:
        """The work list: every practice of yours in the collection, with or without a declaration; what stands out
        against last year; and how many are in which filter."""
        async with new_unit_of_work() as uow:
            found = await list_work(
                collection, choice, after=after, limit=limit, person=person, uow=uow, today=now().date()
            )
        response.headers["Cache-Control"] = NOT_STORED
        if found.next is not None:
            url = request.url.include_query_params(after=found.next)
            response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        return work_list_model(found)

    @router.get("/declarations.csv", response_class=Response, responses=_CSV)
    async def export_practices(
        collection: str, person: Annotated[Person, asking], choice: Annotated[Choice, choosing]
    ) -> Response:
        """The whole work list as CSV."""
        async with new_unit_of_work() as uow:
            entries = await list_all_work(collection, choice, person=person, uow=uow, today=now().date())
        return csv_response(csv_text(WORK_HEADER, work_rows(entries)), "declarations.csv")

    @router.post("/approvals")
    async def approve_declarations(
        collection: str, body: ApprovalsRequest, person: Annotated[Person, asking]
    ) -> ApprovalsModel:
        """Approve many, each checked as it would be alone: the commissioner's approver the figures, finance the
        payments. What is refused stops no other; sent again, nothing changes."""
        async with new_unit_of_work() as uow:
            outcomes = await approve_many(collection, body.declaration_ids, person=person, uow=uow, now=now())
            await uow.commit()
        return approvals_model(outcomes)

    @router.get("/reminders")
    async def list_who_has_not_signed(
        collection: str, response: Response, person: Annotated[Person, asking]
    ) -> RemindersModel:
        """Who of your practices has not signed, and what to say to them."""
        async with new_unit_of_work() as uow:
            found = await list_reminders(collection, person=person, uow=uow, today=now().date())
        response.headers["Cache-Control"] = NOT_STORED
        return RemindersModel(reminders=[reminder_model(one) for one in found])

    @router.get("/reminders.csv", response_class=Response, responses=_CSV)
    async def export_who_has_not_signed(collection: str, person: Annotated[Person, asking]) -> Response:
        """The same as CSV."""
        async with new_unit_of_work() as uow:
            found = await list_reminders(collection, person=person, uow=uow, today=now().date())
        return csv_response(csv_text(REMINDER_HEADER, reminder_rows(found)), "reminders.csv")

    return router


def csv_response(content: bytes, name: str) -> Response:
    """CSV to be downloaded."""
    headers = {
        "Cache-Control": NOT_STORED,
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")
