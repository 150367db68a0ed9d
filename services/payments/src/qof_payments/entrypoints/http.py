"""The API of payments: national figures, entitlements, instructions. Each route parses, calls and maps errors."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Protocol

import msgspec
from fastapi import APIRouter, Depends, Query

from qof_payments.entrypoints.http_schemas import (
    CompletenessModel,
    EntitlementModel,
    InstructionModel,
    InstructionsModel,
)
from qof_payments.handlers.ports import ParametersOf, UnitOfWork
from qof_shared.contracts import CollectionRecord
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import Problem, ProblemModel
from qof_shared.people import People, Role

PROBLEMS: dict[int | str, dict[str, Any]] = {status: {"model": ProblemModel} for status in (401, 403, 404, 409, 422)}


class Transaction(UnitOfWork, Protocol):
    """A unit of work that a route may commit."""

    async def commit(self) -> None: ...


def payments_router(
    *,
    new_unit_of_work: Callable[[], AbstractAsyncContextManager[Transaction]],
    parameters_of: ParametersOf,
    people: People,
) -> APIRouter:
    """The routes of payments. Only the national team sees every practice's money here; a practice sees its own
    in its report (declarations)."""
    router = APIRouter(prefix="/v1/collections/{collection}", tags=["payments"], responses=PROBLEMS)
    national_team = Depends(person_with_role(people, Role.NATIONAL_TEAM))

    @router.get("/completeness", dependencies=[national_team])
    async def show_completeness(collection: str) -> CompletenessModel:
        async with new_unit_of_work() as uow:
            record = await known_collection(collection, uow)
            found = await uow.achievements.completeness(collection)
        return CompletenessModel(
            collection=collection,
            qof_year=record.qof_year,
            achievement_date=record.achievement_date,
            practices=found.practices,
            achievements=found.achievements,
        )

    @router.get("/practices/{practice}/entitlement", dependencies=[national_team])
    async def show_entitlement(collection: str, practice: str) -> EntitlementModel:
        async with new_unit_of_work() as uow:
            found = await uow.entitlements.newest(collection, practice)
        if found is None:
            raise not_found(
                f"Practice {practice} has no entitlement in {collection} yet: either its extract is not calculated, "
                "or the national figures are not frozen."
            )
        return EntitlementModel.model_validate(msgspec.to_builtins(found))

    @router.get("/practices/{practice}/instruction", dependencies=[national_team])
    async def show_instruction(collection: str, practice: str) -> InstructionModel:
        async with new_unit_of_work() as uow:
            found = await uow.instructions.of_practice(collection, practice)
        if found is None:
            raise not_found(f"No payment of {collection} is instructed for practice {practice} yet.")
        return InstructionModel.model_validate(msgspec.to_builtins(found))

    @router.get("/instructions", dependencies=[national_team])
    async def list_instructions(
        collection: str, after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> InstructionsModel:
        async with new_unit_of_work() as uow:
            await known_collection(collection, uow)
            totals = await uow.instructions.totals(collection)
            page = await uow.instructions.all(collection, after, limit)
        return InstructionsModel(
            instructions=totals.instructions,
            pounds=totals.pounds,
            page=[InstructionModel.model_validate(msgspec.to_builtins(instruction)) for instruction in page],
            next=page[-1].practice if len(page) == limit else None,
        )

    return router


async def known_collection(collection: str, uow: UnitOfWork) -> CollectionRecord:
    """The collection's record; a 404 problem where there is none, for an empty list would hide a mistyped code."""
    record = await uow.directory.collection(collection)
    if record is None:
        raise not_found(f"No collection {collection} here. Check its code; a new one arrives within seconds.")
    return record


def not_found(detail: str) -> Problem:
    return Problem(404, "not-found", "Not here", detail)
