"""How are the pages put together? One application of their own, which answers what the API does not."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from qof_declarations.entrypoints.web.pages import STATIC, Pages, static_version
from qof_declarations.entrypoints.web.refusals import UnforeseenPages, add_refusals
from qof_declarations.entrypoints.web.safety import PageHeaders
from qof_shared.http.app import OUR_OWN_TELEMETRY

A_YEAR = 365 * 24 * 3600


class _KeptFiles(StaticFiles):
    """Static files under an address that names their content: a browser keeps them for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
        return answer


def create_pages(
    routers: Sequence[APIRouter], pages: Pages, *, form_targets: Sequence[str] = (), is_https: bool = False
) -> FastAPI:
    """The pages, to be put beside the API's routes. `form_targets` are origins that forms may lead to."""
    app = FastAPI(
        openapi_url=None,
        telemetry=OUR_OWN_TELEMETRY,
        middleware=[
            Middleware(PageHeaders, form_targets=form_targets, is_https=is_https),
            Middleware(UnforeseenPages, pages=pages),
        ],
    )
    add_refusals(app, pages)
    for router in routers:
        app.include_router(router)
    app.mount(f"/static/{static_version()}", _KeptFiles(directory=str(STATIC)))
    return app


API = ("/v1/", "/health/", "/metrics", "/docs", "/redoc", "/openapi.json")
"""How the paths of the API begin; everything else is a page."""


class _PagesBeside:
    """Leads to the pages before the API's routes are tried: there are dozens, and all would be tried for each page."""

    def __init__(self, app: ASGIApp, *, pages: ASGIApp) -> None:
        self.app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and not scope["path"].startswith(API)
        await (self._pages if is_page else self.app)(scope, receive, send)


def put_beside(api: FastAPI, pages: FastAPI) -> None:
    """Answer with pages whatever is none of the API's paths; below those, programs expect problems."""
    # Behind the API's own middleware, so that pages have correlation ids, too.
    api.user_middleware.append(Middleware(_PagesBeside, pages=pages))
