"""People who are signed in, for tests of pages: their session is in the database as if they had come from the provider.

async with signed_in_client(create_app(engine), engine, DECLARER) as client:
    page = await client.get("/")
    done = await client.post("/sign-out", data={"csrf": client.csrf})
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp

from qof_declarations.adapters.sessions import PostgresSessions
from qof_declarations.handlers.session_ports import NewSession, SignIn
from qof_shared.db.people import record_people
from qof_shared.people import Person, token_digest

SITE = "http://127.0.0.1:8080"
"""Where an application that was built without settings believes to be."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a browser holds: `context.add_cookies([{"name": "qof", "value": ticket.cookie, "url": url}])`."""

    cookie: str
    csrf: str


async def begin_session(
    engine: AsyncEngine, person: Person, *, at: datetime | None = None, access_token: str | None = None
) -> Ticket:
    """Sign `person` in at this moment; they become known where they were not. The access token is good for an hour."""
    at = at or datetime.now(UTC)
    async with engine.begin() as connection:
        await record_people(connection, [(person, f"token of {person.person}")])
    ticket = Ticket(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    state = secrets.token_urlsafe(32)
    sign_in = SignIn(state, "browser", "nonce", "verifier", "/", None, at)
    sessions = PostgresSessions(engine)
    await sessions.begin(sign_in)
    await sessions.finish(
        sign_in,
        NewSession(
            digest=token_digest(ticket.cookie),
            replaces=None,
            person=person.person,
            csrf=ticket.csrf,
            started_at=at,
            access_token=access_token,
            access_expires_at=at + timedelta(hours=1) if access_token else None,
        ),
    )
    return ticket


class SignedInClient(httpx.AsyncClient):
    """A browser of somebody who is signed in; `csrf` belongs into every form."""

    csrf: str


@asynccontextmanager
async def signed_in_client(
    app: ASGIApp, engine: AsyncEngine, person: Person, *, at: datetime | None = None, access_token: str | None = None
) -> AsyncIterator[SignedInClient]:
    """A browser of `person`, signed in at `at` (now, unless told). It follows no redirect by itself."""
    ticket = await begin_session(engine, person, at=at, access_token=access_token)
    async with SignedInClient(
        transport=httpx.ASGITransport(app=app),
        base_url=SITE,
        headers={"Sec-Fetch-Site": "same-origin"},
    ) as client:
        client.csrf = ticket.csrf
        client.cookies.set("qof", ticket.cookie, domain="127.0.0.1", path="/")
        yield client
