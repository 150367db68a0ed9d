"""What does a browser have to be told so that a page can only do what it is for?"""

from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send


def content_security_policy(form_targets: Sequence[str] = ()) -> str:
    """Nothing from elsewhere, nothing inline; forms go to us and to `form_targets` (where signing in happens)."""
    forms = " ".join(("'self'", *form_targets))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"manifest-src 'self'; form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
    )


def page_headers(form_targets: Sequence[str] = (), *, is_https: bool = False) -> list[tuple[bytes, bytes]]:
    """What every page says to a browser, whoever writes it."""
    headers = {
        "Content-Security-Policy": content_security_policy(form_targets),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
        # Kept by nobody but the person's own browser, which asks again each time: figures move.
        "Cache-Control": "private, no-cache",
    }
    if is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class PageHeaders:
    """Adds the headers to every answer that does not say otherwise itself."""

    def __init__(self, app: ASGIApp, *, form_targets: Sequence[str] = (), is_https: bool = False) -> None:
        self.app = app
        self._headers = page_headers(form_targets, is_https=is_https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message["headers"]}
                added = [header for header in self._headers if header[0] not in said]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self.app(scope, receive, send_with_headers)
