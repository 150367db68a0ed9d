"""What the practice disagrees with: raising a query, answering it, withdrawing it, and its attachments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile

from qof_declarations.core.attachment import LARGEST, MOST_ATTACHMENTS, Attachment, attachment_of, media_type_of
from qof_declarations.core.query import Disagreement, InvalidQueryError, QueryClosedError
from qof_declarations.core.session import Fields
from qof_declarations.entrypoints.http_queries import attachment_response
from qof_declarations.entrypoints.web.asking import FORM_BYTES, Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.practice import PRACTICE, practice_path
from qof_declarations.entrypoints.web.told import ToldReports
from qof_declarations.entrypoints.web.typed import typed_text, typed_texts
from qof_declarations.entrypoints.web.views.query import choices, faults_by_field, query_part
from qof_declarations.handlers.errors import ReportAwaitedError
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.querying import (
    answer_query,
    list_queries,
    raise_query,
    read_attachment,
    withdraw_query,
)
from qof_declarations.handlers.reading import show_declaration
from qof_declarations.handlers.sessions import keep_typed

QUERIES = PRACTICE + "/queries"
FILES_BYTES = 2 * MOST_ATTACHMENTS * LARGEST + FORM_BYTES
"""Of a form with files: more than may be attached, so that the page can say which file is too large."""


class Done(StrEnum):
    """What has just been done, in the address of the page that says so."""

    RAISED = "raised"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    MEANWHILE = "meanwhile"


DONE: Mapping[Done, str] = {
    Done.RAISED: "Your query is sent. The commissioner answers it. You do not have to wait for that: you can sign.",
    Done.ANSWERED: "Your answer is sent. The practice sees it.",
    Done.WITHDRAWN: "The query is withdrawn.",
    Done.MEANWHILE: "Somebody was quicker: the query was answered or withdrawn meanwhile. See below.",
}


@dataclass(frozen=True, slots=True)
class QueryPages:
    """The page of a practice's queries, with the forms of both sides."""

    pages: Pages
    gate: Gate
    new_unit_of_work: NewUnitOfWork
    told: ToldReports
    now: Callable[[], datetime]

    async def show(
        self,
        request: Request,
        asking: Asking,
        collection: str,
        practice: str,
        *,
        status: int = 200,
        typed: Fields | None = None,
        faults: Mapping[str, str] | None = None,
        done: Done | None = None,
    ) -> Response:
        """The page, with what was typed and what was wrong with it."""
        typed = typed or {}
        report = None
        async with self.new_unit_of_work() as uow:
            found = await list_queries(collection, practice, person=asking.person, uow=uow)
            view = await show_declaration(collection, practice, person=asking.person, uow=uow)
            if view.can.can_query:
                try:
                    _, report = await self.told.review(collection, practice, person=asking.person, uow=uow)
                except ReportAwaitedError:
                    report = None
        return self.pages.render(
            request,
            "pages/queries.html",
            status=status,
            asking=asking,
            base=practice_path(collection, practice),
            standing=view.standing,
            can=view.can,
            queries=[query_part(query) for query in found],
            choices=choices(report.domains, typed_texts(typed, "indicator")) if report else None,
            typed={name: typed_text(typed, name) for name in ("comment", "evidence", "query", "accepted", "answer")},
            faults=faults or {},
            done=DONE[done] if done else None,
        )

    def router(self) -> APIRouter:
        """`…/queries`, `…/queries/{query_id}/answer` and `/withdraw`, and attachments."""
        router = APIRouter()
        signed_in = Depends(self.gate.signed_in())
        form_sent = Depends(self.gate.signed_in(page=QUERIES))
        files_sent = Depends(self.gate.signed_in(page=QUERIES, form_bytes=FILES_BYTES))

        @router.get(QUERIES)
        async def show_queries(
            collection: str,
            practice: str,
            request: Request,
            asking: Annotated[Asking, signed_in],
            indicator: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
            done: Done | None = None,
        ) -> Response:
            typed = asking.draft or {}
            if indicator:
                typed = {**typed, "indicator": [*typed_texts(typed, "indicator"), *indicator]}
            return await self.show(request, asking, collection, practice, typed=typed, done=done)

        @router.post(QUERIES)
        async def query_indicators(
            collection: str, practice: str, request: Request, asking: Annotated[Asking, files_sent]
        ) -> Response:
            wanted, faults = await read_disagreement(request, asking.form)
            try:
                if faults:
                    return await self._again(request, asking, collection, practice, faults, 422)
                async with self.new_unit_of_work() as uow:
                    queried = await raise_query(
                        collection, practice, wanted, person=asking.person, uow=uow, now=self.now()
                    )
                    await uow.commit()
            except InvalidQueryError as error:
                found = dict(faults_by_field(error.faults))
                if wanted.attachments:
                    found.setdefault("files", "Choose your files again: browsers forget them.")
                return await self._again(request, asking, collection, practice, found, 422)
            return _done(collection, practice, Done.RAISED, queried.query.number)

        @router.post(QUERIES + "/{query_id}/answer")
        async def answer(
            collection: str,
            practice: str,
            query_id: UUID,
            request: Request,
            asking: Annotated[Asking, form_sent],
        ) -> Response:
            form = asking.form
            field = f"answer-{query_id}"
            if typed_text(form, "accepted") not in ("yes", "no"):
                faults = {f"accepted-{query_id}": "Say whether you agree."}
                return await self._again(request, asking, collection, practice, faults, 422)
            try:
                async with self.new_unit_of_work() as uow:
                    queried = await answer_query(
                        collection,
                        practice,
                        query_id,
                        accepted=typed_text(form, "accepted") == "yes",
                        answer=typed_text(form, "answer"),
                        person=asking.person,
                        uow=uow,
                        now=self.now(),
                    )
                    await uow.commit()
            except InvalidQueryError as error:
                faults = dict(faults_by_field(error.faults, {"answer": field}))
                return await self._again(request, asking, collection, practice, faults, 422)
            except QueryClosedError:
                return _done(collection, practice, Done.MEANWHILE)
            return _done(collection, practice, Done.ANSWERED, queried.query.number)

        @router.post(QUERIES + "/{query_id}/withdraw")
        async def withdraw(
            collection: str, practice: str, query_id: UUID, asking: Annotated[Asking, form_sent]
        ) -> Response:
            try:
                async with self.new_unit_of_work() as uow:
                    queried = await withdraw_query(
                        collection, practice, query_id, person=asking.person, uow=uow, now=self.now()
                    )
                    await uow.commit()
            except QueryClosedError:
                return _done(collection, practice, Done.MEANWHILE)
            return _done(collection, practice, Done.WITHDRAWN, queried.query.number)

        @router.get(QUERIES + "/{query_id}/attachments/{position}")
        async def send_attachment(
            collection: str, practice: str, query_id: UUID, position: int, asking: Annotated[Asking, signed_in]
        ) -> Response:
            async with self.new_unit_of_work() as uow:
                attachment, content = await read_attachment(
                    collection, practice, query_id, position, person=asking.person, uow=uow
                )
            return attachment_response(attachment, content)

        return router

    async def _again(
        self,
        request: Request,
        asking: Asking,
        collection: str,
        practice: str,
        faults: Mapping[str, str],
        status: int,
    ) -> Response:
        """The page once more, with what was typed: now, and when the person comes back to it."""
        page = f"{practice_path(collection, practice)}/queries"
        await keep_typed(asking.person, page, asking.form, sessions=self.gate.sessions, now=self.now())
        return await self.show(request, asking, collection, practice, status=status, typed=asking.form, faults=faults)


async def read_disagreement(request: Request, form: Fields) -> tuple[Disagreement, Mapping[str, str]]:
    """What a form disagrees with, with its files; and which of them cannot be attached at all."""
    attachments: list[tuple[Attachment, bytes]] = []
    unfit: list[str] = []
    for file in (await request.form()).getlist("files"):
        if isinstance(file, UploadFile) and file.filename:
            media_type = media_type_of(file.filename)
            if media_type is None:
                unfit.append(file.filename)
                continue
            content = await file.read()
            attachments.append((attachment_of(file.filename, media_type, content), content))
    faults = {}
    if unfit:
        faults["files"] = f"Attach PDF, PNG, JPEG, CSV or text, not {', '.join(unfit)}. Choose all files again."
    wanted = Disagreement(
        indicators=tuple(typed_texts(form, "indicator")),
        comment=typed_text(form, "comment"),
        evidence=typed_text(form, "evidence"),
        attachments=tuple(attachments),
    )
    return wanted, faults


def _done(collection: str, practice: str, done: Done, number: int | None = None) -> Response:
    mark = f"#query-{number}" if number is not None else ""
    return RedirectResponse(f"{practice_path(collection, practice)}/queries?done={done}{mark}", 303)
