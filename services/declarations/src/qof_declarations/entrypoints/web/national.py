"""The national team's pages: collections, how far the country is, and which practices are special."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.views.national import hours_plot, share_of, state_bars, supplier_rows
from qof_declarations.entrypoints.web.views.national_figures import left_out_of
from qof_declarations.handlers.nation import list_collections, list_determined, show_progress
from qof_declarations.handlers.national_figures import Asker, show_frozen
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.service_ports import NotAnsweringError, OtherService, RefusedByServiceError
from qof_shared.people import Role

COLLECTION = "/national/collections/{collection}"

SORTS = ("late", "name", "signed")


@dataclass(frozen=True, slots=True)
class FromPayments:
    """What payments says of a collection, or a sentence on why it says nothing."""

    frozen: Any = None
    completeness: Any = None
    trouble: str = ""

    @property
    def left_out(self) -> Mapping[str, str]:
        return left_out_of(self.frozen) if self.frozen else {}


def national_router(
    *,
    pages: Pages,
    gate: Gate,
    new_unit_of_work: NewUnitOfWork,
    payments: OtherService,
    now: Callable[[], datetime],
) -> APIRouter:
    """What declarations knows of the country; only a panel asks payments, and says so where it does not answer."""
    router = APIRouter()
    signed_in = Depends(gate.signed_in(Role.NATIONAL_TEAM))

    @router.get("/national")
    async def show_collections(request: Request, asking: Annotated[Asking, signed_in]) -> Response:
        async with new_unit_of_work() as uow:
            collections = await list_collections(person=asking.person, uow=uow)
        told = [(one, state_bars(one.by_state)) for one in collections]
        return pages.render(request, "pages/national.html", asking=asking, collections=told, today=now().date())

    @router.get(COLLECTION)
    async def show_country(
        collection: str, request: Request, asking: Annotated[Asking, signed_in], sort: str = SORTS[0]
    ) -> Response:
        async with new_unit_of_work() as uow:
            progress = await show_progress(collection, person=asking.person, uow=uow, now=now())
        commissioners = list(progress.commissioners)
        if sort == "name":
            commissioners.sort(key=lambda one: one.name or one.commissioner)
        elif sort == "signed":
            commissioners.sort(key=lambda one: (one.signed * -1_000 // max(one.practices, 1), one.commissioner))
        return pages.render(
            request,
            "pages/national_collection.html",
            asking=asking,
            progress=progress,
            bars=state_bars(progress.by_state),
            commissioners=[(one, *share_of(one.signed, one.practices)) for one in commissioners],
            suppliers=supplier_rows(progress.suppliers),
            plot=hours_plot(progress.hours),
            sort=sort if sort in SORTS else SORTS[0],
            payments=await _payments(collection, asking, payments),
            now=now(),
        )

    @router.get(COLLECTION + "/special")
    async def show_special(
        collection: str,
        request: Request,
        asking: Annotated[Asking, signed_in],
        search: Annotated[str, Query(max_length=100)] = "",
        practice: str = "",
        indicator: str = "",
        determines: str = "",
    ) -> Response:
        after = (practice, indicator, determines) if practice else None
        async with new_unit_of_work() as uow:
            page = await list_determined(collection, search=search, after=after, person=asking.person, uow=uow)
        return pages.render(
            request,
            "pages/national_special.html",
            asking=asking,
            page=page,
            search=search,
            is_first=after is None,
            payments=await _payments(collection, asking, payments),
        )

    return router


async def _payments(collection: str, asking: Asking, payments: OtherService) -> FromPayments:
    if asking.token is None:
        return FromPayments(trouble="Payments shows this to people who signed in lately.")
    try:
        frozen, completeness = await show_frozen(collection, asker=Asker(asking.person, asking.token, payments))
    except NotAnsweringError:
        return FromPayments(trouble="Payments is not answering at the moment. Everything else on this page is here.")
    except RefusedByServiceError as refusal:
        return FromPayments(trouble=f"Payments says: {refusal.title}. {refusal.detail}".strip())
    return FromPayments(frozen[0] if frozen else None, completeness)
