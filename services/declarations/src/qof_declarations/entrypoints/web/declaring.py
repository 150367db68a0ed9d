"""The page on which a practice confirms and signs, and on which a commissioner decides; and the signature itself."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from qof_declarations.core.errors import DeclarationsError
from qof_declarations.core.hints import Thresholds
from qof_declarations.core.lifecycle import NotPossibleNowError
from qof_declarations.core.query import NothingQueriedError
from qof_declarations.core.session import Fields
from qof_declarations.core.standing import RecalculatingError
from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.practice import PRACTICE, practice_path
from qof_declarations.entrypoints.web.refusals import COME_BACK_SECONDS, waiting_page
from qof_declarations.entrypoints.web.told import ToldReports
from qof_declarations.entrypoints.web.typed import typed_text
from qof_declarations.entrypoints.web.views.deciding import decision_of
from qof_declarations.entrypoints.web.views.declaration import LONGEST_STATEMENT, declaration_part, short_digest
from qof_declarations.handlers.confirming import show_confirmation
from qof_declarations.handlers.errors import (
    DigestMissingError,
    FiguresMovedError,
    ReportAwaitedError,
    ReturnedUnreadError,
)
from qof_declarations.handlers.looking import keep_look
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.sessions import keep_typed
from qof_declarations.handlers.signing import Signature, SignatureBook

DECLARATION = PRACTICE + "/declaration"

Faults = Mapping[str, str]
"""Id of the field -> what is wrong with it; under an empty id what is wrong with the whole."""


@dataclass(frozen=True, slots=True)
class DeclarationPages:
    """The declaration's page, which those who decide show again, too, where something is missing."""

    pages: Pages
    gate: Gate
    new_unit_of_work: NewUnitOfWork
    book: SignatureBook
    told: ToldReports
    thresholds: Thresholds
    now: Callable[[], datetime]

    async def show(
        self,
        request: Request,
        asking: Asking,
        collection: str,
        practice: str,
        *,
        status: int = 200,
        read: str | None = None,
        typed: Fields | None = None,
        faults: Faults | None = None,
        **seen: Any,
    ) -> Response:
        """The page. `read` is the digest of figures that the person had read and that moved; `typed` what they had
        typed, `faults` what was wrong with it."""
        try:
            async with self.new_unit_of_work() as uow:
                review, report = await self.told.review(collection, practice, person=asking.person, uow=uow)
                found = await show_confirmation(
                    review.standing, read=read, person=asking.person, uow=uow, thresholds=self.thresholds
                )
                if await keep_look(
                    review.standing,
                    version=review.about.version,
                    person=asking.person,
                    uow=uow,
                    now=self.now(),
                ):
                    await uow.commit()
        except ReportAwaitedError:
            return RedirectResponse(practice_path(collection, practice) + "/waiting", 303)
        part = declaration_part(found, asking.person, has_moved=read is not None)
        looks_again = part.is_waiting and request.method == "GET"
        return self.pages.render(
            request,
            "pages/declaration.html",
            status=status,
            headers={"Refresh": str(secrets.choice(COME_BACK_SECONDS))} if looks_again else None,
            asking=asking,
            base=practice_path(collection, practice),
            standing=review.standing,
            about=review.about,
            short_digest=short_digest(review.about.digest),
            report=report,
            view=found.view,
            part=part,
            hints=found.hints,
            open_queries=found.open_queries,
            statement=typed_text(typed or {}, "statement"),
            protests=typed_text(typed or {}, "under_protest") == "yes",
            faults=faults or {},
            decision=decision_of(review.standing, asking.person),
            reason=typed_text(typed or {}, "reason"),
            **seen,
        )

    def router(self) -> APIRouter:
        """`…/declaration` and `…/declaration/sign`."""
        router = APIRouter()
        signed_in = Depends(self.gate.signed_in())
        form_sent = Depends(self.gate.signed_in(page=DECLARATION))

        @router.get(DECLARATION)
        async def show_declaration(
            collection: str, practice: str, request: Request, asking: Annotated[Asking, signed_in]
        ) -> Response:
            return await self.show(request, asking, collection, practice, typed=asking.draft)

        @router.get(DECLARATION + "/sign")
        async def back_to_page(collection: str, practice: str) -> Response:
            return RedirectResponse(practice_path(collection, practice) + "/declaration", 303)

        @router.post(DECLARATION + "/sign")
        async def sign(
            collection: str, practice: str, request: Request, asking: Annotated[Asking, form_sent]
        ) -> Response:
            form = asking.form
            faults = faults_of_signature(form)
            if faults:
                return await self._again(request, asking, collection, practice, status=422, faults=faults)
            digest = typed_text(form, "digest")
            try:
                done = await self.book.sign(
                    Signature(
                        collection=collection,
                        practice=practice,
                        person=asking.person,
                        at=self.now(),
                        digest=digest or None,
                        statement=typed_text(form, "statement") or None,
                        under_protest=typed_text(form, "under_protest") == "yes",
                        seen=typed_text(form, "state"),
                    )
                )
            except ReturnedUnreadError:
                faults = {"": "The declaration was returned meanwhile, and you have not signed. Read why, then decide."}
                return await self._again(request, asking, collection, practice, status=409, faults=faults)
            except FiguresMovedError:
                return await self._again(request, asking, collection, practice, status=412, read=digest)
            except RecalculatingError:
                await self._keep(asking, collection, practice)
                where = practice_path(collection, practice) + "/declaration"
                return waiting_page(request, self.pages, "errors/recalculating.html", status=409, where=where)
            except (DigestMissingError, NothingQueriedError) as error:
                status = 409 if isinstance(error, NothingQueriedError) else 428
                return await self._again(
                    request, asking, collection, practice, status=status, faults={"": _plainly(error)}
                )
            except (NotPossibleNowError, ReportAwaitedError):
                # Somebody has decided meanwhile, or the collection was reset: the page says how it stands.
                return RedirectResponse(practice_path(collection, practice) + "/declaration", 303)
            declaration = done.standing.declaration
            assert declaration is not None, "it was signed this moment, or before"
            return RedirectResponse(f"{practice_path(collection, practice)}/receipts/{declaration.declaration_id}", 303)

        return router

    async def _again(
        self,
        request: Request,
        asking: Asking,
        collection: str,
        practice: str,
        *,
        status: int,
        read: str | None = None,
        faults: Faults | None = None,
    ) -> Response:
        """The page once more, with what was typed: now, and when the person comes back to it."""
        await self._keep(asking, collection, practice)
        return await self.show(
            request, asking, collection, practice, status=status, read=read, typed=asking.form, faults=faults
        )

    async def _keep(self, asking: Asking, collection: str, practice: str) -> None:
        page = practice_path(collection, practice) + "/declaration"
        await keep_typed(asking.person, page, asking.form, sessions=self.gate.sessions, now=self.now())


def faults_of_signature(form: Fields) -> Faults:
    """What keeps this form from being a signature."""
    faults = {}
    if len(typed_text(form, "statement")) > LONGEST_STATEMENT:
        faults["statement"] = f"Say it in up to {LONGEST_STATEMENT:,} characters, or attach a file to a query."
    if typed_text(form, "confirm") != "yes":
        faults["confirm"] = "Tick the box to confirm that you have read the figures."
    return faults


def _plainly(error: DeclarationsError) -> str:
    if isinstance(error, NothingQueriedError):
        return "Your queries were answered or withdrawn meanwhile. Read the answers, then sign without protest."
    return "The form did not say which figures you read. Here are the newest: read them, then sign."
