"""Sessions in PostgreSQL: they survive every process. One statement each, without a transaction around it.

Every request asks for a session, so those that ask at the same moment ask together.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Index, MetaData, PrimaryKeyConstraint, Row, Table, Text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.core.session import REMEMBERED, SIGN_IN_TAKES, Session, fields_of
from qof_declarations.handlers.session_ports import NewSession, SignIn
from qof_shared.db.columns import columns
from qof_shared.groups import Grouped
from qof_shared.people import Person, Role

DRAFTS_OF_NOBODY = 1_000
"""Before a sign-in is finished nobody knows whose draft it is; strangers cannot fill our disk with them."""
SWEPT_AT_ONCE = 100


def add_session_tables(metadata: MetaData) -> None:
    """Add the tables to the metadata, so that the drift test sees them."""
    moment = DateTime(timezone=True)
    sessions = Table(
        "sessions",
        metadata,
        Column("session_digest", Text, primary_key=True),
        Column("person", Text, nullable=False),
        Column("csrf", Text, nullable=False),
        Column("started_at", moment, nullable=False),
        Column("seen_at", moment, nullable=False),
        Column("access_token", Text),
        Column("access_expires_at", moment),
    )
    Index(None, sessions.c.person)
    Index(None, sessions.c.started_at)
    sign_ins = Table(
        "sign_ins",
        metadata,
        Column("state", Text, primary_key=True),
        Column("browser", Text, nullable=False),
        Column("nonce", Text, nullable=False),
        Column("verifier", Text, nullable=False),
        Column("return_to", Text, nullable=False),
        Column("draft", Text),
        Column("started_at", moment, nullable=False),
    )
    Index(None, sign_ins.c.started_at)
    drafts = Table(
        "drafts",
        metadata,
        Column("person", Text, nullable=False),
        Column("page", Text, nullable=False),
        Column("fields", Text, nullable=False),
        Column("saved_at", moment, nullable=False),
        PrimaryKeyConstraint("person", "page"),
    )
    Index(None, drafts.c.saved_at)


FIND = """
SELECT a.place, s.csrf, s.started_at, s.seen_at, s.access_token, s.access_expires_at,
    p.person, p.name, p.role, p.organisation, d.fields
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS a(digest, page, since, place)
JOIN sessions AS s ON s.session_digest = a.digest AND s.started_at > a.since
JOIN people AS p USING (person)
LEFT JOIN drafts AS d ON d.person = s.person AND d.page = a.page AND d.saved_at > a.since
"""

# Whoever is being written down at this moment need not be again.
TOUCH = """
UPDATE sessions AS s SET seen_at = t.at
FROM (SELECT digest, max(at) AS at FROM unnest($1::text[], $2::timestamptz[]) AS a(digest, at) GROUP BY digest) AS t
WHERE s.session_digest = t.digest AND s.seen_at < t.at AND s.session_digest IN (
    SELECT session_digest FROM sessions WHERE session_digest = ANY($1::text[]) FOR UPDATE SKIP LOCKED)
"""

BEGIN = """
WITH swept AS (
    DELETE FROM sign_ins WHERE state IN (
        SELECT state FROM sign_ins WHERE started_at < $8 LIMIT $9 FOR UPDATE SKIP LOCKED)
)
INSERT INTO sign_ins (state, browser, nonce, verifier, return_to, draft, started_at)
VALUES ($1, $2, $3, $4, $5,
    CASE WHEN $6::text IS NULL OR (SELECT count(*) FROM sign_ins WHERE draft IS NOT NULL) >= $10 THEN NULL ELSE $6 END,
    $7)
