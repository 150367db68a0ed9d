"""What requests are worth: by their paths, and for pages by whether somebody is signed in."""

import pytest

from qof_declarations.bootstrap import create_app
from qof_declarations.entrypoints.worth import PATHS, declarations_worth
from qof_shared.db.engine import create_engine
from qof_shared.http.admission import Worth

SIGNED_IN = [(b"accept", b"text/html"), (b"cookie", b"a=b; qof=abc")]
PRACTICE = "/collections/england-2012-13/practices/A81001"


@pytest.mark.parametrize(
    ("method", "path", "worth"),
    [
        ("POST", f"{PRACTICE}/declaration/sign", Worth.SIGN),
        ("POST", f"/v1{PRACTICE}/declaration", Worth.SIGN),
        ("POST", "/collections/england-2012-13/approvals", Worth.SIGN),
        ("POST", f"{PRACTICE}/queries", Worth.SIGN),
        ("POST", "/sign-out", Worth.SIGN),
        ("GET", "/sign-in/callback", Worth.SIGN),
        ("POST", f"{PRACTICE}/declaration/draft", Worth.REPORT),
        ("GET", "/", Worth.REPORT),
        ("GET", f"{PRACTICE}/report", Worth.REPORT),
        ("GET", f"/v1{PRACTICE}/report", Worth.REPORT),
        ("GET", "/sign-in", Worth.ARRIVE),
        ("GET", f"{PRACTICE}/waiting", Worth.STATUS),
        ("GET", f"{PRACTICE}/waiting/now", Worth.STATUS),
        ("GET", f"/v1{PRACTICE}/waiting/events", Worth.STATUS),
        ("GET", "/v1/log/head", Worth.STATUS),
        ("GET", f"{PRACTICE}/compare", Worth.PREVIEW),
        ("GET", f"/v1{PRACTICE}/report/indicators/AF05/what-if", Worth.PREVIEW),
        ("GET", "/national/collections/england-2012-13/national-figures/preview", Worth.PREVIEW),
        ("GET", "/static/abc/openqof.css", None),
        ("GET", "/signed-out", None),
        ("GET", "/health/live", None),
    ],
)
def test_worth_of_somebody_who_is_signed_in(method: str, path: str, worth: Worth | None) -> None:
    scope = {"type": "http", "method": method, "path": path, "headers": SIGNED_IN}
    assert declarations_worth("qof")(scope) is worth


@pytest.mark.parametrize("cookie", [b"", b"other=1", b"qof-turn=1.2.3.4", b"qof-signing-in=x"])
def test_a_page_that_a_browser_without_a_session_asks_for_is_an_arrival(cookie: bytes) -> None:
    scope = {"type": "http", "method": "GET", "path": f"{PRACTICE}/report", "headers": [(b"cookie", cookie)]}
    assert declarations_worth("qof")(scope) is Worth.ARRIVE
    assert declarations_worth("qof")({**scope, "path": f"/v1{PRACTICE}/report"}) is Worth.REPORT
    assert declarations_worth("qof")({**scope, "path": "/sign-in/callback"}) is Worth.SIGN


async def test_every_declared_path_is_a_route() -> None:
    """A route that moves takes its worth along, or this fails."""
    engine = create_engine("postgresql://nobody@127.0.0.1:1/none", pool_size=1)
    app = create_app(engine)
    pages = next(one.kwargs["pages"] for one in app.user_middleware if "pages" in one.kwargs)
    routes = {shape(path) for part in (app, pages) for path in part.openapi()["paths"]}
    invented = {path for paths in PATHS.values() for path in paths if shape(path) not in routes and path not in GROUPS}
    assert not invented
    await engine.dispose()


GROUPS = {"/v1/log/{what}", "/v1/collections/{collection}/practices/{practice}/waiting/now"}
"""Declared together with others."""


def shape(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
