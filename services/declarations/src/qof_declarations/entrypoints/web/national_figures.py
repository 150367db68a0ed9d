"""The national team's pages about national figures: what stands, a preview, proposing, and freezing by a second person.

Payments decides; these pages ask it in the person's own name. What takes it longer than anybody waits is an errand: the
page says so and looks again.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import Response

from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.national_forms import Proposing, read_exclusions, read_proposal
from qof_declarations.entrypoints.web.national_showing import FIGURES, Showing, errand_of
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.refusals import waiting_page
from qof_declarations.entrypoints.web.views.national_figures import (
    affected_of,
)
from qof_declarations.handlers.national_figures import (
    Document,
    freeze_figures,
    list_affected,
    propose_figures,
    show_proposal,
    withdraw_figures,
)
from qof_declarations.handlers.service_ports import NotAnsweringError, RefusedByServiceError
from qof_shared.people import Role

PROPOSAL = FIGURES + "/proposals/{proposal}"


def add_service_answers(app: FastAPI, pages: Pages) -> None:
    """Say which service does not answer, and look again; or say what it said."""

    async def on_silence(request: Request, error: Exception) -> Response:
        # With its query, which says what was to be previewed; a form that was sent is not sent again.
        where = str(request.url.replace(scheme="", netloc="")) if request.method == "GET" else None
        return waiting_page(request, pages, "errors/service_away.html", status=503, where=where)

    async def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, RefusedByServiceError)
        status, title, detail = error.status, error.title, error.detail
        if status == 401:
            status, title = 502, "Payments does not accept your sign-in"
            detail = "Sign out and sign in again. If that does not help, tell whoever runs OpenQOF."
        return pages.render(request, "errors/refused.html", status=status, title=title, detail=detail)

    app.add_exception_handler(NotAnsweringError, on_silence)
    app.add_exception_handler(RefusedByServiceError, on_refusal)


def national_figures_router(gate: Gate, showing: Showing) -> APIRouter:
    """The routes about national figures, which payments keeps."""
    router = APIRouter()
    reading = Depends(gate.signed_in(Role.NATIONAL_TEAM, needs_token=True))
    proposing = Depends(gate.signed_in(Role.NATIONAL_TEAM, page=FIGURES + "/preview", needs_token=True))
    deciding = Depends(gate.signed_in(Role.NATIONAL_TEAM, page=PROPOSAL, needs_token=True))

    @router.get(FIGURES)
    async def show_figures(collection: str, request: Request, asking: Annotated[Asking, reading]) -> Response:
        return await showing.standing(collection, request, asking)

    @router.get(FIGURES + "/preview")
    async def preview(
        collection: str,
        request: Request,
        asking: Annotated[Asking, reading],
        exclusions: Annotated[str, Query(max_length=20_000)] = "",
    ) -> Response:
        typed = read_exclusions(exclusions)
        if typed.faults:
            return await showing.standing(collection, request, asking, text=exclusions, faults=typed.faults)
        form = {"exclusions": exclusions, **(asking.draft or {})}
        return await showing.preview(collection, request, asking, read_proposal(form), is_new=True)

    @router.post(FIGURES + "/proposals")
    async def propose(collection: str, request: Request, asking: Annotated[Asking, proposing]) -> Response:
        typed = read_proposal(asking.form)
        if typed.exclusions.faults:
            text, faults = typed.exclusions.text, typed.exclusions.faults
            return await showing.standing(collection, request, asking, text=text, faults=faults)
        asker = showing.asker(asking)

        async def work() -> Document:
            # What needs something else is an errand, too: while figures are worked out, what was typed is kept with it.
            return {} if typed.faults else await propose_figures(collection, typed.terms, asker=asker)

        key = showing.key(asking, collection, errand_of(asking.form))
        errand = showing.errands.begin(key, work, about=typed)
        return await showing.proposed(collection, request, asking, errand)

    @router.get(FIGURES + "/proposals")
    async def back_to_figures(collection: str, asking: Annotated[Asking, reading]) -> Response:
        # Whoever comes to the address of a form by hand, or back from signing in.
        return showing.see_other(collection, "")

    @router.get(PROPOSAL + "/freeze")
    @router.get(PROPOSAL + "/withdraw")
    async def back_to_proposal(collection: str, proposal: str, asking: Annotated[Asking, reading]) -> Response:
        return showing.see_other(collection, f"/proposals/{quote(proposal, safe='')}")

    @router.get(PROPOSAL)
    async def read(collection: str, proposal: str, request: Request, asking: Annotated[Asking, reading]) -> Response:
        return await showing.proposal(collection, proposal, request, asking)

    @router.get(PROPOSAL + "/affected")
    async def affected(
        collection: str, proposal: str, request: Request, asking: Annotated[Asking, reading], after: str = ""
    ) -> Response:
        asker = showing.asker(asking)
        record = await showing.record(collection, asking)
        found = await show_proposal(collection, proposal, asker=asker)
        page = await list_affected(collection, proposal, after=after, asker=asker)
        return showing.pages.render(
            request,
            "pages/national_affected.html",
            asking=asking,
            collection=record,
            proposal=found,
            affected=[affected_of(one) for one in page["page"]],
            next=page["next"],
            is_first=not after,
        )

    @router.post(PROPOSAL + "/freeze")
    async def freeze(collection: str, proposal: str, request: Request, asking: Annotated[Asking, deciding]) -> Response:
        if asking.form.get("confirm") != "yes":
            fault = {"confirm": "Confirm that you have read the figures and their findings"}
            return await showing.proposal(collection, proposal, request, asking, faults=fault, status=422)
        asker = showing.asker(asking)
        errand = showing.errands.begin(
            showing.key(asking, collection, errand_of(asking.form)),
            lambda: freeze_figures(collection, proposal, asker=asker),
            about=proposal,
        )
        return await showing.frozen(collection, request, asking, errand)

    @router.post(PROPOSAL + "/withdraw")
    async def withdraw(
        collection: str, proposal: str, request: Request, asking: Annotated[Asking, deciding]
    ) -> Response:
        reason = str(asking.form.get("withdraw_reason", "")).strip()
        if not reason:
            fault = {"withdraw_reason": "Say why nobody should freeze these figures"}
            return await showing.proposal(collection, proposal, request, asking, faults=fault, status=422)
        try:
            await withdraw_figures(collection, proposal, reason=reason, asker=showing.asker(asking))
        except RefusedByServiceError as refusal:
            return await showing.proposal(collection, proposal, request, asking, refusal=refusal)
        return showing.see_other(collection, f"/proposals/{quote(proposal, safe='')}")

    @router.get(FIGURES + "/errands/{errand}")
    async def look_again(
        collection: str, errand: str, request: Request, asking: Annotated[Asking, reading]
    ) -> Response:
        found = showing.errands.find(showing.key(asking, collection, errand))
        if found is None:
            # Another process may have it, or the one that had it was started again.
            return showing.pages.render(
                request,
                "pages/national_errand_lost.html",
                status=404,
                asking=asking,
                collection=await showing.record(collection, asking),
            )
        done = showing.proposed if isinstance(found.about, Proposing) else showing.frozen
        return await done(collection, request, asking, found)

    return router