"""

# The sign-in is taken out first: of two that finish it at the same moment, one finds nothing and inserts nothing.
FINISH = """
WITH taken AS (
    DELETE FROM sign_ins WHERE state = $1 RETURNING draft, return_to
), swept AS (
    DELETE FROM sessions WHERE session_digest IN (
        SELECT session_digest FROM sessions WHERE started_at < $9 LIMIT $10 FOR UPDATE SKIP LOCKED)
), replaced AS (
    DELETE FROM sessions WHERE session_digest = $3 AND EXISTS (SELECT FROM taken)
), typed AS (
    INSERT INTO drafts (person, page, fields, saved_at)
    SELECT $4, split_part(return_to, '?', 1), draft, $6 FROM taken WHERE draft IS NOT NULL
    ON CONFLICT (person, page) DO UPDATE SET fields = excluded.fields, saved_at = excluded.saved_at
)
INSERT INTO sessions (session_digest, person, csrf, started_at, seen_at, access_token, access_expires_at)
SELECT $2, $4, $5, $6, $6, $7, $8 FROM taken
RETURNING session_digest
"""

KEEP_DRAFT = """
WITH swept AS (
    DELETE FROM drafts WHERE saved_at < $5 AND (person, page) <> ($1, $2)
)
INSERT INTO drafts (person, page, fields, saved_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (person, page) DO UPDATE SET fields = excluded.fields, saved_at = excluded.saved_at
"""

END_EVERYWHERE = """
DELETE FROM sessions WHERE person = (SELECT person FROM sessions WHERE session_digest = $1)
"""


class PostgresSessions:
    """`handlers.session_ports.Sessions` on an engine of its own transactions: each statement commits itself."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._finding = Grouped(self._find_all)
        self._touching = Grouped(self._touch_all)

    async def find(self, digest: str, *, page: str, now: datetime) -> Session | None:
        return await self._finding.ask((digest, page, now - REMEMBERED))

    async def _find_all(self, asked: Sequence[tuple[str, str, datetime]]) -> list[Session | None]:
        found = {row.place: _session_of(row) for row in await self._do(FIND, *columns(asked, 3))}
        return [found.get(place) for place in range(1, len(asked) + 1)]

    async def touch(self, digest: str, now: datetime) -> None:
        await self._touching.ask((digest, now))

    async def _touch_all(self, touched: Sequence[tuple[str, datetime]]) -> list[None]:
        await self._do(TOUCH, *columns(touched, 2))
        return [None] * len(touched)

    async def begin(self, sign_in: SignIn) -> None:
        await self._do(
            BEGIN,
            sign_in.state,
            sign_in.browser,
            sign_in.nonce,
            sign_in.verifier,
            sign_in.return_to,
            sign_in.draft,
            sign_in.started_at,
            sign_in.started_at - SIGN_IN_TAKES,
            SWEPT_AT_ONCE,
            DRAFTS_OF_NOBODY,
        )

    async def begun(self, state: str, browser: str, *, now: datetime) -> SignIn | None:
        rows = await self._do(
            "SELECT * FROM sign_ins WHERE state = $1 AND browser = $2 AND started_at > $3",
            state,
            browser,
            now - SIGN_IN_TAKES,
        )
        return SignIn(**rows[0]._mapping) if rows else None

    async def finish(self, sign_in: SignIn, session: NewSession) -> bool:
        rows = await self._do(
            FINISH,
            sign_in.state,
            session.digest,
            session.replaces,
            session.person,
            session.csrf,
            session.started_at,
            session.access_token,
            session.access_expires_at,
            session.started_at - REMEMBERED,
            SWEPT_AT_ONCE,
        )
        return bool(rows)

    async def end(self, digest: str, *, everywhere: bool) -> None:
        await self._do(END_EVERYWHERE if everywhere else "DELETE FROM sessions WHERE session_digest = $1", digest)

    async def keep_draft(self, person: str, page: str, draft: str, now: datetime) -> None:
        await self._do(KEEP_DRAFT, person, page, draft, now, now - REMEMBERED)

    async def drop_draft(self, person: str, page: str) -> None:
        await self._do("DELETE FROM drafts WHERE person = $1 AND page = $2", person, page)

    async def _do(self, statement: str, *values: object) -> list[Any]:
        async with self._engine.connect() as connection:
            done = await connection.exec_driver_sql(statement, values)
            return list(done) if done.returns_rows else []


def _session_of(row: Row[Any]) -> Session:
    return Session(
        person=Person(row.person, row.name, Role(row.role), row.organisation),
        csrf=row.csrf,
        started_at=row.started_at,
        seen_at=row.seen_at,
        access_token=row.access_token,
        access_expires_at=row.access_expires_at,
        draft=fields_of(row.fields) if row.fields is not None else None,
    )
