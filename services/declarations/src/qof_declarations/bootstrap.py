"""Where declarations is put together."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.declared_states import declarations_sampler
from qof_declarations.adapters.hint_thresholds import hint_thresholds
from qof_declarations.adapters.identity_provider import OpenIdProvider
from qof_declarations.adapters.other_services import HttpService, service_client
from qof_declarations.adapters.own_operations import PostgresOwnOperations
from qof_declarations.adapters.queue_watch import QueueWatch
from qof_declarations.adapters.seal import Seal
from qof_declarations.adapters.sessions import PostgresSessions
from qof_declarations.adapters.signature_book import GroupedSignatures
from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.lifecycle import states_page
from qof_declarations.entrypoints.consumers import handlers
from qof_declarations.entrypoints.http import declarations_router
from qof_declarations.entrypoints.http_comparing import comparison_router
from qof_declarations.entrypoints.http_determinations import determinations_router
from qof_declarations.entrypoints.http_explain import explanations_router
from qof_declarations.entrypoints.http_problems import add_declarations_problems
from qof_declarations.entrypoints.http_queries import queries_router
from qof_declarations.entrypoints.http_receipts import receipts_router
from qof_declarations.entrypoints.http_waiting import waiting_router
from qof_declarations.entrypoints.http_work import work_router
from qof_declarations.entrypoints.jobs import Job, measuring
from qof_declarations.entrypoints.web.app import create_pages, put_beside
from qof_declarations.entrypoints.web.asking import Gate, is_https_url, origin_of, session_cookie
from qof_declarations.entrypoints.web.comparing import comparison_pages
from qof_declarations.entrypoints.web.deciding import decision_pages
from qof_declarations.entrypoints.web.declaring import DeclarationPages
from qof_declarations.entrypoints.web.drafts import drafts_router
from qof_declarations.entrypoints.web.in_queue import QueuePages
from qof_declarations.entrypoints.web.national import national_router
from qof_declarations.entrypoints.web.national_figures import add_service_answers, national_figures_router
from qof_declarations.entrypoints.web.national_showing import Showing
from qof_declarations.entrypoints.web.operations import operations_pages
from qof_declarations.entrypoints.web.overseeing import oversight_pages
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.paying import payment_pages
from qof_declarations.entrypoints.web.practice import practice_router
from qof_declarations.entrypoints.web.querying import QueryPages
from qof_declarations.entrypoints.web.receipts import receipt_pages
from qof_declarations.entrypoints.web.signin import SigningIn
from qof_declarations.entrypoints.web.told import ToldReports
from qof_declarations.entrypoints.web.waiting import waiting_pages
from qof_declarations.entrypoints.worth import declarations_worth
from qof_declarations.handlers.signing import SignatureBook
from qof_declarations.settings import DeclarationsSettings
from qof_shared.db.people import PostgresPeople, load_people
from qof_shared.db.unit_of_work import transactional
from qof_shared.http.app import create_app as create_shared_app
from qof_shared.http.issued import PeopleWithIssuedTokens
from qof_shared.http.issuer import Issuer, issuer_client
from qof_shared.http.shedding import Door, door_of, tickets_of
from qof_shared.messaging.consumer import Apply
from qof_shared.observability.health import database_check
from qof_shared.people import People
from qof_shared.process import Service


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(engine: AsyncEngine, settings: DeclarationsSettings | None = None) -> FastAPI:
    """The API: reports, declarations, work lists, and the pages. Needs no database before the first request.

    Without settings nobody can sign in, and nothing can be sealed; the API is the same.
    """
    issuer = Issuer(settings.oidc_issuer, issuer_client()) if settings and settings.oidc_issuer else None
    people: People = PostgresPeople(engine)
    if settings and issuer:
        people = PeopleWithIssuedTokens(people, issuer, audience=settings.oidc_audience)
    watch = QueueWatch(engine, is_stopping=lambda: getattr(app.state, "is_stopping", False))
    seal = Seal.from_file(settings.receipt_key_file) if settings else None
    new_unit_of_work = partial(DeclarationsUnitOfWork, engine, seal)
    book = GroupedSignatures(new_unit_of_work)
    app = create_shared_app(
        title="OpenQOF declarations",
        version="1",
        description="Practices review and sign their figures; commissioners approve.",
        routers=[
            declarations_router(new_unit_of_work=new_unit_of_work, book=book, people=people, now=_now),
            determinations_router(new_unit_of_work=new_unit_of_work, people=people, now=_now),
            explanations_router(new_unit_of_work=new_unit_of_work, people=people),
            queries_router(new_unit_of_work=new_unit_of_work, people=people, now=_now),
            work_router(new_unit_of_work=new_unit_of_work, people=people, now=_now),
            receipts_router(
                new_unit_of_work=new_unit_of_work, people=people, public_keys=seal.public_keys if seal else None
            ),
            comparison_router(new_unit_of_work=new_unit_of_work, people=people, thresholds=hint_thresholds()),
            waiting_router(new_unit_of_work=new_unit_of_work, people=people, watch=watch, now=_now),
        ],
        checks={"database": database_check(engine)},
        door=create_door(settings) if settings else None,
    )
    add_declarations_problems(app)
    put_beside(app, create_site(engine, people, issuer, settings, seal=seal, book=book, watch=watch))
    return app


def create_site(
    engine: AsyncEngine,
    people: People,
    issuer: Issuer | None,
    settings: DeclarationsSettings | None,
    *,
    seal: Seal | None,
    book: SignatureBook,
    watch: QueueWatch,
) -> FastAPI:
    """The pages, and how one signs in to them."""
    pages = Pages()
    gate = Gate(PostgresSessions(engine), settings.site_url if settings else "http://127.0.0.1:8080", _now)
    signing_in = SigningIn(gate, pages, create_provider(issuer, settings), people)
    new_unit_of_work = partial(DeclarationsUnitOfWork, engine, seal)
    told = ToldReports()
    payments_url = settings.payments_url if settings else None
    payments = HttpService("payments", service_client(payments_url) if payments_url else None)
    ingest_url = settings.ingest_url if settings else None
    ingest = HttpService("ingest", service_client(ingest_url) if ingest_url else None)
    declaration = DeclarationPages(pages, gate, new_unit_of_work, book, told, hint_thresholds(), _now)
    routers = [
        signing_in.router(),
        practice_router(pages=pages, gate=gate, new_unit_of_work=new_unit_of_work, told=told, now=_now),
        declaration.router(),
        decision_pages(declaration),
        oversight_pages(pages=pages, gate=gate, new_unit_of_work=new_unit_of_work, now=_now),
        comparison_pages(pages=pages, gate=gate, new_unit_of_work=new_unit_of_work, told=told, now=_now),
        payment_pages(pages=pages, gate=gate, new_unit_of_work=new_unit_of_work, now=_now),
        receipt_pages(pages=pages, gate=gate, new_unit_of_work=new_unit_of_work, now=_now),
        QueryPages(pages, gate, new_unit_of_work, told, _now).router(),
        waiting_pages(pages=pages, gate=gate, new_unit_of_work=new_unit_of_work, watch=watch, now=_now),
        drafts_router(gate=gate, new_unit_of_work=new_unit_of_work, now=_now),
        national_router(pages=pages, gate=gate, new_unit_of_work=new_unit_of_work, payments=payments, now=_now),
        operations_pages(
            pages=pages, gate=gate, ingest=ingest, payments=payments, own=PostgresOwnOperations(engine), now=_now
        ),
        national_figures_router(gate, Showing(pages, new_unit_of_work, payments, people, _now)),
    ]
    site = create_pages(routers, pages, form_targets=form_targets(settings), is_https=gate.is_https)
    signing_in.add_answers(site)
    add_service_answers(site, pages)
    return site


def create_door(settings: DeclarationsSettings) -> Door | None:
    """How much is done at once, and what those see who have to wait."""
    is_https = is_https_url(settings.site_url)
    pages = QueuePages(Pages(), tickets_of(settings), form_targets=form_targets(settings), is_https=is_https)
    return door_of("declarations", settings, declarations_worth(session_cookie(settings.site_url)), refuse=pages.refuse)


def form_targets(settings: DeclarationsSettings | None) -> list[str]:
    """Where forms may lead beside ourselves: to where people sign in."""
    return [origin_of(settings.oidc_issuer)] if settings and settings.oidc_issuer else []


def create_provider(issuer: Issuer | None, settings: DeclarationsSettings | None) -> OpenIdProvider | None:
    """Where people sign in; None where that is not set up."""
    if not issuer or not settings or not settings.oidc_client_id or not settings.oidc_client_secret:
        return None
    return OpenIdProvider(
        issuer,
        issuer_client(),
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        public_url=settings.site_url,
        scope=settings.oidc_scope,
        person_claim=settings.oidc_person_claim,
    )


def create_consumers(engine: AsyncEngine, settings: DeclarationsSettings | None = None) -> Mapping[str, Apply]:
    """Queue -> what handles its batches, each in one transaction."""
    seal = Seal.from_file(settings.receipt_key_file) if settings else None
    new_unit_of_work = partial(DeclarationsUnitOfWork, engine, seal)
    return {queue: transactional(new_unit_of_work, table) for queue, table in handlers(_now).items()}


def create_jobs(engine: AsyncEngine) -> Sequence[Job]:
    """What the worker does beside its queues."""
    return [measuring(partial(DeclarationsUnitOfWork, engine), _now)]


async def load(engine: AsyncEngine, file: Path) -> str:
    """`load FILE`: record the people who sign and approve."""
    return await load_people(engine, file)


async def write_states(_arguments: Sequence[str], _engine: AsyncEngine) -> int:
    """`states`: print docs/reference/declaration-states.md."""
    print(states_page(), end="")
    return 0


def create_service() -> tuple[Service, DeclarationsSettings]:
    """Declarations and its settings, read once."""
    settings = DeclarationsSettings()
    service = Service(
        name="declarations",
        create_app=partial(create_app, settings=settings),
        create_consumers=partial(create_consumers, settings=settings),
        create_jobs=create_jobs,
        create_samplers=lambda engine: [declarations_sampler(engine)],
        load=load,
        commands={"states": write_states},
    )
    return service, settings
