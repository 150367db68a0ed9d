"""Who is signed in, and how does one sign in and out?"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from qof_declarations.core.session import Fields, Session, draft_of, own_path
from qof_declarations.handlers.session_ports import (
    IdentityProvider,
    NewSession,
    Sessions,
    SignIn,
    UnknownPersonError,
)
from qof_shared.people import People, Person, token_digest


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes now, and what identifies it when it comes back."""

    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Finished:
    """`cookie` is what the browser keeps; nobody else ever has it, we neither."""

    person: Person
    cookie: str
    return_to: str


async def find_session(cookie: str | None, *, page: str, sessions: Sessions, now: datetime) -> Session | None:
    """The session of this cookie, awake or asleep, with the draft of `page`; writes at most once a minute."""
    if not cookie:
        return None
    digest = token_digest(cookie)
    session = await sessions.find(digest, page=page, now=now)
    if session and session.is_awake(now) and session.is_to_be_touched(now):
        await sessions.touch(digest, now)
    return session


async def keep_typed(person: Person, page: str, fields: Fields, *, sessions: Sessions, now: datetime) -> bool:
    """Keep what `person` typed into `page`; False where it is too long to be kept."""
    draft = draft_of(fields)
    if draft is None:
        return False
    await sessions.keep_draft(person.person, page, draft, now)
    return True


async def begin_sign_in(
    return_to: str | None,
    *,
    cookie: str | None,
    browser: str | None,
    typed: Fields | None = None,
    sessions: Sessions,
    provider: IdentityProvider,
    now: datetime,
) -> Begun:
    """Send the browser to the provider, and remember where it wants to be. Raises ProviderAwayError.

    Whoever was away for long proves again who they are, even if the provider remembers them.
    """
    browser = browser or secrets.token_urlsafe(32)
    sign_in = SignIn(
        state=secrets.token_urlsafe(32),
        browser=token_digest(browser),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        return_to=own_path(return_to),
        draft=draft_of(typed) if typed else None,
        started_at=now,
    )
    before = await sessions.find(token_digest(cookie), page="", now=now) if cookie else None
    address = await provider.address(sign_in, ask_again=before is not None and not before.is_awake(now))
    await sessions.begin(sign_in)
    return Begun(address, browser)


async def finish_sign_in(
    state: str,
    code: str,
    *,
    cookie: str | None,
    browser: str | None,
    sessions: Sessions,
    provider: IdentityProvider,
    people: People,
    now: datetime,
) -> Finished | None:
    """Begin a session for whoever came back; None where this browser began no such sign-in, or finished it before.

    Raises ProviderAwayError, SignInRefusedError and UnknownPersonError.
    """
    sign_in = await sessions.begun(state, token_digest(browser), now=now) if browser else None
    if sign_in is None:
        return None
    identity = await provider.identity(sign_in, code, now=now)
    person = await people.by_person(identity.subject)
    if person is None:
        raise UnknownPersonError(identity.subject)
    before = await sessions.find(token_digest(cookie), page="", now=now) if cookie else None
    # Pages of theirs that are still open in other tabs go on working: their forms hold this token.
    is_same = before is not None and before.person.person == person.person
    new_cookie = secrets.token_urlsafe(32)
    session = NewSession(
        digest=token_digest(new_cookie),
        replaces=token_digest(cookie) if cookie else None,
        person=person.person,
        csrf=before.csrf if before and is_same else secrets.token_urlsafe(32),
        started_at=now,
        access_token=identity.access_token,
        access_expires_at=identity.access_expires_at,
    )
    if not await sessions.finish(sign_in, session):
        return None
    return Finished(person, new_cookie, sign_in.return_to)


async def end_session(cookie: str | None, *, everywhere: bool, sessions: Sessions) -> None:
    """Sign out; again is harmless."""
    if cookie:
        await sessions.end(token_digest(cookie), everywhere=everywhere)
