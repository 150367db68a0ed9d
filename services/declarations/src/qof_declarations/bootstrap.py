"""Where declarations is put together."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.lifecycle import states_page
from qof_declarations.entrypoints.consumers import handlers
from qof_declarations.entrypoints.http import declarations_router
from qof_declarations.entrypoints.http_determinations import determinations_router
from qof_declarations.entrypoints.http_explain import explanations_router
from qof_declarations.entrypoints.http_problems import add_declarations_problems
from qof_declarations.settings import DeclarationsSettings
from qof_shared.db.people import PostgresPeople, load_people
from qof_shared.db.unit_of_work import transactional
from qof_shared.http.app import create_app as create_shared_app
from qof_shared.messaging.consumer import Apply
from qof_shared.observability.health import database_check
from qof_shared.process import Service


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(engine: AsyncEngine) -> FastAPI:
    """The API: reports, declarations, work lists. Needs no database before the first request."""
    app = create_shared_app(
        title="OpenQOF declarations",
        version="1",
        description="Practices review and sign their figures; commissioners approve.",
        routers=[
            declarations_router(
                new_unit_of_work=partial(DeclarationsUnitOfWork, engine), people=PostgresPeople(engine), now=_now
            ),
            determinations_router(
                new_unit_of_work=partial(DeclarationsUnitOfWork, engine), people=PostgresPeople(engine), now=_now
            ),
            explanations_router(
                new_unit_of_work=partial(DeclarationsUnitOfWork, engine), people=PostgresPeople(engine)
            ),
        ],
        checks={"database": database_check(engine)},
    )
    add_declarations_problems(app)
    return app


def create_consumers(engine: AsyncEngine) -> Mapping[str, Apply]:
    """Queue -> what handles its batches, each in one transaction."""
    new_unit_of_work = partial(DeclarationsUnitOfWork, engine)
    return {queue: transactional(new_unit_of_work, table) for queue, table in handlers(_now).items()}


async def load(engine: AsyncEngine, file: Path) -> str:
    """`load FILE`: record the people who sign and approve."""
    return await load_people(engine, file)


async def write_states(_arguments: Sequence[str], _engine: AsyncEngine) -> int:
    """`states`: print docs/reference/declaration-states.md."""
    print(states_page(), end="")
    return 0


def create_service() -> tuple[Service, DeclarationsSettings]:
    """Declarations and its settings, read once."""
    service = Service(
        name="declarations",
        create_app=create_app,
        create_consumers=create_consumers,
        load=load,
        commands={"states": write_states},
    )
    return service, DeclarationsSettings()
