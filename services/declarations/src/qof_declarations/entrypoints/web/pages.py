"""How is a page written? Our templates, the NHS.UK frontend's components, and how figures and moments are told."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qof_declarations.entrypoints.web.pieces import Piece, Pieces
from qof_declarations.entrypoints.web.words import FILTERS

PACKAGE = "qof_declarations.entrypoints.web"
STATIC = files(PACKAGE) / "static"

COMPONENTS = {
    "back_link": ("back-link", "backLink"),
    "button": ("button", "button"),
    "card": ("card", "card"),
    "checkboxes": ("checkboxes", "checkboxes"),
    "details": ("details", "details"),
    "error_summary": ("error-summary", "errorSummary"),
    "file_upload": ("file-upload", "fileUpload"),
    "input": ("input", "input"),
    "inset_text": ("inset-text", "insetText"),
    "notification_banner": ("notification-banner", "notificationBanner"),
    "panel": ("panel", "panel"),
    "radios": ("radios", "radios"),
    "select": ("select", "select"),
    "summary_list": ("summary-list", "summaryList"),
    "tag": ("tag", "tag"),
    "textarea": ("textarea", "textarea"),
    "warning_callout": ("warning-callout", "warningCallout"),
}
"""Global of our templates -> component of the NHS.UK frontend and its macro."""


BODY = Markup("<!-- body -->")
"""Where a body is put that was written before. What people type has no such thing in it: it is escaped."""


@cache
def static_version() -> str:
    """Names what the static folder holds: an address with it never changes its meaning, so browsers keep it."""
    seen = hashlib.sha256()
    for file in sorted(STATIC.iterdir(), key=lambda one: one.name):
        if file.is_file():
            seen.update(file.name.encode() + file.read_bytes())
    return seen.hexdigest()[:16]


class Pages:
    """Renders templates. One for the process: templates are compiled once."""

    def __init__(self) -> None:
        # The makers' components lean on names that are not there; in ours such a name is a mistake. So they live apart.
        makers = Environment(
            loader=PackageLoader("nhsuk_frontend_jinja"), autoescape=True, undefined=ChainableUndefined
        )
        self._ours = Environment(
            loader=PackageLoader(PACKAGE),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._ours.filters.update(FILTERS)
        self._ours.globals["static"] = f"/static/{static_version()}"
        for name, (component, macro) in COMPONENTS.items():
            module = makers.get_template(f"nhsuk/components/{component}/macro.jinja").module
            self._ours.globals[name] = getattr(module, macro)

        self._report = Pieces(self._ours.get_template("components/report_pieces.html"))

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **seen: Any,
    ) -> HTMLResponse:
        """A page from `templates/<template>`. Who is signed in is `asking`: given, or else whom the gate let in."""
        seen.setdefault("asking", getattr(request.state, "asking", None))
        return HTMLResponse(self._ours.get_template(template).render(request=request, **seen), status, headers=headers)

    def render_around(self, request: Request, template: str, body: bytes, **seen: Any) -> HTMLResponse:
        """A page around a `body` that `report_body` wrote: put in as it is where the template says `{{ body }}`."""
        seen.setdefault("asking", getattr(request.state, "asking", None))
        page = self._ours.get_template(template).render(request=request, body=BODY, **seen)
        before, place, after = page.partition(BODY)
        if not place:
            raise ValueError(f"{template} has no place for a body; say where with {{{{ body }}}}")
        return HTMLResponse(b"".join((before.encode(), body, after.encode())))

    def alone(self, template: str, **seen: Any) -> bytes:
        """A page that no request has asked for yet: written once, for many."""
        return self._ours.get_template(template).render(**seen).encode()

    def report_body(self, pieces: Iterable[Piece]) -> bytes:
        """What a report says below its sums, to be kept and put into pages by `render_around`."""
        return self._report.write(pieces).encode()
