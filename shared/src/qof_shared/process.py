"""How a service's processes start and stop: api, worker, relay, migrate, load and dead, the same in each."""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
import uvloop
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_shared.db.engine import create_engine
from qof_shared.db.messages import PostgresOutbox
from qof_shared.messaging.broker import open_connection
from qof_shared.messaging.consumer import LONG_WORK, Apply, Consumer, ConsumerSettings
from qof_shared.messaging.dead_letters import list_dead_letters, return_dead_letters
from qof_shared.messaging.relay import Relay
from qof_shared.messaging.topology import QUEUES
from qof_shared.observability.health import Check, database_check, event_check, health_router
from qof_shared.observability.logging import configure_logging
from qof_shared.observability.metrics import Sampler, metrics_router
from qof_shared.observability.outbox_metrics import outbox_sampler
from qof_shared.observability.tracing import start_tracing
from qof_shared.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Service:
    """What `bootstrap` builds for `__main__`: the parts a service has. A part it lacks is None or empty."""

    name: str
    create_app: Callable[[AsyncEngine], FastAPI] | None
    create_consumers: Callable[[AsyncEngine], Mapping[str, Apply]]
    """Queue name -> what handles its batches."""
    create_jobs: Callable[[AsyncEngine], Sequence[Callable[[asyncio.Event], Awaitable[None]]]] = lambda _: ()
    """What the worker does beside its queues; each runs until the event is set."""
    create_samplers: Callable[[AsyncEngine], Sequence[Sampler]] = lambda _: ()
    """Figures of the service's own database that its relay shows beside the outbox; see `observability.metrics`."""
    kept_bodies: str | None = None
    """The query of `id` and `body` by `$1::uuid[]` for events that leave out what is kept anyway (see `Outbox.add`)."""
    load: Callable[[AsyncEngine, Path], Awaitable[str]] | None = None
    """Load records from a file; returns a sentence that says what was loaded."""
    commands: Mapping[str, Callable[[Sequence[str], AsyncEngine], Awaitable[int]]] = field(default_factory=dict)
    """Commands of the service's own: name -> what runs with the remaining arguments; returns an exit code."""

    @property
    def package(self) -> str:
        return f"qof_{self.name}"


def run(service: Service, settings: ServiceSettings, arguments: Sequence[str]) -> int:
    """Run one process of `service`; returns its exit code."""
    parser = argparse.ArgumentParser(prog=f"python -m {service.package}")
    processes = parser.add_subparsers(dest="process", required=True)
    if service.create_app is not None:
        processes.add_parser("api", help="answer HTTP")
    processes.add_parser("worker", help="consume the service's queues")
    processes.add_parser("relay", help="publish what the outbox holds")
    processes.add_parser("migrate", help="bring the database to this release")
    if service.load is not None:
        processes.add_parser("load", help="load records from a file").add_argument("file", type=Path)
    dead = processes.add_parser("dead", help="show dead letters, or send them back once their cause is mended")
    dead.add_argument("--return", dest="send_back", action="store_true", help="send them back to their queues")
    for name in service.commands:
        processes.add_parser(name, add_help=False)
    chosen, rest = parser.parse_known_args(arguments)
    if rest and chosen.process not in service.commands:
        parser.error(f"unknown arguments: {' '.join(rest)}")

    configure_logging(service.name, chosen.process, settings.log_level)
    start_tracing(service.name, chosen.process, endpoint=settings.otlp_endpoint, ratio=settings.trace_ratio)
    if chosen.process == "migrate":
        from qof_shared.db.migrate import run_migrations  # Alembic is slow to import, and only this needs it

        run_migrations(service.package, settings.database_url.get_secret_value())
        return 0
    return uvloop.run(_run(service, settings, chosen, rest))


async def _run(service: Service, settings: ServiceSettings, chosen: argparse.Namespace, rest: Sequence[str]) -> int:
    engine = create_engine(
        settings.database_url.get_secret_value(),
        pool_size=settings.pool_size,
        name=f"{service.name} {chosen.process}",
    )
    try:
        if chosen.process == "api":
            assert service.create_app is not None, "the parser offers api only where there is one"
            await _serve(service.create_app(engine), settings)
        elif chosen.process == "worker":
            await _work(service, settings, engine)
        elif chosen.process == "relay":
            await _relay(service, settings, engine)
        elif chosen.process == "load":
            assert service.load is not None, "the parser offers load only where there is one"
            print(await service.load(engine, chosen.file))
        elif chosen.process == "dead":
            await _dead(service, settings, send_back=chosen.send_back)
        else:
            return await service.commands[chosen.process](rest, engine)
        return 0
    finally:
        await engine.dispose()


