"""What people determine for indicators of practices: making it, withdrawing it, and all that was ever determined."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from qof_declarations.core.determination import Subject, Wanted
from qof_declarations.entrypoints.http_schemas import DeterminationModel, determination_model
from qof_declarations.handlers.determining import (
    Determined,
    determine,
    determine_many,
    list_determinations,
    withdraw_determination,
)
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import ProblemModel
from qof_shared.people import People, Person, Role
from qof_shared.vocabulary import Determines

MOST_AT_ONCE = 5_000
"""Determinations in one request: each is an event and, for practices with an extract, a calculation."""

Reason = Annotated[str, Field(min_length=1, max_length=2000, examples=["The register was lost in a migration."])]


class _Determinable(BaseModel):
    indicator: str = Field(min_length=1, max_length=40, examples=["AF 4"])
    determines: Determines
    value: str = Field(
        min_length=1,
        max_length=400,
        examples=["12.5"],
        description="Points or a percentage, exactly: `12.5` or `38/3`. Tier percentages are several, rising, separated"
        " by blanks.",
    )

    def wanted(self, practice: str) -> Wanted:
        return Wanted(Subject(practice, self.indicator, self.determines), self.value)


class DetermineRequest(_Determinable):
    """What is to count for an indicator of a practice, and why."""

    reason: Reason


class DetermineOne(_Determinable):
    """What is to count for an indicator of one practice of many."""

    practice: str = Field(min_length=1, max_length=20)


class DetermineManyRequest(BaseModel):
    """What is to count for indicators of many practices, for one reason."""

    reason: Reason
    determinations: list[DetermineOne] = Field(min_length=1, max_length=MOST_AT_ONCE)


class WithdrawRequest(BaseModel):
    """Why a determination no longer stands."""

    reason: Reason


class DeterminedLinks(BaseModel):
    """Where to follow what becomes of it."""

    declaration: str
    """`is_recalculating` until the report has it."""
    report: str
    determinations: str


class DeterminedModel(BaseModel):
    """A determination on its way: the practice's newest extract is calculated again, and a new report follows."""

    determination: DeterminationModel
    links: DeterminedLinks


class DeterminedManyModel(BaseModel):
    """How many determinations were made, and how many stood already exactly so."""

    made: int
    unchanged: int


class DeterminationsModel(BaseModel):
    """All that was ever determined for a practice, newest first."""

    standing: list[DeterminationModel]
    history: list[DeterminationModel]
    """What was replaced or withdrawn."""
    is_recalculating: bool
    """The report is still without the newest of it."""
    rejection: list[str]
    """Why it cannot be calculated so: withdraw what is wrong, or determine it anew. Empty where it can."""


def determinations_router(*, new_unit_of_work: NewUnitOfWork, people: People, now: Callable[[], datetime]) -> APIRouter:
    """The routes of determinations. Everybody known may ask; the handlers decide what each may see and do."""
    refusals: dict[int | str, dict[str, Any]] = {
        status: {"model": ProblemModel} for status in (401, 403, 404, 409, 422)
    }
    router = APIRouter(prefix="/v1/collections/{collection}", tags=["determinations"], responses=refusals)
    asking = Depends(person_with_role(people, *Role))
    unchanged: dict[int | str, dict[str, Any]] = {200: {"model": DeterminedModel, "description": "It was so already."}}

    @router.post("/practices/{practice}/determinations", status_code=202, responses=unchanged)
    async def determine_for_practice(
        collection: str, practice: str, body: DetermineRequest, response: Response, person: Annotated[Person, asking]
    ) -> DeterminedModel:
        """Determine what counts for an indicator. It replaces an earlier determination of the same kind; the practice's
        figures are calculated again, and a practice that had signed signs again. Sent again it changes nothing."""
        async with new_unit_of_work() as uow:
            determined = await determine(
                collection, body.wanted(practice), reason=body.reason, person=person, uow=uow, now=now()
            )
            await uow.commit()
        return _answer(determined, response)

    @router.delete("/practices/{practice}/determinations/{determination_id}", status_code=202, responses=unchanged)
    async def withdraw(
        collection: str,
        practice: str,
        determination_id: UUID,
        body: WithdrawRequest,
        response: Response,
        person: Annotated[Person, asking],
    ) -> DeterminedModel:
        """Withdraw a determination: what the counts say counts again. Sent again it changes nothing."""
        async with new_unit_of_work() as uow:
            determined = await withdraw_determination(
                collection, practice, determination_id, reason=body.reason, person=person, uow=uow, now=now()
            )
            await uow.commit()
        return _answer(determined, response)

    @router.get("/practices/{practice}/determinations")
    async def list_for_practice(
        collection: str, practice: str, person: Annotated[Person, asking]
    ) -> DeterminationsModel:
        """What stands, and what was replaced or withdrawn: by whom, why and when."""
        async with new_unit_of_work() as uow:
            found = await list_determinations(collection, practice, person=person, uow=uow)
        models = [(one.determination_id in found.standing, determination_model(one)) for one in found.history]
        return DeterminationsModel(
            standing=[model for stands, model in models if stands],
            history=[model for stands, model in models if not stands],
            is_recalculating=found.is_recalculating,
            rejection=list(found.rejection),
        )

    @router.post("/determinations", status_code=202)
    async def determine_for_many(
        collection: str, body: DetermineManyRequest, person: Annotated[Person, asking]
    ) -> DeterminedManyModel:
        """Determine for many practices at once, for one reason: reference points of a nation. All of it or nothing;
        what stands exactly so already stays. The national team only."""
        async with new_unit_of_work() as uow:
            determined = await determine_many(
                collection,
                [one.wanted(one.practice) for one in body.determinations],
                reason=body.reason,
                person=person,
                uow=uow,
                now=now(),
            )
            await uow.commit()
        return DeterminedManyModel(made=determined.made, unchanged=determined.unchanged)

    return router


def _answer(determined: Determined, response: Response) -> DeterminedModel:
    model = determination_model(determined.determination)
    practice = f"/v1/collections/{model.collection}/practices/{model.practice}"
    links = DeterminedLinks(
        declaration=f"{practice}/declaration", report=f"{practice}/report", determinations=f"{practice}/determinations"
    )
    response.headers["Location"] = links.determinations
    if not determined.is_new:
        response.status_code = 200
    return DeterminedModel(determination=model, links=links)
