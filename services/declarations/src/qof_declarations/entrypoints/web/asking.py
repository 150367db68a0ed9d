"""Who asks for this page, may they, and did this form come from one of our own pages?

    @router.get("/collections/{collection}/practices/{practice}/report")
    async def show(request: Request, asking: Annotated[Asking, Depends(gate.signed_in())]) -> Response:
        ...

A form's route names the page that the form stands on, so that what was typed comes back there:

    @router.post("/…/declaration/sign")
    async def sign(asking: Annotated[Asking, Depends(gate.signed_in(Role.PRACTICE_DECLARER, page="/…/declaration"))]):
        statement = asking.form.get("statement", "")
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from starlette.datastructures import FormData

from qof_declarations.core.session import Fields, Session
from qof_declarations.handlers.session_ports import Sessions
from qof_declarations.handlers.sessions import find_session, keep_typed
from qof_shared.http.problems import Problem
from qof_shared.people import Person, Role

FORM_BYTES = 1024 * 1024
"""Of a form without files; a route that takes files says how much it takes."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, with what their form holds and what they had typed here before they had to sign in again."""

    person: Person
    csrf: str
    """Every form has it: <input type="hidden" name="csrf" value="{{ asking.csrf }}">."""
    draft: Fields | None = None
    """Typed into this page earlier and never sent; shown in the form instead of nothing."""
    warning: str | None = None
    """A sentence for the top of the page."""
    token: str | None = None
    """Speaks for the person to other services; there where the route says `needs_token`."""
    form: Fields = field(default_factory=dict)
    """What was posted, without files; a list where a name occurs more than once. Empty on a GET."""


class SignInNeededError(Exception):
    """Nobody is signed in, or the session sleeps. `typed` is what the form held where we do not know whose it is."""

    def __init__(self, return_to: str, typed: Fields | None) -> None:
        super().__init__(f"sign in, then go on at {return_to}")
        self.return_to = return_to
        self.typed = typed


class ForeignFormError(Exception):
    """The form was sent from somebody else's page."""


class StaleFormError(Exception):
    """The form is one of ours, but not of this session; nothing was done, and what was typed is kept for `page`."""

    def __init__(self, page: str) -> None:
        super().__init__(f"the form of {page} does not belong to this session")
        self.page = page


@dataclass(frozen=True, slots=True)
class Gate:
    """Where everybody passes who asks for a page. `public_url` is our address as browsers see it, without a path."""

    sessions: Sessions
    public_url: str
    now: Callable[[], datetime]

    @property
    def is_https(self) -> bool:
        return is_https_url(self.public_url)

    @property
    def cookie(self) -> str:
        return session_cookie(self.public_url)

    def cookie_of(self, request: Request) -> str | None:
        return request.cookies.get(self.cookie)

    def signed_in(
        self, *roles: Role, page: str | None = None, needs_token: bool = False, form_bytes: int = FORM_BYTES
    ) -> Callable[[Request], Awaitable[Asking]]:
        """A FastAPI dependency: who asks, if the role is one of `roles` (any without).

        `page` is the path of the page that a form stands on, with the route's own parameters in braces. With
        `needs_token` whoever has no good access token any more fetches a new one on the way.
        """

        async def asking(request: Request) -> Asking:
            path = quote(request.url.path)
            own_page = page.format(**{k: quote(str(v)) for k, v in request.path_params.items()}) if page else path
            is_form = request.method not in ("GET", "HEAD")
            if is_form and not self.is_our_own(request):
                raise ForeignFormError
            now = self.now()
            session = await find_session(self.cookie_of(request), page=own_page, sessions=self.sessions, now=now)
            form = await read_form(request, form_bytes) if is_form else {}
            is_good = session is not None and session.is_awake(now) and not (needs_token and not session.token(now))
            if session is None or not is_good:
                await self._send_to_sign_in(request, session, own_page, form, now)
            assert session is not None
            if is_form:
                await self._check_form(session, own_page, form, now)
            request.state.asking = found = Asking(
                person=session.person,
                csrf=session.csrf,
                draft=session.draft,
                warning=session.warning(now),
                token=session.token(now),
                form=form,
            )
            if roles and session.person.role not in roles:
                raise Problem(
                    403,
                    "role-not-allowed",
                    "Your role does not allow this",
                    f"This needs the role {' or '.join(roles)}; yours is {session.person.role}.",
                )
            return found

        return asking

    def is_our_own(self, request: Request) -> bool:
        """Was this form sent from a page of ours? A browser says so; an old one leaves it to the form's token."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = request.headers.get("origin")
        return origin is None or origin == origin_of(self.public_url)

    async def _send_to_sign_in(
        self, request: Request, session: Session | None, page: str, form: Fields, now: datetime
    ) -> None:
        if request.headers.get("sec-fetch-mode", "navigate") != "navigate":
            # A script asked. It cannot follow to the provider; the page it works for can.
            raise Problem(401, "unauthorised", "You are not signed in", "Load the page again; you come back to it.")
        if form and session is not None:
            await keep_typed(session.person, page, form, sessions=self.sessions, now=now)
        where = page if request.method not in ("GET", "HEAD") else _with_query(request)
        raise SignInNeededError(where, form if form and session is None else None)

    async def _check_form(self, session: Session, page: str, form: Fields, now: datetime) -> None:
        sent = form.get("csrf")
        if not isinstance(sent, str) or not secrets.compare_digest(sent.encode(), session.csrf.encode()):
            await keep_typed(session.person, page, form, sessions=self.sessions, now=now)
            raise StaleFormError(page)
        if session.draft is not None:
            await self.sessions.drop_draft(session.person.person, page)

    def keep_cookie(self, answer: Response, name: str, value: str, kept: timedelta) -> None:
        """Set a cookie for this site alone, which no script reads."""
        answer.set_cookie(
            name,
            value,
            max_age=int(kept.total_seconds()),
            path="/",
            secure=self.is_https,
            httponly=True,
            samesite="lax",
        )

    def drop_cookie(self, answer: Response, name: str) -> None:
        answer.delete_cookie(name, path="/", secure=self.is_https, httponly=True, samesite="lax")


def is_https_url(url: str) -> bool:
    return url.startswith("https:")


def session_cookie(public_url: str) -> str:
    """Its name; browsers take the prefix as a promise that nobody else can set it."""
    return "__Host-qof" if is_https_url(public_url) else "qof"


def origin_of(url: str) -> str:
    """Scheme, host and port of an address: `http://127.0.0.1:8105/x` -> `http://127.0.0.1:8105`."""
    scheme, netloc = urlsplit(url)[:2]
    return f"{scheme}://{netloc}"


def _with_query(request: Request) -> str:
    query = request.url.query
    return quote(request.url.path) + (f"?{query}" if query else "")


async def read_form(request: Request, most_bytes: int) -> Fields:
    """What a form holds, without its files. Raises Problem where it is too large to be read."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > most_bytes:
        raise Problem(413, "form-too-large", "This is too much at once", f"A form may have {most_bytes:,} bytes here.")
    return _fields(await request.form(max_part_size=most_bytes))


def _fields(form: FormData) -> Fields:
    found: dict[str, str | list[str]] = {}
    for name in form:
        texts = [value for value in form.getlist(name) if isinstance(value, str)]
        if texts:
            found[name] = texts[0] if len(texts) == 1 else texts
    return found
