"""What practices disagree with, over HTTP: raising, answering and withdrawing a query, and its attachments."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Base64Bytes, BaseModel, Field

from qof_declarations.core.attachment import LARGEST, MOST_ATTACHMENTS, Attachment, MediaType, attachment_of
from qof_declarations.core.query import LONGEST_TEXT, MOST_INDICATORS, Disagreement, Query, QueryState
from qof_declarations.entrypoints.http import NOT_STORED
from qof_declarations.entrypoints.http_report_schemas import FromCore
from qof_declarations.entrypoints.http_schemas import ActorModel
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.querying import (
    Queried,
    answer_query,
    list_queries,
    raise_query,
    read_attachment,
    withdraw_query,
)
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import ProblemModel
from qof_shared.people import People, Person, Role

LARGEST_BASE64 = (LARGEST + 2) // 3 * 4 + 4
"""Characters; a little more than an attachment may have, so that the answer says what is too large."""


class AttachRequest(BaseModel):
    """A file as evidence: PDF, PNG, JPEG, CSV or text, up to 1 MiB. Nothing about a single patient."""

    name: str = Field(min_length=1, max_length=200, examples=["register.csv"])
    media_type: MediaType
    content: Base64Bytes = Field(max_length=LARGEST_BASE64)


class QueryRequest(BaseModel):
    """What the practice disagrees with, and why."""

    indicators: list[str] = Field(min_length=1, max_length=MOST_INDICATORS, examples=[["AF 4"]])
    comment: str = Field(min_length=1, max_length=LONGEST_TEXT, examples=["Twelve patients left before the day."])
    evidence: str = Field(default="", max_length=LONGEST_TEXT)
    attachments: list[AttachRequest] = Field(default=[], max_length=MOST_ATTACHMENTS)

    def wanted(self) -> Disagreement:
        """As the core takes it."""
        attached = tuple(
            (attachment_of(one.name, one.media_type, one.content), one.content) for one in self.attachments
        )
        return Disagreement(tuple(self.indicators), self.comment, self.evidence, attached)


class AnswerRequest(BaseModel):
    """Whether the commissioner agrees, and why."""

    accepted: bool
    answer: str = Field(min_length=1, max_length=LONGEST_TEXT, examples=["Agreed: the twelve are taken out."])
    determination_id: UUID | None = Field(default=None, description="The determination that follows from it.")


class WithdrawQueryRequest(BaseModel):
    """Why the practice no longer asks, where it wants to say so."""

    reason: str = Field(default="", max_length=LONGEST_TEXT)


class AttachmentModel(FromCore):
    """A file beside a query; `href` downloads it."""

    name: str
    media_type: MediaType
    size: int
    digest: str
    href: str


class ResolutionModel(FromCore):
    """How the query ended."""

    state: QueryState
    text: str
    actor: ActorModel
    at: datetime
    determination_id: UUID | None


class QueryModel(BaseModel):
    """A practice's disagreement. Kept for ever."""

    query_id: UUID
    number: int
    state: QueryState
    version: int
    """The report version that the practice looked at."""
    indicators: list[str]
    comment: str
    evidence: str
    attachments: list[AttachmentModel]
    actor: ActorModel
    at: datetime
    resolution: ResolutionModel | None


class QueriesModel(BaseModel):
    """All that the practice ever queried, newest first."""

    queries: list[QueryModel]


