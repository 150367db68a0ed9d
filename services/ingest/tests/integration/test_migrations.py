import pytest

from qof_ingest.adapters.tables import metadata
from qof_shared.db.migrate import drift, migrate

pytestmark = pytest.mark.needs_postgres


async def test_the_migrated_schema_is_what_the_tables_say(database_url: str) -> None:
    assert await drift("qof_ingest", metadata, database_url) == []


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    await migrate("qof_ingest", database_url)
