"""How are pages about national figures shown: what payments says, what was typed, what is still being worked out?"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from qof_declarations.core.session import Fields
from qof_declarations.entrypoints.web.asking import Asking
from qof_declarations.entrypoints.web.errands import Errand, Errands
from qof_declarations.entrypoints.web.national import COLLECTION
from qof_declarations.entrypoints.web.national_forms import Proposing, exclusions_text
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.views.national_figures import (
    ACTION_WORDS,
    FINDING_FIELD,
    STATE_WORDS,
    affected_of,
    left_out_of,
    registers_of,
    review_of,
)
from qof_declarations.handlers.nation import known_collection
from qof_declarations.handlers.national_figures import (
    Asker,
    Document,
    preview_figures,
    show_proposal,
    show_standing,
)
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.service_ports import OtherService, RefusedByServiceError
from qof_shared.contracts import CollectionRecord
from qof_shared.people import People

FIGURES = COLLECTION + "/national-figures"

LOOK_AGAIN_SECONDS = range(2, 5)
"""When a page that waits for an errand looks again."""

FRESH_SECONDS = 60.0
"""So long a preview is shown again instead of being worked out again."""


@dataclass(frozen=True, slots=True)
class Showing:
    """Renders them, each for the person who asks."""

    pages: Pages
    new_unit_of_work: NewUnitOfWork
    payments: OtherService
    people: People
    now: Callable[[], datetime]
    errands: Errands[Document] = field(default_factory=Errands)

    async def standing(
        self,
        collection: str,
        request: Request,
        asking: Asking,
        *,
        text: str | None = None,
        faults: tuple[str, ...] = (),
    ) -> Response:
        record = await self.record(collection, asking)
        standing = await show_standing(collection, asker=self.asker(asking))
        newest = standing.frozen[0] if standing.frozen else None
        if text is None:
            text = exclusions_text(newest["exclusions"]) if newest else ""
        return self.pages.render(
            request,
            "pages/national_figures.html",
            status=422 if faults else 200,
            asking=asking,
            collection=record,
            standing=standing,
            newest=newest,
            registers=registers_of(newest["registers"]) if newest else [],
            left_out=left_out_of(newest) if newest else {},
            exclusions=text,
            faults=faults,
            names=await self._names([*standing.frozen, *standing.proposals, *standing.audit]),
            state_words=STATE_WORDS,
            action_words=ACTION_WORDS,
            moment_of=datetime.fromisoformat,
        )

    async def preview(
        self,
        collection: str,
        request: Request,
        asking: Asking,
        typed: Proposing,
        *,
        is_new: bool = False,
        refusal: RefusedByServiceError | None = None,
        where: str | None = None,
    ) -> Response:
        """The figures as they would be, with the form to propose them; `is_new`: nothing was sent yet."""
        asker = self.asker(asking)
        exclusions = typed.terms.exclusions
        errand = self.errands.begin(
            (asking.person.person, collection, "preview", exclusions_text(exclusions)),
            lambda: preview_figures(collection, exclusions, asker=asker),
            about=self.now(),
            fresh_seconds=FRESH_SECONDS,
        )
        if not await errand.is_done():
            return await self._working(
                collection, request, asking, where or self._preview_path(collection, typed), "preview"
            )
        faults = {} if is_new else dict(typed.faults)
        if refusal is not None:
            faults |= {
                f"{FINDING_FIELD}{one['finding']}": "Say why the figures are right all the same, or mend it first"
                for one in refusal.problem.get("findings", ())
            }
        return self.pages.render(
            request,
            "pages/national_preview.html",
            status=refusal.status if refusal else 200 if is_new else 422,
            asking=asking,
            collection=await self.record(collection, asking),
            review=review_of(errand.result(), typed.terms.acknowledgements, exclusions),
            affected=[affected_of(one) for one in errand.result()["affected"]],
            typed=typed,
            exclusions=exclusions_text(exclusions),
            faults=faults,
            refusal=refusal,
            errand=secrets.token_urlsafe(16),
            worked_out_at=errand.about,
        )

    async def proposed(self, collection: str, request: Request, asking: Asking, errand: Errand[Document]) -> Response:
        """The proposal, or the form again with what speaks against it."""
        path = self.errand_path(collection, request, asking)
        if errand.about.faults:
            return await self.preview(collection, request, asking, errand.about, where=path)
        if not await errand.is_done():
            return await self._working(collection, request, asking, path, "propose")
        try:
            return self.see_other(collection, f"/proposals/{errand.result()['proposal_id']}")
        except RefusedByServiceError as refusal:
            return await self.preview(collection, request, asking, errand.about, refusal=refusal, where=path)

    async def frozen(self, collection: str, request: Request, asking: Asking, errand: Errand[Document]) -> Response:
        """The proposal, frozen, or why it is not."""
        proposal = str(errand.about)
        if not await errand.is_done():
            path = self.errand_path(collection, request, asking)
            return await self._working(collection, request, asking, path, "freeze")
        try:
            errand.result()
        except RefusedByServiceError as refusal:
            return await self.proposal(collection, proposal, request, asking, refusal=refusal)
        return self.see_other(collection, f"/proposals/{quote(proposal, safe='')}")

    async def proposal(
        self,
        collection: str,
        proposal: str,
        request: Request,
        asking: Asking,
        *,
        faults: Mapping[str, str] | None = None,
        refusal: RefusedByServiceError | None = None,
        status: int = 200,
    ) -> Response:
        found = await show_proposal(collection, proposal, asker=self.asker(asking))
        return self.pages.render(
            request,
            "pages/national_proposal.html",
            status=refusal.status if refusal else status,
            asking=asking,
            collection=await self.record(collection, asking),
            proposal=found,
            names=await self._names([found]),
            review=review_of(found),
            is_mine=found["proposed_by"] == asking.person.person,
            withdraw_reason=asking.form.get("withdraw_reason") or (asking.draft or {}).get("withdraw_reason", ""),
            faults=faults or {},
            refusal=refusal,
            moved=refusal.problem.get("moved", ()) if refusal else (),
            errand=secrets.token_urlsafe(16),
            state_words=STATE_WORDS,
            moment_of=datetime.fromisoformat,
        )

    async def _working(self, collection: str, request: Request, asking: Asking, where: str, what: str) -> Response:
        """What was asked for is being worked out; the page looks at `where` again."""
        seconds = secrets.choice(LOOK_AGAIN_SECONDS)
        return self.pages.render(
            request,
            "pages/national_working.html",
            status=202,
            headers={"Refresh": f"{seconds}; url={where}"},
            asking=asking,
            collection=await self.record(collection, asking),
            where=where,
            what=what,
        )

    async def record(self, collection: str, asking: Asking) -> CollectionRecord:
        async with self.new_unit_of_work() as uow:
            return await known_collection(collection, person=asking.person, uow=uow)

    async def _names(self, documents: Iterable[Document]) -> Mapping[str, str]:
        """Person -> name, of everybody who did something in these; somebody who is not known here keeps their id."""
        did = ("person", "proposed_by", "decided_by", "frozen_by")
        people = {document[key] for document in documents for key in did if document.get(key)}
        found = {person: await self.people.by_person(person) for person in people}
        return {person: known.name if known else person for person, known in found.items()}

    def asker(self, asking: Asking) -> Asker:
        assert asking.token is not None, "these routes need a token"
        return Asker(asking.person, asking.token, self.payments)

    def key(self, asking: Asking, collection: str, errand: str) -> tuple[str, ...]:
        """Under which an errand is found: by whoever sent it, and nobody else."""
        return asking.person.person, collection, "errand", errand

    def errand_path(self, collection: str, request: Request, asking: Asking) -> str:
        errand = errand_of(asking.form) if asking.form else request.path_params["errand"]
        return f"{figures_path(collection)}/errands/{quote(errand, safe='')}"

    def _preview_path(self, collection: str, typed: Proposing) -> str:
        return (
            f"{figures_path(collection)}/preview?exclusions={quote(exclusions_text(typed.terms.exclusions), safe='')}"
        )

    def see_other(self, collection: str, path: str) -> Response:
        return RedirectResponse(f"{figures_path(collection)}{path}", 303)


def errand_of(form: Fields) -> str:
    """Names what a form asks for: pressed twice it is the same, and with anything else typed into it another one."""
    typed = {name: value for name, value in form.items() if name != "csrf"}
    return hashlib.sha256(json.dumps(typed, sort_keys=True).encode()).hexdigest()[:32]


def figures_path(collection: str) -> str:
    """The address of a collection's national figures."""
    return FIGURES.format(collection=quote(collection, safe=""))
