"""The tables are those of the models, and what must never change cannot be changed."""

from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.tables import metadata
from qof_declarations.testing.builders import make_achievement, make_entitlement
from qof_declarations.testing.world import World
from qof_shared.db.migrate import drift, migrate
from qof_shared.testing.plugin import NewDatabase

pytestmark = pytest.mark.needs_postgres


async def test_models_and_migrations_agree(database_url: str) -> None:
    assert await drift("qof_declarations", metadata, database_url) == []


KEPT = {
    "reports": "digest",
    "declaration_audit": "digest",
    "determinations": "reason",
    "determination_withdrawals": "reason",
    "queries": "comment",
    "query_attachments": "name",
    "query_resolutions": "text",
    "looks": "name",
}
"""Table that nobody may change, and one of its columns."""


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_reports_and_audit_are_append_only(world: World, engine: AsyncEngine, table: str, statement: str) -> None:
    await world.tell(make_achievement(), make_entitlement())
    await world.sign(await world.digest())
    with pytest.raises(DBAPIError, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(statement.format(table, KEPT[table])))


async def test_a_collection_that_began_just_now_is_not_taken_for_a_rare_one(engine: AsyncEngine) -> None:
    """Else its first minute is spent in nested loops over whole tables (decision 41)."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO figures (collection, practice) SELECT 'QOF-OLD', 'P' || n FROM generate_series(1, 2000) AS n"
        )
        await connection.exec_driver_sql("ANALYZE figures")
        found = await connection.exec_driver_sql(
            "EXPLAIN (FORMAT JSON) SELECT practice FROM figures WHERE collection = 'QOF-NEW'"
        )
        assert found.scalar_one()[0]["Plan"]["Plan Rows"] > 5


async def test_no_table_of_practices_has_statistics_of_collections(engine: AsyncEngine) -> None:
    named = {name for name, table in metadata.tables.items() if {"collection", "practice"} <= set(table.columns.keys())}
    async with engine.connect() as connection:
        found = await connection.exec_driver_sql(
            "SELECT attrelid::regclass::text FROM pg_attribute WHERE attname = 'collection' AND attstattarget = 0"
        )
        assert {row[0] for row in found} == named


async def test_what_an_earlier_release_approved_says_who_approved(new_database: NewDatabase, postgres_url: str) -> None:
    """Before decision 28 only the audit did; without it finance could not tell whom it must not be."""
    url = await new_database("qof_declarations")
    name = urlsplit(url).path.removeprefix("/")
    admin = await asyncpg.connect(postgres_url)
    try:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.execute(f'CREATE DATABASE "{name}"')
    finally:
        await admin.close()
    await migrate("qof_declarations", url, "0005")
    old = await asyncpg.connect(url)
    try:
        await old.execute(APPROVED_BEFORE)
        await migrate("qof_declarations", url, "0006")
        [row] = await old.fetch("SELECT state, approved_by, approved_by_name, approved_at IS NULL FROM declarations")
    finally:
        await old.close()
    assert tuple(row) == ("approved", "anna", "Anna Approver", False)


APPROVED_BEFORE = """
INSERT INTO reports VALUES ('QOF', 'A81001', 1, 'd', '\\x00', '1', '1.00', gen_random_uuid(), 1, gen_random_uuid(), 's',
    now());
INSERT INTO declarations VALUES ('00000000-0000-0000-0000-000000000001', 'QOF', 'A81001', 1, 'd', gen_random_uuid(),
    '1', '1.00', 'approved', NULL, 'diana', 'Diana Declarer', now());
INSERT INTO declaration_audit (declaration_id, collection, practice, kind, person, name, role, from_state, to_state,
    version, digest, at)
    SELECT declaration_id, collection, practice, kind, person, name, 'role', 'signed', 'approved', 1, 'd', now()
    FROM declarations, (VALUES ('declaration-approved', 'arthur', 'Arthur'), ('declaration-returned', 'anna', 'Anna'),
    ('declaration-approved', 'anna', 'Anna Approver')) AS done(kind, person, name);
"""
