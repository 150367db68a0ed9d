"""How a service's database gets its tables: Alembic, with the service's numbered files, safe to run side by side."""

import asyncio
from importlib import import_module
from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from qof_shared.db.engine import create_engine

MIGRATION_LOCK = 7_306_001
"""Advisory lock: two migrations of one database wait for each other instead of colliding."""


def _config(package: str) -> Config:
    module = import_module(package)
    assert module.__file__ is not None, f"{package} has no folder"
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    return config


def _upgrade(connection: Connection, package: str, revision: str) -> None:
    config = _config(package)
    script = ScriptDirectory.from_config(config)

    def steps(current: object, _context: MigrationContext) -> list[object]:
        return script._upgrade_revs(revision, current)  # type: ignore[arg-type,return-value]

    with EnvironmentContext(config, script, fn=steps) as environment:
        environment.configure(connection=connection, transaction_per_migration=True)
        environment.run_migrations()


async def migrate(package: str, database_url: str, revision: str = "head") -> None:
    """Bring the database of `package` to `revision`. A long lock elsewhere makes it fail after 10 s, not hang."""
    engine = create_engine(database_url, pool_size=1, name=f"{package} migrate")
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SET lock_timeout = '10s'"))
            await connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
            await connection.commit()
            await connection.run_sync(_upgrade, package, revision)
            await connection.commit()
    finally:
        await engine.dispose()


async def drift(package: str, metadata: MetaData, database_url: str) -> list[str]:
    """What Alembic would still change to make the database match `metadata`; empty when they agree."""
    from alembic.autogenerate import compare_metadata

    engine = create_engine(database_url, pool_size=1, name=f"{package} drift")

    def compare(connection: Connection) -> list[str]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, metadata)]

    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()


def run_migrations(package: str, database_url: str) -> None:
    """`python -m qof_<service> migrate`."""
    asyncio.run(migrate(package, database_url))
