"""A commissioner's pages: the work list, approving what is ticked, who is to be reminded, and finance's payments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from qof_declarations.core.paying import PaymentStep
from qof_declarations.core.session import Fields, own_path
from qof_declarations.core.work_list import Choice, WorkFilter, WorkSort
from qof_declarations.entrypoints.csv_text import csv_text
from qof_declarations.entrypoints.http_work import csv_response
from qof_declarations.entrypoints.http_work_schemas import (
    MOST_AT_ONCE,
    REMINDER_HEADER,
    WORK_HEADER,
    reminder_rows,
    work_rows,
)
from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.typed import typed_text, typed_texts
from qof_declarations.entrypoints.web.views.work_list import (
    SORTS,
    address_with,
    reminder_row,
    tabs,
    weighed_part,
    work_row,
)
from qof_declarations.entrypoints.web.words import LONDON
from qof_declarations.handlers.overseeing import (
    approve_many,
    list_all_work,
    list_reminders,
    list_work,
    sum_payments,
    weigh_many,
)
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_shared.http.problems import Problem
from qof_shared.people import Role

COLLECTION = "/collections/{collection}"
APPROVALS = COLLECTION + "/approvals"
PAGE = 50
MOST_REMINDERS = 200
"""Shown on a page; the table to be downloaded has all."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a list somebody wants to see."""

    filter: WorkFilter | None
    search: str
    sort: WorkSort
    after: str
    tick: str
    is_nothing_ticked: bool

    @property
    def choice(self) -> Choice:
        return Choice(filter=self.filter, search=self.search, sort=self.sort)


async def _wish(
    filter: Annotated[str, Query(max_length=20)] = "",
    search: Annotated[str, Query(max_length=100)] = "",
    sort: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[str, Query(max_length=20)] = "",
    tick: Annotated[str, Query(max_length=10)] = "",
    nothing: Annotated[str, Query(max_length=10)] = "",
) -> Wish:
    """An address that somebody changed by hand still shows a list: what is not known is as if it were not said."""
    return Wish(
        filter=next((one for one in WorkFilter if one == filter), None),
        search=search.strip(),
        sort=next((one for one in WorkSort if one == sort), WorkSort.PRACTICE),
        after=after,
        tick=tick if tick in ("all", "plain") else "",
        is_nothing_ticked=bool(nothing),
    )


