"""The API of what practices are paid by beside their points: contract terms, target populations, aspiration."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from qof_payments.core.contract_terms import Account, ContractTerms
from qof_payments.core.entitlement import in_pounds
from qof_payments.core.parameters import UnknownParametersError
from qof_payments.entrypoints.http import PROBLEMS, Transaction, known_collection, not_found
from qof_payments.entrypoints.http_money_schemas import (
    ActModel,
    InstructedMonthModel,
    InstructMonthRequest,
    MonthModel,
    PracticeTermsHistoryModel,
    RecordedTermsModel,
    RecordTermsRequest,
    ScheduleModel,
    SumsModel,
    TargetPopulationModel,
    TargetPopulationsModel,
    TargetPopulationsRequest,
    TermsRevisionModel,
)
from qof_payments.handlers.acts import MoneyError, UnknownCollectionError
from qof_payments.handlers.instruct_aspiration import instruct_aspiration
from qof_payments.handlers.money_ports import HeldTerms
from qof_payments.handlers.ports import ParametersOf, UnitOfWork
from qof_payments.handlers.record_contract_terms import record_contract_terms, record_target_populations
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import Problem
from qof_shared.people import People, Person, Role


def money_router(
    *,
    new_unit_of_work: Callable[[], AbstractAsyncContextManager[Transaction]],
    parameters_of: ParametersOf,
    people: People,
) -> APIRouter:
    """The routes of contract terms and aspiration, for the national team alone."""
    router = APIRouter(prefix="/v1/collections/{collection}", tags=["contract terms"], responses=PROBLEMS)
    national_team = Depends(person_with_role(people, Role.NATIONAL_TEAM))

    @router.put("/contract-terms")
    async def record_terms(
        collection: str, body: RecordTermsRequest, person: Annotated[Person, national_team]
    ) -> RecordedTermsModel:
        with problems():
            async with new_unit_of_work() as uow:
                recorded = await record_contract_terms(
                    collection,
                    [one.given() for one in body.practices],
                    reason=body.reason,
                    person=person.person,
                    uow=uow,
                    parameters_of=parameters_of,
                    now=datetime.now(UTC),
                )
                await uow.commit()
        return RecordedTermsModel(number=recorded.number, changed=recorded.changed, unchanged=recorded.unchanged)

    @router.get("/practices/{practice}/contract-terms", dependencies=[national_team])
    async def show_terms(collection: str, practice: str) -> PracticeTermsHistoryModel:
        async with new_unit_of_work() as uow:
            await _known_practice(collection, practice, uow)
            history = await uow.money.history(collection, practice)
        return PracticeTermsHistoryModel(
            practice=practice, history=[TermsRevisionModel.of_revision(revision) for revision in history]
        )

    @router.get("/acts", dependencies=[national_team])
    async def list_acts(collection: str) -> list[ActModel]:
        async with new_unit_of_work() as uow:
            await known_collection(collection, uow)
            return [ActModel.of(act) for act in await uow.money.acts(collection)]

    @router.put("/target-populations")
    async def record_targets(
        collection: str, body: TargetPopulationsRequest, person: Annotated[Person, national_team]
    ) -> TargetPopulationsModel:
        with problems():
            async with new_unit_of_work() as uow:
                await record_target_populations(
                    collection,
                    body.targets(),
                    reason=body.reason,
                    person=person.person,
                    uow=uow,
                    now=datetime.now(UTC),
                )
                standing = await _targets(collection, uow)
                await uow.commit()
        return standing

    @router.get("/target-populations", dependencies=[national_team])
    async def show_targets(collection: str) -> TargetPopulationsModel:
        async with new_unit_of_work() as uow:
            await known_collection(collection, uow)
            return await _targets(collection, uow)

    @router.get("/aspiration", dependencies=[national_team])
    async def list_months(collection: str) -> list[MonthModel]:
        async with new_unit_of_work() as uow:
            await known_collection(collection, uow)
            return [MonthModel.of(totals) for totals in await uow.money.months(collection)]

    @router.post("/aspiration/{month}")
    async def instruct_month(
        collection: str, month: int, body: InstructMonthRequest, person: Annotated[Person, national_team]
    ) -> InstructedMonthModel:
        with problems():
            async with new_unit_of_work() as uow:
                done = await instruct_aspiration(
                    collection, month, reason=body.reason, person=person.person, uow=uow, now=datetime.now(UTC)
                )
                await uow.commit()
        return InstructedMonthModel(
            **MonthModel.of(done.totals).model_dump(),
            instructed=done.instructed,
            instructed_pounds=str(in_pounds(done.pence)),
        )

    @router.get("/sums", dependencies=[national_team])
    async def show_sums(collection: str) -> SumsModel:
        async with new_unit_of_work() as uow:
            await known_collection(collection, uow)
            return SumsModel.of(await uow.money.sums(collection))

    @router.get("/practices/{practice}/aspiration", dependencies=[national_team])
    async def show_schedule(collection: str, practice: str) -> ScheduleModel:
        async with new_unit_of_work() as uow:
            await _known_practice(collection, practice, uow)
            held = (await uow.money.held(collection, [practice])).get(practice, HeldTerms(ContractTerms()))
            account = (await uow.money.accounts(collection, [practice])).get(practice, Account())
        return ScheduleModel.of(practice, held, dict(account.paid))

    return router


async def _targets(collection: str, uow: UnitOfWork) -> TargetPopulationsModel:
    standing = await uow.money.national_targets(collection)
    groups = {
        group: TargetPopulationModel(target=one.target, registered=one.registered)
        for group, one in standing.targets.items()
    }
    return TargetPopulationsModel(number=standing.number, groups=groups)


async def _known_practice(collection: str, practice: str, uow: UnitOfWork) -> None:
    await known_collection(collection, uow)
    if await uow.money.unknown_practices([practice]):
        raise not_found(f"No practice {practice} here. Check its code; a new one arrives within seconds.")


@contextmanager
def problems() -> Iterator[None]:
    """What was refused, as the problem it is answered with."""
    try:
        yield
    except (UnknownCollectionError, UnknownParametersError) as error:
        raise not_found(str(error)) from error
    except MoneyError as error:
        raise Problem(422, "act-refused", "This cannot stand", str(error)) from error