async def _serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Answer HTTP until SIGTERM or SIGINT; requests in hand are finished first."""
    settle_memory()
    server = _server(app, settings.http_host, settings.http_port)
    stop = _stop_on_signals()
    serving = asyncio.create_task(server._serve())  # serve() would raise the signal again and end without a goodbye
    await asyncio.wait({serving, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
    app.state.is_stopping = True  # answers that go on for minutes look at it, and end
    server.should_exit = True
    await serving


def _server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            ws="none",
            backlog=4096,
            timeout_graceful_shutdown=30,
        )
    )


def _stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM or SIGINT sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _work(service: Service, settings: ServiceSettings, engine: AsyncEngine) -> None:
    queues = {queue.name: queue for queue in QUEUES}
    consumers = [
        Consumer(
            queues[name],
            apply,
            broker_url=settings.broker_url.get_secret_value(),
            management_url=settings.management_url,
            settings=LONG_WORK
            if queues[name].is_long_work
            else ConsumerSettings(batch_size=settings.batch_size, prefetch=settings.prefetch),
        )
        for name, apply in service.create_consumers(engine).items()
    ]
    checks = {consumer.queue.name: event_check(consumer.is_consuming) for consumer in consumers}
    jobs = [consumer.run for consumer in consumers] + list(service.create_jobs(engine))
    await _until_stopped(jobs, settings, engine, checks)


async def _relay(service: Service, settings: ServiceSettings, engine: AsyncEngine) -> None:
    relay = Relay(
        PostgresOutbox(engine, service.kept_bodies),
        broker_url=settings.broker_url.get_secret_value(),
        management_url=settings.management_url,
        window=settings.relay_window,
    )
    samplers = [outbox_sampler(service.name, engine), *service.create_samplers(engine)]
    await _until_stopped([relay.run], settings, engine, {"broker": event_check(relay.is_publishing)}, samplers)


async def _until_stopped(
    jobs: Sequence[Callable[[asyncio.Event], Awaitable[None]]],
    settings: ServiceSettings,
    engine: AsyncEngine,
    checks: Mapping[str, Check],
    samplers: Sequence[Sampler] = (),
) -> None:
    """Run the jobs until SIGTERM or SIGINT; each then finishes what it has in hand. One failing stops all."""
    stop = _stop_on_signals()
    settle_memory()
    health = _health(settings, {"database": database_check(engine), **checks}, samplers)
    async with health, asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(_stop_all_on_failure(job, stop))


async def _stop_all_on_failure(job: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
    try:
        await job(stop)
    finally:
        stop.set()


@asynccontextmanager
async def _health(
    settings: ServiceSettings, checks: Mapping[str, Check], samplers: Sequence[Sampler]
) -> AsyncIterator[None]:
    if settings.health_port is None:
        yield
        return
    app = FastAPI(openapi_url=None)
    app.include_router(health_router(checks))
    app.include_router(metrics_router(samplers))
    server = _server(app, settings.http_host, settings.health_port)
    serving = asyncio.create_task(server._serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def _dead(service: Service, settings: ServiceSettings, *, send_back: bool) -> None:
    async with open_connection(settings.broker_url.get_secret_value(), name=f"{service.name} dead") as connection:
        for queue in (queue for queue in QUEUES if queue.service == service.name):
            if send_back:
                print(f"{queue.name}: {await return_dead_letters(connection, queue)} sent back")
                continue
            letters = await list_dead_letters(connection, queue)
            print(f"{queue.name}: {len(letters)} dead")
            for letter in letters:
                print(f"  {letter.failed_at}  {letter.message_id}  {letter.reason}")


def settle_memory() -> None:
    """Keep the collector away from what start-up built: collections are a fifth of a busy process's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def main(service: Callable[[], tuple[Service, ServiceSettings]]) -> None:
    """Entry point of every `__main__`: build, run, exit."""
    built, settings = service()
    sys.exit(run(built, settings, sys.argv[1:]))
