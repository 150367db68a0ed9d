"""What is a request to declarations worth, when there is more to do than can be done?

Whoever signs goes first, whoever is signed in goes before whoever wants to be, and nobody is thrown out half-way:
coming back from the provider is worth as much as signing.
"""

from collections.abc import Mapping, Sequence

from starlette.types import Scope

from qof_declarations.entrypoints.web.app import API
from qof_declarations.entrypoints.web.signin import CALLBACK
from qof_shared.http.admission import Worth
from qof_shared.http.worths import Declared, WorthOf

COLLECTION, PRACTICE = "/collections/{collection}", "/collections/{collection}/practices/{practice}"
NATIONAL = "/national/collections/{collection}/national-figures"

PATHS: Mapping[Worth, Sequence[str]] = {
    Worth.SIGN: [CALLBACK],
    Worth.REPORT: [f"{PRACTICE}/{{form}}/draft"],
    Worth.ARRIVE: ["/sign-in"],
    Worth.STATUS: [
        *(f"{start}{PRACTICE}/waiting{end}" for start in ("", "/v1") for end in ("", "/now", "/events")),
        f"/v1{COLLECTION}/progress",
        f"{NATIONAL}/errands/{{errand}}",
        "/v1/receipt-keys",
        "/v1/log/{what}",
    ],
    Worth.PREVIEW: [
        f"{PRACTICE}/compare",
        f"/v1{PRACTICE}/comparison",
        f"/v1{PRACTICE}/hints",
        f"/v1{PRACTICE}/report/indicators/{{indicator}}/what-if",
        *(f"{start}{COLLECTION}/reminders{end}" for start in ("", "/v1") for end in ("", ".csv")),
        f"/v1{COLLECTION}/declarations.csv",
        f"{COLLECTION}/work-list.csv",
        f"{PRACTICE}/report.csv",
        f"{NATIONAL}/preview",
    ],
}


def declarations_worth(session_cookie: str) -> WorthOf:
    """Worth by path; a page that a browser without a session asks for leads to signing in. Cookies are not checked:
    whoever invents one gets in hand a little earlier, to be led to signing in."""
    declared = Declared(PATHS, always=("/static/", "/signed-out")).reader()
    signed_in = f"{session_cookie}=".encode()

    def worth_of(scope: Scope) -> Worth | None:
        worth = declared(scope)
        is_page = worth is Worth.REPORT and not scope["path"].startswith(API)
        return Worth.ARRIVE if is_page and not _has_cookie(scope, signed_in) else worth

    return worth_of


def _has_cookie(scope: Scope, start: bytes) -> bool:
    return any(
        part.lstrip().startswith(start)
        for name, value in scope["headers"]
        if name == b"cookie"
        for part in value.split(b";")
    )
