"""Where ingest is put together."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.middleware import Middleware

from qof_ingest.adapters.accounts import HeldAccounts, PostgresAccounts, SeenShortfall
from qof_ingest.adapters.backlog import BoundedBacklog
from qof_ingest.adapters.directory_cache import CachedDirectory
from qof_ingest.adapters.directory_file import InvalidDirectoryFileError, read_directory_file
from qof_ingest.adapters.intake import GroupCommit
from qof_ingest.adapters.ledger import ledger_sampler
from qof_ingest.adapters.people import KnownPeople, load_operators, names_people
from qof_ingest.adapters.progress_cache import HeldProgress
from qof_ingest.adapters.repositories import KEPT_BODIES, PostgresExtracts
from qof_ingest.adapters.unit_of_work import IngestUnitOfWork
from qof_ingest.adapters.waiting import PostgresQueues
from qof_ingest.entrypoints.consumers import handlers
from qof_ingest.entrypoints.http import add_availability_problems, reading_router
from qof_ingest.entrypoints.http_bulk import BulkLimits, post_bulk
from qof_ingest.entrypoints.http_described import BULK, EXTRACTS, describe_intake
from qof_ingest.entrypoints.http_intake import PostsInFront, post_extract
from qof_ingest.entrypoints.http_operations import operations_router
from qof_ingest.entrypoints.http_waiting import waiting_router
from qof_ingest.entrypoints.jobs import Job, forgetting
from qof_ingest.entrypoints.worth import INGEST_WORTH
from qof_ingest.handlers.load_directory import InvalidDirectoryError, load_directory
from qof_ingest.settings import IngestSettings, IntakeLimits
from qof_shared.db.people import PeopleFileError
from qof_shared.db.unit_of_work import transactional
from qof_shared.http.app import create_app as create_shared_app
from qof_shared.http.issued import PeopleWithIssuedTokens
from qof_shared.http.issuer import Issuer, issuer_client
from qof_shared.http.shedding import Door, door_of
from qof_shared.messaging.chunks import CHUNK_EVENTS
from qof_shared.messaging.consumer import Apply
from qof_shared.messaging.queue_facts import ManagementApi
from qof_shared.observability.health import database_check
from qof_shared.people import People
from qof_shared.process import Service
from qof_shared.queues import Broker, NoBroker
from qof_shared.settings import ServiceSettings


def create_app(
    engine: AsyncEngine,
    limits: IntakeLimits | None = None,
    settings: ServiceSettings | None = None,
    door: Door | None = None,
) -> FastAPI:
    """The API for suppliers, and for operators. Opens no connection before its first request.

    Without settings no broker is asked, and people have no other tokens than their own. The `door` is for those who
    only read.
    """
    limits = limits or IntakeLimits()
    directory = CachedDirectory(engine)
    extracts = PostgresExtracts(engine)
    backlog = BoundedBacklog(extracts, limit=limits.outbox_limit)
    intake = GroupCommit(backlog.keep, extracts.find, group_size=limits.group_size, waiting_limit=limits.waiting_limit)
    bulk = BulkLimits(line_bytes=limits.body_limit, lines=limits.bulk_lines, requests=limits.bulk_requests)
    posts = {
        EXTRACTS: post_extract(directory=directory, intake=intake, body_limit=limits.body_limit, clock=_now),
        BULK: post_bulk(directory=directory, intake=intake, limits=bulk, clock=_now),
    }

    @asynccontextmanager
    async def writing(_app: FastAPI) -> AsyncIterator[None]:
        try:
            async with intake.writing():
                yield
        finally:
            await extracts.close()

    app = create_shared_app(
        title="OpenQOF ingest",
        version="1",
        description="GP system suppliers post practice extracts here, and follow them to the practice's report.",
        routers=[
            reading_router(directory=directory, extracts=HeldProgress(extracts)),
            waiting_router(directory=directory, queues=PostgresQueues(engine), now=_now),
            operations_router(
                directory=directory,
                accounts=HeldAccounts(PostgresAccounts(engine)),
                broker=create_broker(settings),
                shortfall=SeenShortfall(),
                events_per_message=CHUNK_EVENTS,
                people=create_people(engine, settings),
                now=_now,
            ),
        ],
        checks={"database": database_check(engine)},
        lifespan=writing,
        in_front=[Middleware(PostsInFront, posts=posts)],
        door=door,
    )
    describe_intake(app)
    add_availability_problems(app)
    return app


def create_broker(settings: ServiceSettings | None) -> Broker:
    """Who is asked about queues."""
    if settings is None or settings.management_url is None:
        return NoBroker()
    return ManagementApi(settings.management_url, settings.broker_url.get_secret_value())


def create_people(engine: AsyncEngine, settings: ServiceSettings | None) -> People:
    """Who may see the running of the system, by their own tokens or those of the provider they sign in with."""
    people = KnownPeople(engine)
    if settings is None or settings.oidc_issuer is None:
        return people
    issuer = Issuer(settings.oidc_issuer, issuer_client())
    return PeopleWithIssuedTokens(people, issuer, audience=settings.oidc_audience)


def create_consumers(engine: AsyncEngine) -> Mapping[str, Apply]:
    """Queue -> what handles its batches, each in one transaction."""
    new_unit_of_work = partial(IngestUnitOfWork, engine)
    return {queue: transactional(new_unit_of_work, table) for queue, table in handlers(_now).items()}


def create_jobs(engine: AsyncEngine) -> Sequence[Job]:
    """What the worker does beside its queues."""
    return [forgetting(partial(IngestUnitOfWork, engine), _now)]


async def load(engine: AsyncEngine, file: Path) -> str:
    """`load FILE`: record suppliers, commissioners, practices and collections, or people; returns what changed."""
    try:
        if names_people(file):
            return await load_operators(engine, file)
        new = read_directory_file(file)
        async with IngestUnitOfWork(engine) as uow:
            loaded = await load_directory(new, uow=uow, now=_now())
            await uow.commit()
    except (OSError, InvalidDirectoryFileError, InvalidDirectoryError, PeopleFileError) as error:
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
        create_app=partial(
            create_app, limits=settings, settings=settings, door=door_of("ingest", settings, INGEST_WORTH.reader())
        ),
        create_consumers=create_consumers,
        create_samplers=lambda engine: [ledger_sampler(engine, _now)],
        create_jobs=create_jobs,
        kept_bodies=KEPT_BODIES,
        load=load,
    )
    return service, settings
