"""What does a person see where a page cannot be shown? What happened, what to do, and never "press again"."""

import logging
import secrets
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qof_declarations.core.errors import DeclarationsError
from qof_declarations.core.standing import RecalculatingError
from qof_declarations.entrypoints.http_problems import problem_of
from qof_declarations.entrypoints.web.pages import Pages
from qof_shared.db.engine import is_unavailable
from qof_shared.http.problems import Problem

logger = logging.getLogger(__name__)

COME_BACK_SECONDS = range(5, 16)
"""When a page that has to wait looks again; each browser at a moment of its own, so that they do not come together."""


def add_refusals(app: FastAPI, pages: Pages) -> None:
    """Answer every refusal of the handlers and of the framework with a page."""

    async def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, DeclarationsError)
        problem = problem_of(error)
        if isinstance(error, RecalculatingError):
            return waiting_page(request, pages, "errors/recalculating.html", status=problem.status)
        return _refused(request, pages, problem.status, problem.title, problem.detail)

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return _refused(request, pages, error.status, error.title, error.detail)

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            return _refused(request, pages, 404, "Page not found", "Check the address, or start from your home page.")
        return _refused(request, pages, error.status_code, "This did not work", str(error.detail))

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
        return _refused(request, pages, 422, "This address does not fit", f"{faults}. Start from your home page.")

    app.add_exception_handler(DeclarationsError, on_refusal)
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http_error)


def _refused(request: Request, pages: Pages, status: int, title: str, detail: str) -> Response:
    return pages.render(request, "errors/refused.html", status=status, title=title, detail=detail)


def waiting_page(request: Request, pages: Pages, template: str, *, status: int, where: str | None = None) -> Response:
    """A page that looks again by itself; nothing is to be pressed, and a form that was sent is not sent again.

    `where` is what it looks at, if that is not the page that was asked for.
    """
    seconds = secrets.choice(COME_BACK_SECONDS)
    if where is None:
        where = _own_address(request) if request.method in ("GET", "HEAD") else _page_before(request)
    headers = {"Refresh": f"{seconds}; url={where}", "Retry-After": str(seconds)}
    return pages.render(request, template, status=status, headers=headers, where=where, seconds=seconds)


def _own_address(request: Request) -> str:
    """With the query: without it a list would lose its filter, and who comes back from the provider their sign-in."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _page_before(request: Request) -> str:
    """The page that a form was sent from, if it was one of ours."""
    before = urlsplit(request.headers.get("referer", ""))
    return before.path if before.netloc == request.url.netloc and before.path else "/"


class UnforeseenPages:
    """Answers what no handler foresaw: our database is away, or a fault of ours."""

    def __init__(self, app: ASGIApp, *, pages: Pages) -> None:
        self.app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if has_begun:
                raise
            request = Request(scope, receive)
            if is_unavailable(error):
                page = waiting_page(request, self._pages, "errors/away.html", status=503)
            else:
                logger.error("unforeseen error", exc_info=error, extra={"action": "pages.unforeseen"})
                correlation_id = getattr(request.state, "correlation_id", "")
                page = self._pages.render(request, "errors/unforeseen.html", status=500, correlation_id=correlation_id)
            await page(scope, receive, send)
