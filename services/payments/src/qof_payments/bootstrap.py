"""Where payments is put together."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_payments.adapters.gates import load_thresholds
from qof_payments.adapters.parameters import load_parameters
from qof_payments.adapters.repositories import KEPT_ENTITLEMENTS
from qof_payments.adapters.unit_of_work import PaymentsUnitOfWork
from qof_payments.entrypoints.consumers import handlers
from qof_payments.entrypoints.http import payments_router
from qof_payments.entrypoints.http_money import money_router
from qof_payments.entrypoints.http_national import national_router
from qof_payments.entrypoints.worth import PAYMENTS_WORTH
from qof_payments.settings import PaymentsSettings
from qof_shared.db.people import PostgresPeople, load_people
from qof_shared.db.unit_of_work import transactional
from qof_shared.http.app import create_app as create_shared_app
from qof_shared.http.issued import PeopleWithIssuedTokens
from qof_shared.http.issuer import Issuer, issuer_client
from qof_shared.http.shedding import door_of
from qof_shared.messaging.consumer import Apply
from qof_shared.observability.health import database_check
from qof_shared.people import People
from qof_shared.process import Service


def create_app(engine: AsyncEngine, settings: PaymentsSettings | None = None) -> FastAPI:
    """The API: national figures, entitlements, instructions. With an issuer in the settings it takes its tokens too."""
    people: People = PostgresPeople(engine)
    if settings and settings.oidc_issuer:
        issuer = Issuer(settings.oidc_issuer, issuer_client())
        people = PeopleWithIssuedTokens(people, issuer, audience=settings.oidc_audience)
    return create_shared_app(
        title="OpenQOF payments",
        version="1",
        description="National figures, entitlements and instructions.",
        routers=[
            payments_router(
                new_unit_of_work=partial(PaymentsUnitOfWork, engine),
                parameters_of=load_parameters,
                people=people,
            ),
            money_router(
                new_unit_of_work=partial(PaymentsUnitOfWork, engine),
                parameters_of=load_parameters,
                people=people,
            ),
            national_router(
                new_unit_of_work=partial(PaymentsUnitOfWork, engine),
                parameters_of=load_parameters,
                thresholds=load_thresholds(),
                people=people,
            ),
        ],
        checks={"database": database_check(engine)},
        door=door_of("payments", settings, PAYMENTS_WORTH.reader()) if settings else None,
    )


def create_consumers(engine: AsyncEngine) -> Mapping[str, Apply]:
    """Queue -> what handles its batches, each in one transaction."""
    new_unit_of_work = partial(PaymentsUnitOfWork, engine)
    return {queue: transactional(new_unit_of_work, table) for queue, table in handlers(load_parameters).items()}


async def load(engine: AsyncEngine, file: Path) -> str:
    """`load FILE`: record the people who may freeze national figures and read payments."""
    return await load_people(engine, file)


def create_service() -> tuple[Service, PaymentsSettings]:
    """Payments and its settings, read once."""
    settings = PaymentsSettings()
    service = Service(
        name="payments",
        create_app=partial(create_app, settings=settings),
        create_consumers=create_consumers,
        kept_bodies=KEPT_ENTITLEMENTS,
        load=load,
    )
    return service, settings
