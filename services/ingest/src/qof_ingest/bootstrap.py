"""Where ingest is put together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters.directory_cache import CachedDirectory
from qof_ingest.adapters.directory_file import InvalidDirectoryFileError, read_directory_file
from qof_ingest.adapters.intake import GroupCommit
from qof_ingest.adapters.progress_cache import HeldProgress
from qof_ingest.adapters.repositories import PostgresExtracts
from qof_ingest.adapters.unit_of_work import IngestUnitOfWork
from qof_ingest.entrypoints.consumers import handlers
from qof_ingest.entrypoints.http import add_availability_problems, add_intake, reading_router
from qof_ingest.handlers.load_directory import InvalidDirectoryError, load_directory
from qof_ingest.settings import IngestSettings, IntakeLimits
from qof_shared.db.unit_of_work import transactional
from qof_shared.http.app import create_app as create_shared_app
from qof_shared.messaging.consumer import Apply
from qof_shared.observability.health import database_check
from qof_shared.process import Service


def create_app(engine: AsyncEngine, limits: IntakeLimits | None = None) -> FastAPI:
    """The API for suppliers. Opens no connection before its first request."""
    limits = limits or IntakeLimits()
    directory = CachedDirectory(engine)
    extracts = PostgresExtracts(engine)
    intake = GroupCommit(extracts.keep, extracts.find, group_size=limits.group_size, waiting_limit=limits.waiting_limit)

    @asynccontextmanager
    async def writing(_app: FastAPI) -> AsyncIterator[None]:
        async with intake.writing():
            yield

    app = create_shared_app(
        title="OpenQOF ingest",
        version="1",
        description="GP system suppliers post practice extracts here, and follow them to the practice's report.",
        routers=[reading_router(directory=directory, extracts=HeldProgress(extracts))],
        checks={"database": database_check(engine)},
        lifespan=writing,
    )
    add_intake(app, directory=directory, intake=intake, body_limit=limits.body_limit, clock=_now)
    add_availability_problems(app)
    return app


def create_consumers(engine: AsyncEngine) -> Mapping[str, Apply]:
    """Queue -> what handles its batches, each in one transaction."""
    new_unit_of_work = partial(IngestUnitOfWork, engine)
    return {queue: transactional(new_unit_of_work, table) for queue, table in handlers().items()}


async def load(engine: AsyncEngine, file: Path) -> str:
    """`load FILE`: record suppliers, commissioners, practices and collections; returns what changed."""
    try:
        new = read_directory_file(file)
        async with IngestUnitOfWork(engine) as uow:
            loaded = await load_directory(new, uow=uow, now=_now())
            await uow.commit()
    except (OSError, InvalidDirectoryFileError, InvalidDirectoryError) as error:
        raise SystemExit(f"{file}: {error}") from error
    if loaded.revision is None:
        return f"{file}: all of it is recorded already; nothing changed"
    changed = loaded.changed
    return (
        f"{file}: new or changed are suppliers: {len(changed.suppliers)}, commissioners: {len(changed.commissioners)},"
        f" practices: {len(changed.practices)}, collections: {len(changed.collections)};"
        f" the directory is at revision {loaded.revision}"
    )


def _now() -> datetime:
    return datetime.now(UTC)


def create_service() -> tuple[Service, IngestSettings]:
    """Ingest and its settings, read once."""
    settings = IngestSettings()
    service = Service(
        name="ingest",
        create_app=partial(create_app, limits=settings),
        create_consumers=create_consumers,
        load=load,
    )
    return service, settings
