"""How an API is put together: one factory for every service."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qof_shared.http.measuring import Measured
from qof_shared.http.problems import add_problem_handlers
from qof_shared.http.shedding import Door, Shedding
from qof_shared.observability.health import Check, health_router
from qof_shared.observability.ids import put_ids
from qof_shared.observability.metrics import Sampler, metrics_router
from qof_shared.observability.tracing import Traced, is_tracing

CORRELATION_HEADER = b"x-correlation-id"

OUR_OWN_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""`Traced` and `Measured` see every request; the framework would look at each a second time, the refused ones, too."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class CorrelationId:
    """Gives every request an id, the caller's own where sent, and echoes it on every answer, errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = next((value for name, value in scope["headers"] if name == CORRELATION_HEADER), b"")
        correlation_id = sent[:64] if sent.isascii() and sent else uuid4().hex.encode()
        scope.setdefault("state", {})["correlation_id"] = correlation_id.decode()
        # Not taken back at the end: what nobody answered here is logged behind us, still in this request's task.
        put_ids(correlation_id=correlation_id.decode())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (CORRELATION_HEADER, correlation_id)]
            await send(message)

        await self.app(scope, receive, send_with_id)


@asynccontextmanager
async def _nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


def create_app(
    *,
    title: str,
    version: str,
    description: str,
    routers: Sequence[APIRouter],
    checks: Mapping[str, Check],
    lifespan: Lifespan = _nothing,
    in_front: Sequence[Middleware] = (),
    samplers: Sequence[Sampler] = (),
    door: Door | None = None,
) -> FastAPI:
    """An application with problem details, correlation ids, health and metrics, and the service's own routers.

    `in_front` sees requests before the framework's routing does, and after they have their correlation id.
    With a `door` no more requests are in hand than the process can work at; behind `in_front`, which has bounds of
    its own.
    """
    traced = [Middleware(Traced)] if is_tracing() else []
    shedding = [Middleware(Shedding, door=door)] if door else []
    middleware = [Middleware(CorrelationId), Middleware(Measured), *traced, *in_front, *shedding]
    app = FastAPI(
        title=title,
        version=version,
        description=description,
        lifespan=lifespan,
        middleware=middleware,
        telemetry=OUR_OWN_TELEMETRY,
    )
    app.state.door = door
    add_problem_handlers(app)
    app.include_router(health_router(checks))
    app.include_router(metrics_router(samplers))
    for router in routers:
        app.include_router(router)
    return app
