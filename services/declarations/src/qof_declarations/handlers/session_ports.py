"""What signing in and staying signed in need from the outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qof_declarations.core.session import Session


class ProviderAwayError(Exception):
    """The identity provider does not answer; the same will do later."""


class SignInRefusedError(Exception):
    """What came back from the provider proves nothing; the text is for our log, never for a page."""


class UnknownPersonError(Exception):
    """The provider knows this person and we do not; the text is the subject."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that was begun. `return_to` is a path of our own; `draft` what a form held that brought us here."""

    state: str
    browser: str
    """Digest of the cookie of the browser that began it: nobody finishes another's sign-in."""
    nonce: str
    verifier: str
    """PKCE's."""
    return_to: str
    draft: str | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is. The access token speaks for them to other services, where there is one."""

    subject: str
    access_token: str | None
    access_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to be kept. Digests are SHA-256 of cookies."""

    digest: str
    replaces: str | None
    """Digest of the cookie that this browser had before; that session ends."""
    person: str
    csrf: str
    started_at: datetime
    access_token: str | None
    access_expires_at: datetime | None


class IdentityProvider(Protocol):
    """Whoever knows how people prove who they are. Every method may raise ProviderAwayError."""

    async def address(self, sign_in: SignIn, *, ask_again: bool) -> str:
        """Where the browser goes to sign in; `ask_again`: even if the provider remembers the person."""

    async def identity(self, sign_in: SignIn, code: str, *, now: datetime) -> Identity:
        """Who came back with `code`. Raises SignInRefusedError where that is not proved."""

    async def sign_out_address(self) -> str | None:
        """Where the browser goes so that the provider forgets the person, too."""


class Sessions(Protocol):
    """Sessions, what was typed, and sign-ins that were begun. Each method is atomic and durable by itself."""

    async def find(self, digest: str, *, page: str, now: datetime) -> Session | None:
        """The session of a cookie, asleep or awake, with what its person had typed into `page`."""

    async def touch(self, digest: str, now: datetime) -> None:
        """Write down that the session was used."""

    async def begin(self, sign_in: SignIn) -> None: ...

    async def begun(self, state: str, browser: str, *, now: datetime) -> SignIn | None:
        """The sign-in that this browser began with this state, not finished and not too old."""

    async def finish(self, sign_in: SignIn, session: NewSession) -> bool:
        """End the sign-in and begin the session, together; False where somebody else finished it just before.

        The draft of the sign-in becomes the person's own.
        """

    async def end(self, digest: str, *, everywhere: bool) -> None:
        """Sign out: this session, or all of its person's."""

    async def keep_draft(self, person: str, page: str, draft: str, now: datetime) -> None: ...

    async def drop_draft(self, person: str, page: str) -> None: ...
