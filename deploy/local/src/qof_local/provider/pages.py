"""How does the provider's page look? As everything else: the NHS.UK frontend's components and style."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, Environment, PackageLoader, StrictUndefined
from markupsafe import escape

from qof_local.provider.accounts import Account

COMPONENTS = {
    "button": ("button", "button"),
    "input": ("input", "input"),
    "password_input": ("password-input", "passwordInput"),
    "error_summary": ("error-summary", "errorSummary"),
    "warning_callout": ("warning-callout", "warningCallout"),
}
ACTION = "where-the-form-goes"
"""Stands for it in the page that is kept."""


class ProviderPages:
    """Renders `provider/templates`."""

    def __init__(self, static: str) -> None:
        makers = Environment(
            loader=PackageLoader("nhsuk_frontend_jinja"), autoescape=True, undefined=ChainableUndefined
        )
        self._ours = Environment(
            loader=PackageLoader("qof_local.provider"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._ours.globals["static"] = static
        for name, (component, macro) in COMPONENTS.items():
            module = makers.get_template(f"nhsuk/components/{component}/macro.jinja").module
            self._ours.globals[name] = getattr(module, macro)
        self._sign_in: tuple[Sequence[Account], str] | None = None

    def sign_in(self, action: str, ready_made: Sequence[Account]) -> HTMLResponse:
        """The page that everybody meets first, and which says the same to all: written once, as a nation comes at 8."""
        if self._sign_in is None or self._sign_in[0] is not ready_made:
            template = self._ours.get_template("sign_in.html")
            page = template.render(action=ACTION, account="", error="", ready_made=ready_made)
            self._sign_in = ready_made, page
        return HTMLResponse(self._sign_in[1].replace(ACTION, escape(action)))

    def render(self, template: str, status: int = 200, **seen: Any) -> HTMLResponse:
        """A page from `templates/<template>`."""
        return HTMLResponse(self._ours.get_template(template).render(**seen), status)