def queries_router(*, new_unit_of_work: NewUnitOfWork, people: People, now: Callable[[], datetime]) -> APIRouter:
    """The routes of queries. Everybody known may ask; the handlers decide what each may see and do."""
    refusals: dict[int | str, dict[str, Any]] = {
        status: {"model": ProblemModel} for status in (401, 403, 404, 409, 422)
    }
    router = APIRouter(
        prefix="/v1/collections/{collection}/practices/{practice}/queries", tags=["queries"], responses=refusals
    )
    asking = Depends(person_with_role(people, *Role))

    @router.post(
        "", status_code=201, responses={200: {"model": QueryModel, "description": "The same query is open already."}}
    )
    async def query_indicators(
        collection: str, practice: str, body: QueryRequest, response: Response, person: Annotated[Person, asking]
    ) -> QueryModel:
        """Say what you disagree with. It stops nothing: you can sign all the same, under protest. Sent again it
        changes nothing."""
        async with new_unit_of_work() as uow:
            queried = await raise_query(collection, practice, body.wanted(), person=person, uow=uow, now=now())
            await uow.commit()
        response.headers["Location"] = f"/v1/collections/{collection}/practices/{practice}/queries"
        return _answer(queried, response)

    @router.get("")
    async def list_for_practice(
        collection: str, practice: str, response: Response, person: Annotated[Person, asking]
    ) -> QueriesModel:
        """What the practice disagrees with, and what was answered."""
        async with new_unit_of_work() as uow:
            found = await list_queries(collection, practice, person=person, uow=uow)
        response.headers["Cache-Control"] = NOT_STORED
        return QueriesModel(queries=[query_model(query) for query in found])

    @router.post("/{query_id}/answer")
    async def answer(
        collection: str, practice: str, query_id: UUID, body: AnswerRequest, person: Annotated[Person, asking]
    ) -> QueryModel:
        """Answer a query. It is answered once; the same answer again changes nothing."""
        async with new_unit_of_work() as uow:
            queried = await answer_query(
                collection,
                practice,
                query_id,
                accepted=body.accepted,
                answer=body.answer,
                determination_id=body.determination_id,
                person=person,
                uow=uow,
                now=now(),
            )
            await uow.commit()
        return query_model(queried.query)

    @router.post("/{query_id}/withdraw")
    async def withdraw(
        collection: str,
        practice: str,
        query_id: UUID,
        person: Annotated[Person, asking],
        body: WithdrawQueryRequest | None = None,
    ) -> QueryModel:
        """Withdraw a query of your practice."""
        async with new_unit_of_work() as uow:
            queried = await withdraw_query(
                collection,
                practice,
                query_id,
                reason=body.reason if body else "",
                person=person,
                uow=uow,
                now=now(),
            )
            await uow.commit()
        return query_model(queried.query)

    @router.get(
        "/{query_id}/attachments/{position}",
        response_class=Response,
        responses={200: {"content": {one.value: {} for one in MediaType}, "description": "The file, to be saved."}},
    )
    async def download_attachment(
        collection: str, practice: str, query_id: UUID, position: int, person: Annotated[Person, asking]
    ) -> Response:
        """An attachment, counted from 0."""
        async with new_unit_of_work() as uow:
            attachment, content = await read_attachment(
                collection, practice, query_id, position, person=person, uow=uow
            )
        return attachment_response(attachment, content)

    return router


def _answer(queried: Queried, response: Response) -> QueryModel:
    if not queried.is_new:
        response.status_code = 200
    return query_model(queried.query)


def query_model(query: Query) -> QueryModel:
    """A query as the API shows it."""
    path = f"/v1/collections/{query.collection}/practices/{query.practice}/queries/{query.query_id}/attachments"
    return QueryModel(
        query_id=query.query_id,
        number=query.number,
        state=query.state,
        version=query.version,
        indicators=list(query.indicators),
        comment=query.comment,
        evidence=query.evidence,
        attachments=[
            AttachmentModel(
                name=one.name,
                media_type=one.media_type,
                size=one.size,
                digest=one.digest,
                href=f"{path}/{position}",
            )
            for position, one in enumerate(query.attachments)
        ],
        actor=ActorModel.model_validate(query.actor),
        at=query.at,
        resolution=ResolutionModel.model_validate(query.resolution) if query.resolution else None,
    )


def attachment_response(attachment: Attachment, content: bytes) -> Response:
    """A file that somebody else sent: saved, never shown, and nothing in it runs."""
    headers = {
        "Cache-Control": NOT_STORED,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(attachment.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    media_type = attachment.media_type.value
    return Response(content, headers=headers, media_type=media_type)
