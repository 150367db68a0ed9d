"""The tables are those of the models, and what must never change cannot be changed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.tables import metadata
from qof_declarations.testing.builders import make_achievement, make_entitlement
from qof_declarations.testing.world import World
from qof_shared.db.migrate import drift

pytestmark = pytest.mark.needs_postgres


async def test_models_and_migrations_agree(database_url: str) -> None:
    assert await drift("qof_declarations", metadata, database_url) == []


@pytest.mark.parametrize("table", ["reports", "declaration_audit", "determinations", "determination_withdrawals"])
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_reports_and_audit_are_append_only(world: World, engine: AsyncEngine, table: str, statement: str) -> None:
    await world.tell(make_achievement(), make_entitlement())
    await world.sign(await world.digest())
    column = "digest" if table in ("reports", "declaration_audit") else "reason"
    with pytest.raises(DBAPIError, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(statement.format(table, column)))
