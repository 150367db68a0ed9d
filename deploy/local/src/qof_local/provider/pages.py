"""How does the provider's page look? As everything else: the NHS.UK frontend's components and style."""

from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, Environment, PackageLoader, StrictUndefined

COMPONENTS = {
    "button": ("button", "button"),
    "input": ("input", "input"),
    "password_input": ("password-input", "passwordInput"),
    "error_summary": ("error-summary", "errorSummary"),
    "warning_callout": ("warning-callout", "warningCallout"),
}


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

    def render(self, template: str, status: int = 200, **seen: Any) -> HTMLResponse:
        """A page from `templates/<template>`."""
        return HTMLResponse(self._ours.get_template(template).render(**seen), status)
