"""How does one sign in and out? The browser goes to the provider and comes back to where it was."""

import logging
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from qof_declarations.core.session import REMEMBERED, SIGN_IN_TAKES, Fields, own_path
from qof_declarations.entrypoints.web.asking import (
    FORM_BYTES,
    ForeignFormError,
    Gate,
    SignInNeededError,
    StaleFormError,
    read_form,
)
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.refusals import waiting_page
from qof_declarations.handlers.session_ports import (
    IdentityProvider,
    ProviderAwayError,
    SignInRefusedError,
    UnknownPersonError,
)
from qof_declarations.handlers.sessions import begin_sign_in, end_session, find_session, finish_sign_in
from qof_shared.people import People

logger = logging.getLogger(__name__)

CALLBACK = "/sign-in/callback"


@dataclass(frozen=True, slots=True)
class SigningIn:
    """The routes of signing in, and what a request is answered that has to sign in first.

    Without a provider every page says that signing in is not set up.
    """

    gate: Gate
    pages: Pages
    provider: IdentityProvider | None
    people: People

    def router(self) -> APIRouter:
        """`/sign-in`, its callback, `/sign-out`, `/signed-out`."""
        router = APIRouter()

        @router.get("/sign-in")
        async def sign_in(request: Request, return_to: str = "/") -> Response:
            return await self._begin(request, return_to)

        @router.get(CALLBACK)
        async def come_back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
            if error or not code:
                return self._failed(request, error or "no code")
            return await self._finish(request, state, code)

        @router.post("/sign-out")
        async def sign_out(request: Request) -> Response:
            if not self.gate.is_our_own(request):
                raise ForeignFormError
            form = await read_form(request, FORM_BYTES)
            cookie = self.gate.cookie_of(request)
            await end_session(cookie, everywhere=form.get("everywhere") == "yes", sessions=self.gate.sessions)
            answer = RedirectResponse(await self._sign_out_address(), 303)
            self.gate.drop_cookie(answer, self.gate.cookie)
            return answer

        @router.get("/signed-out")
        async def signed_out(request: Request) -> Response:
            return self.pages.render(request, "pages/signed_out.html")

        return router

    def add_answers(self, app: FastAPI) -> None:
        """Answer every request that has to sign in first, and every form that is not one of ours."""

        async def on_sign_in_needed(request: Request, error: Exception) -> Response:
            assert isinstance(error, SignInNeededError)
            return await self._begin(request, error.return_to, error.typed)

        async def on_foreign_form(request: Request, _error: Exception) -> Response:
            return self.pages.render(request, "pages/foreign_form.html", status=403)

        async def on_stale_form(request: Request, error: Exception) -> Response:
            assert isinstance(error, StaleFormError)
            return self.pages.render(request, "pages/stale_form.html", status=403, page=error.page)

        app.add_exception_handler(SignInNeededError, on_sign_in_needed)
        app.add_exception_handler(ForeignFormError, on_foreign_form)
        app.add_exception_handler(StaleFormError, on_stale_form)

    @property
    def _browser_cookie(self) -> str:
        return f"{self.gate.cookie}-signing-in"

    async def _begin(self, request: Request, return_to: str, typed: Fields | None = None) -> Response:
        if self.provider is None:
            return self.pages.render(request, "pages/sign_in_not_set_up.html", status=503)
        try:
            begun = await begin_sign_in(
                return_to,
                cookie=self.gate.cookie_of(request),
                browser=request.cookies.get(self._browser_cookie),
                typed=typed,
                sessions=self.gate.sessions,
                provider=self.provider,
                now=self.gate.now(),
            )
        except ProviderAwayError as error:
            return self._away(request, error, f"/sign-in?return_to={quote(own_path(return_to), safe='')}")
        answer = RedirectResponse(begun.address, 303)
        self.gate.keep_cookie(answer, self._browser_cookie, begun.browser, SIGN_IN_TAKES)
        return answer

    async def _finish(self, request: Request, state: str, code: str) -> Response:
        if self.provider is None:
            return self.pages.render(request, "pages/sign_in_not_set_up.html", status=503)
        cookie = self.gate.cookie_of(request)
        try:
            finished = await finish_sign_in(
                state,
                code,
                cookie=cookie,
                browser=request.cookies.get(self._browser_cookie),
                sessions=self.gate.sessions,
                provider=self.provider,
                people=self.people,
                now=self.gate.now(),
            )
        except ProviderAwayError as error:
            return self._away(request, error, f"{CALLBACK}?{request.url.query}")
        except UnknownPersonError as error:
            logger.warning("unknown person", extra={"action": "sign_in.unknown", "subject": str(error)})
            return self.pages.render(request, "pages/sign_in_unknown.html", status=403)
        except SignInRefusedError as error:
            return await self._second_time(request) or self._failed(request, str(error))
        if finished is None:
            return await self._second_time(request) or self._failed(request, "no such sign-in of this browser")
        answer = RedirectResponse(finished.return_to, 303)
        self.gate.keep_cookie(answer, self.gate.cookie, finished.cookie, REMEMBERED)
        return answer

    async def _second_time(self, request: Request) -> Response | None:
        """Whoever is signed in already has pressed twice or gone back: that is no error, they are where they want."""
        session = await find_session(
            self.gate.cookie_of(request), page="", sessions=self.gate.sessions, now=self.gate.now()
        )
        return RedirectResponse("/", 303) if session and session.is_awake(self.gate.now()) else None

    async def _sign_out_address(self) -> str:
        try:
            address = await self.provider.sign_out_address() if self.provider else None
        except ProviderAwayError:
            address = None
        return address or "/signed-out"

    def _failed(self, request: Request, why: str) -> Response:
        logger.warning("sign-in failed", extra={"action": "sign_in.failed", "reason": why})
        return self.pages.render(request, "pages/sign_in_failed.html", status=400)

    def _away(self, request: Request, error: ProviderAwayError, where: str) -> Response:
        logger.warning("provider away", extra={"action": "sign_in.away", "reason": str(error)})
        return waiting_page(request, self.pages, "pages/sign_in_away.html", status=503, where=where)
