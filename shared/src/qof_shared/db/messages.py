"""The two tables every service has: `outbox` (events not yet with the broker), `inbox` (messages already handled)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Identity,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from qof_shared.contracts import Event, encode_event
from qof_shared.db.bodies import unpack
from qof_shared.messaging.chunks import OutboxRow, with_kept_body
from qof_shared.observability.tracing import carried

POSTPONE_SECONDS = 5
"""How long a refused event waits in the outbox before the relay offers it again."""

MESSAGE_TABLES = """
CREATE TABLE outbox (
    outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id uuid NOT NULL,
    routing_key text NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    refused_until timestamptz,
    refusal text
);
CREATE TABLE inbox (
    consumer text NOT NULL,
    message_id uuid NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, message_id)
);
"""
"""What a service's first migration runs, followed by `prefer_lz4` for the bodies."""

KEPT_BODIES = "ALTER TABLE outbox ADD COLUMN kept_id uuid"
"""What its second one runs: a body that the service keeps anyway is not stored twice (ADR 15)."""


def run_statements(connection: Connection, sql: str) -> None:
    """Run statements that semicolons part, one by one: asyncpg prepares each, and prepares only one at a time."""
    for statement in sql.split(";"):
        if statement.strip():
            connection.execute(text(statement))


def prefer_lz4(connection: Connection, table: str, column: str) -> None:
    """Compress a large column with LZ4, ten times cheaper to write than the default, where PostgreSQL has it."""
    offered = connection.execute(text("SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression'"))
    if "lz4" in offered.scalar_one():
        connection.execute(text(f"ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION lz4"))


def add_message_tables(metadata: MetaData) -> None:
    """Add outbox and inbox to a service's metadata, so that the drift test sees them."""
    Table(
        "outbox",
        metadata,
        Column("outbox_id", BigInteger, Identity(always=True), primary_key=True),
        Column("message_id", Uuid, nullable=False),
        Column("routing_key", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("kept_id", Uuid),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Column("refused_until", DateTime(timezone=True)),
        Column("refusal", Text),
    )
    Table(
        "inbox",
        metadata,
        Column("consumer", Text, nullable=False),
        Column("message_id", Uuid, nullable=False),
        Column("handled_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        PrimaryKeyConstraint("consumer", "message_id"),
    )


class Outbox:
    """Collects a unit of work's events; they are written with its changes, in one statement, at commit."""

    def __init__(self) -> None:
        self._rows: list[tuple[Event, UUID | None]] = []

    def add(self, event: Event, *, kept_id: UUID | None = None) -> None:
        """Tell `event`. With `kept_id` it ends in a `null` for the body that the service keeps under that id anyway:
        the relay puts it in, and it is stored once."""
        self._rows.append((carried(event), kept_id))

    async def flush(self, connection: AsyncConnection) -> None:
        if not self._rows:
            return
        await connection.exec_driver_sql(
            "INSERT INTO outbox (message_id, routing_key, body, kept_id)"
            " SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[])",
            (
                [event.message_id for event, _ in self._rows],
                [event.name for event, _ in self._rows],
                [encode_event(event) for event, _ in self._rows],
                [kept_id for _, kept_id in self._rows],
            ),
        )
        self._rows = []


async def keep_new(connection: AsyncConnection, consumer: str, events: Sequence[Event]) -> list[Event]:
    """Record these messages as handled by `consumer`; return those that were not before, each once, in order.

    Runs in the unit of work's transaction: a rolled-back batch is new again.
    """
    if not events:
        return []
    rows = await connection.exec_driver_sql(
        # Ordered: two workers that hold the same redelivered messages wait for each other instead of deadlocking.
        "INSERT INTO inbox (consumer, message_id) SELECT DISTINCT $1, m FROM unnest($2::uuid[]) AS m ORDER BY 2"
        " ON CONFLICT DO NOTHING RETURNING message_id",
        (consumer, [event.message_id for event in events]),
    )
    new: set[UUID] = {row.message_id for row in rows}
    kept = []
    for event in events:
        if event.message_id in new:
            new.discard(event.message_id)
            kept.append(event)
    return kept


class PostgresOutboxBatch:
    """Rows of one relay's turn, locked until its transaction ends."""

    def __init__(self, connection: AsyncConnection, rows: Sequence[OutboxRow]) -> None:
        self._connection = connection
        self.rows = rows

    async def remove(self, published: Sequence[int]) -> None:
        await self._connection.exec_driver_sql(
            "DELETE FROM outbox WHERE outbox_id = ANY($1::bigint[])", (list(published),)
        )

    async def postpone(self, refused: Sequence[tuple[int, str]]) -> None:
        await self._connection.exec_driver_sql(
            "UPDATE outbox SET refused_until = now() + make_interval(secs => $3), refusal = r.reason"
            " FROM unnest($1::bigint[], $2::text[]) AS r(id, reason) WHERE outbox_id = r.id",
            ([row for row, _ in refused], [reason for _, reason in refused], POSTPONE_SECONDS),
        )


class PostgresOutbox:
    """An outbox table as a relay sees it. Several relays share it: SKIP LOCKED gives each its own rows.

    `kept_bodies` is the service's query of `id` and `body` by `$1::uuid[]`, for events whose body it keeps
    anyway, packed.
    """

    def __init__(self, engine: AsyncEngine, kept_bodies: str | None = None) -> None:
        self._engine = engine
        self._kept_bodies = kept_bodies

    @asynccontextmanager
    async def take(self, limit: int) -> AsyncIterator[PostgresOutboxBatch]:
        async with self._engine.connect() as connection, connection.begin():
            rows = await connection.exec_driver_sql(
                "SELECT outbox_id, message_id::text, routing_key, body, kept_id FROM outbox"
                " WHERE refused_until IS NULL OR refused_until < now()"
                " ORDER BY outbox_id LIMIT $1 FOR UPDATE SKIP LOCKED",
                (limit,),
            )
            taken = [(OutboxRow(row.outbox_id, row.message_id, row.routing_key, row.body), row.kept_id) for row in rows]
            kept = await self._kept(connection, [kept_id for _, kept_id in taken if kept_id is not None])
            filled = [row if kept_id is None else with_kept_body(row, kept[kept_id]) for row, kept_id in taken]
            yield PostgresOutboxBatch(connection, filled)

    async def _kept(self, connection: AsyncConnection, ids: list[UUID]) -> dict[UUID, bytes]:
        if not ids:
            return {}
        assert self._kept_bodies is not None, "a service that leaves a body out says where it is"
        rows = await connection.exec_driver_sql(self._kept_bodies, (ids,))
        return {row.id: unpack(row.body) for row in rows}
