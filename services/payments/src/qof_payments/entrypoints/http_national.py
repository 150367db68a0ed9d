"""The API of national figures: preview, propose, freeze by a second person, withdraw; who would be paid otherwise."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from qof_payments.core.blast_radius import Change
from qof_payments.core.gates import Thresholds
from qof_payments.core.parameters import UnknownParametersError
from qof_payments.entrypoints.http_affected_schemas import AffectedModel, AffectedPageModel
from qof_payments.entrypoints.http_national_schemas import (
    AuditEntryModel,
    FindingModel,
    NationalFiguresModel,
    PreviewRequest,
    ProposalModel,
    ProposalRequest,
    ReviewedPreviewModel,
    WithdrawRequest,
    preview_members,
)
from qof_payments.handlers.errors import (
    FiguresMovedError,
    FreezeError,
    GatesOpenError,
    SamePersonError,
    UnknownCollectionError,
    UnknownProposalError,
    UnverifiedError,
)
from qof_payments.handlers.freeze_national_figures import freeze_national_figures
from qof_payments.handlers.ports import ParametersOf, UnitOfWork
from qof_payments.handlers.proposal_ports import NO_PROGRESS
from qof_payments.handlers.propose_national_figures import known_proposal, propose_national_figures, withdraw_proposal
from qof_payments.handlers.review_national_figures import review_national_figures
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import Problem, ProblemModel
from qof_shared.people import People, Person, Role

PROBLEMS: dict[int | str, dict[str, Any]] = {status: {"model": ProblemModel} for status in (401, 403, 404, 409, 422)}

Limit = Annotated[int, Query(ge=1, le=1000)]

SHOWN = 50
"""So many of those who would be paid otherwise a preview shows; a proposal pages through all of them."""


class Transaction(UnitOfWork, Protocol):
    """A unit of work that a route may commit."""

    async def commit(self) -> None: ...


def national_router(
    *,
    new_unit_of_work: Callable[[], AbstractAsyncContextManager[Transaction]],
    parameters_of: ParametersOf,
    thresholds: Thresholds,
    people: People,
) -> APIRouter:
    """The routes of national figures, for the national team alone."""
    member = person_with_role(people, Role.NATIONAL_TEAM)
    router = APIRouter(
        prefix="/v1/collections/{collection}/national-figures",
        tags=["national figures"],
        responses=PROBLEMS,
        dependencies=[Depends(member)],
    )
    national_team = Depends(member)

    @router.get("")
    async def list_national_figures(collection: str) -> list[NationalFiguresModel]:
        async with new_unit_of_work() as uow:
            await _known_collection(collection, uow)
            return [NationalFiguresModel.of(snapshot) for snapshot in await uow.national_figures.all(collection)]

    @router.post("/previews")
    async def preview(collection: str, body: PreviewRequest) -> ReviewedPreviewModel:
        with problems():
            async with new_unit_of_work() as uow:
                reviewed = await review_national_figures(
                    collection,
                    exclusions=body.excluded(),
                    uow=uow,
                    parameters_of=parameters_of,
                    thresholds=thresholds,
                )
                affected = await _affected(collection, reviewed.changes[:SHOWN], uow)
        return ReviewedPreviewModel(**preview_members(reviewed.review), affected=affected)

    @router.post("/proposals", status_code=201)
    async def propose(
        collection: str, body: ProposalRequest, person: Annotated[Person, national_team]
    ) -> ProposalModel:
        with problems():
            async with new_unit_of_work() as uow:
                proposal = await propose_national_figures(
                    collection,
                    terms=body.terms(),
                    person=person.person,
                    uow=uow,
                    parameters_of=parameters_of,
                    thresholds=thresholds,
                    now=datetime.now(UTC),
                )
                await uow.commit()
        return ProposalModel.of(proposal)

    @router.get("/proposals")
    async def list_proposals(collection: str) -> list[ProposalModel]:
        async with new_unit_of_work() as uow:
            await _known_collection(collection, uow)
            return [ProposalModel.of(proposal) for proposal in await uow.proposals.all(collection)]

    @router.get("/proposals/{proposal}")
    async def show_proposal(collection: str, proposal: UUID) -> ProposalModel:
        with problems():
            async with new_unit_of_work() as uow:
                return ProposalModel.of(await known_proposal(collection, proposal, uow))

    @router.get("/proposals/{proposal}/blast-radius")
    async def show_affected(collection: str, proposal: UUID, after: str = "", limit: Limit = 100) -> AffectedPageModel:
        with problems():
            async with new_unit_of_work() as uow:
                await known_proposal(collection, proposal, uow)
                page = await _affected(collection, await uow.proposals.changes(proposal, after, limit), uow)
        return AffectedPageModel(page=page, next=page[-1].practice if len(page) == limit else None)

    @router.post("/proposals/{proposal}/freeze", status_code=201)
    async def freeze(collection: str, proposal: UUID, person: Annotated[Person, national_team]) -> NationalFiguresModel:
        with problems():
            async with new_unit_of_work() as uow:
                snapshot = await freeze_national_figures(
                    collection,
                    proposal,
                    person=person.person,
                    uow=uow,
                    parameters_of=parameters_of,
                    thresholds=thresholds,
                    now=datetime.now(UTC),
                )
                await uow.commit()
        return NationalFiguresModel.of(snapshot)

    @router.post("/proposals/{proposal}/withdraw")
    async def withdraw(
        collection: str, proposal: UUID, body: WithdrawRequest, person: Annotated[Person, national_team]
    ) -> ProposalModel:
        with problems():
            async with new_unit_of_work() as uow:
                withdrawn = await withdraw_proposal(
                    collection,
                    proposal,
                    person=person.person,
                    reason=body.reason,
                    uow=uow,
                    now=datetime.now(UTC),
                )
                await uow.commit()
        return ProposalModel.of(withdrawn)

    @router.get("/audit")
    async def show_audit(collection: str) -> list[AuditEntryModel]:
        async with new_unit_of_work() as uow:
            await _known_collection(collection, uow)
            return [AuditEntryModel.of(entry) for entry in await uow.proposals.audit(collection)]

    return router


async def _affected(collection: str, changes: Sequence[Change], uow: UnitOfWork) -> list[AffectedModel]:
    """Changes, with how far each practice is now."""
    progress = await uow.declarations.progress(collection, [change.practice for change in changes])
    return [AffectedModel.of_affected(change, progress.get(change.practice, NO_PROGRESS)) for change in changes]


@contextmanager
def problems() -> Iterator[None]:
    """Every reason why figures cannot be proposed or frozen, as the problem that tells it."""
    try:
        yield
    except (UnknownCollectionError, UnknownProposalError, UnknownParametersError) as error:
        raise Problem(404, "not-found", "Not here", str(error)) from error
    except GatesOpenError as error:
        findings = [FindingModel.of(one).model_dump() for one in error.findings]
        raise Problem(
            409, "gates-open", "The figures are not plausible", str(error), extra={"findings": findings}
        ) from error
    except UnverifiedError as error:
        raise Problem(409, "unverified", "The figures rest on unverified values", str(error)) from error
    except SamePersonError as error:
        raise Problem(409, "same-person", "Two people freeze figures", str(error)) from error
    except FiguresMovedError as error:
        raise Problem(
            409, "national-figures-moved", "The figures moved", str(error), extra={"moved": list(error.moved)}
        ) from error
    except FreezeError as error:
        raise Problem(409, "cannot-freeze", "The figures cannot be frozen now", str(error)) from error


async def _known_collection(collection: str, uow: UnitOfWork) -> None:
    if await uow.directory.collection(collection) is None:
        detail = f"No collection {collection} here. Check its code; a new one arrives within seconds."
        raise Problem(404, "not-found", "Not here", detail)