def oversight_pages(
    *, pages: Pages, gate: Gate, new_unit_of_work: NewUnitOfWork, now: Callable[[], datetime]
) -> APIRouter:
    """Pages for commissioners, finance and the national team; the handlers decide what each may see and do."""
    router = APIRouter()
    signed_in = Depends(gate.signed_in())
    form_sent = Depends(gate.signed_in(Role.COMMISSIONER_APPROVER, Role.FINANCE_APPROVER, page=APPROVALS))
    wished = Depends(_wish)

    def today() -> date:
        return now().astimezone(LONDON).date()

    async def listed(
        collection: str, request: Request, asking: Asking, wish: Wish, template: str, *, has_sums: bool = False
    ) -> Response:
        async with new_unit_of_work() as uow:
            found = await list_work(
                collection, wish.choice, after=wish.after, limit=PAGE, person=asking.person, uow=uow, today=today()
            )
            sums = await sum_payments(collection, person=asking.person, uow=uow) if has_sums else {}
        address = quote(request.url.path)
        kept = {"search": wish.search, "sort": wish.sort if wish.sort is not WorkSort.PRACTICE else ""}
        here = {"filter": request.query_params.get("filter", ""), **kept}
        return pages.render(
            request,
            template,
            asking=asking,
            collection=collection,
            found=found,
            wish=wish,
            sorts=SORTS,
            tabs=tabs(found, wish.filter, address, kept),
            rows=[work_row(entry, tick=wish.tick) for entry in found.entries],
            sums=sums,
            next=address_with(address, **here, after=found.next) if found.next else None,
            first=address_with(address, **here) if wish.after else None,
            back=address_with(address, **here, after=wish.after),
            tick_all=address_with(address, **here, after=wish.after, tick="all"),
            tick_plain=address_with(address, **here, after=wish.after, tick="plain"),
            csv=address_with(
                COLLECTION.format(collection=quote(collection)) + "/work-list.csv", **kept, filter=wish.filter or ""
            ),
            faults={"approve": "Tick at least one practice."} if wish.is_nothing_ticked else {},
            steps=PaymentStep,
        )

    @router.get(COLLECTION + "/work-list")
    async def show_work_list(
        collection: str, request: Request, asking: Annotated[Asking, signed_in], wish: Annotated[Wish, wished]
    ) -> Response:
        return await listed(collection, request, asking, wish, "pages/work_list.html")

    @router.get(COLLECTION + "/finance")
    async def show_finance(
        collection: str, request: Request, asking: Annotated[Asking, signed_in], wish: Annotated[Wish, wished]
    ) -> Response:
        to_pay = replace(wish, filter=WorkFilter.APPROVED)
        return await listed(collection, request, asking, to_pay, "pages/finance.html", has_sums=True)

    @router.get(COLLECTION + "/work-list.csv")
    async def send_work_list(
        collection: str, asking: Annotated[Asking, signed_in], wish: Annotated[Wish, wished]
    ) -> Response:
        async with new_unit_of_work() as uow:
            entries = await list_all_work(collection, wish.choice, person=asking.person, uow=uow, today=today())
        return csv_response(csv_text(WORK_HEADER, work_rows(entries)), f"work-list-{_file_name(collection)}.csv")

    @router.get(APPROVALS)
    async def weigh(
        collection: str,
        request: Request,
        asking: Annotated[Asking, signed_in],
        practice: Annotated[list[str] | None, Query(max_length=MOST_AT_ONCE)] = None,
        back: str = "",
        done: str = "",
    ) -> Response:
        draft: Fields = asking.draft or {}
        practices = practice or typed_texts(draft, "practice")
        list_page = f"{COLLECTION.format(collection=quote(collection))}/work-list"
        back = own_path(back or typed_text(draft, "back") or list_page)
        if not practices:
            return RedirectResponse(f"{back}{'&' if '?' in back else '?'}nothing=ticked", 303)
        async with new_unit_of_work() as uow:
            weighed = await weigh_many(collection, practices, person=asking.person, uow=uow, now=now(), today=today())
        return pages.render(
            request,
            "pages/approvals.html",
            asking=asking,
            collection=collection,
            part=weighed_part(weighed),
            is_finance=asking.person.role is Role.FINANCE_APPROVER,
            is_done=bool(done),
            back=back,
        )

    @router.post(APPROVALS)
    async def approve_ticked(collection: str, request: Request, asking: Annotated[Asking, form_sent]) -> Response:
        wanted = _declaration_ids(typed_texts(asking.form, "declaration_id"))
        async with new_unit_of_work() as uow:
            await approve_many(collection, wanted, person=asking.person, uow=uow, now=now())
            await uow.commit()
        # What came of it is read from where things stand then: the page may be loaded again, and nothing is sent twice.
        query = [*(("practice", one) for one in typed_texts(asking.form, "practice")), ("done", "yes")]
        query.append(("back", own_path(typed_text(asking.form, "back"))))
        return RedirectResponse(f"{quote(request.url.path)}?{urlencode(query)}", 303)

    @router.get(COLLECTION + "/reminders")
    async def show_reminders(collection: str, request: Request, asking: Annotated[Asking, signed_in]) -> Response:
        async with new_unit_of_work() as uow:
            found = await list_reminders(collection, person=asking.person, uow=uow, today=today())
        return pages.render(
            request,
            "pages/reminders.html",
            asking=asking,
            collection=collection,
            rows=[reminder_row(one) for one in found[:MOST_REMINDERS]],
            everybody=len(found),
            late=sum(one.is_late for one in found),
        )

    @router.get(COLLECTION + "/reminders.csv")
    async def send_reminders(collection: str, asking: Annotated[Asking, signed_in]) -> Response:
        async with new_unit_of_work() as uow:
            found = await list_reminders(collection, person=asking.person, uow=uow, today=today())
        return csv_response(csv_text(REMINDER_HEADER, reminder_rows(found)), f"reminders-{_file_name(collection)}.csv")

    return router


def _declaration_ids(texts: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError:
        raise Problem(
            422, "invalid-request", "This address does not fit", "Go back to the list and tick again."
        ) from None


def _file_name(collection: str) -> str:
    """Of a collection's code nothing that a header cannot carry."""
    return "".join(letter for letter in collection if letter.isascii() and (letter.isalnum() or letter in "-."))
