"""One run in a process of its own: `python -m loadtests.benches.seeing.work PART VARIANT FOLDER DATABASE COLLECTOR`.

Prints processor seconds of this process, how many extracts it worked on, and what a fixed piece of work took
meanwhile. The servers' time is not ours to change.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Self
from uuid import uuid4

import msgspec
import uvloop
from fastapi import FastAPI

import qof_calculator.bootstrap
import qof_ingest.bootstrap
from qof_local.yardstick import Yardstick
from qof_shared.contracts import Event, Extract, ExtractAccepted, new_event
from qof_shared.db.engine import create_engine
from qof_shared.http.measuring import Measured
from qof_shared.messaging.chunks import Arrival
from qof_shared.messaging.consumer import Consumer
from qof_shared.messaging.topology import queue_named
from qof_shared.observability.tracing import start_tracing, traceparent
from qof_shared.process import settle_memory

RATIOS = {"traced 1 %": 0.01, "traced all": 1.0}
AT_ONCE = 64
BATCH = 100
LOOK_SECONDS = 0.02
"""A run lasts for half a second; the machine is looked at as often as that needs."""


class Took(msgspec.Struct, frozen=True):
    """What a run took."""

    seconds: float
    """Of processor time."""
    extracts: int
    yardstick: float
    """Processor seconds of a fixed piece of work meanwhile (qof_local.yardstick)."""


class Watch:
    """Processor time of this process between `with` and its end, and how fast the machine was."""

    def __enter__(self) -> Self:
        self._yardstick = Yardstick(LOOK_SECONDS)
        self._yardstick.__enter__()
        self._began = time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self._yardstick.__exit__()
        self._seconds = time.process_time() - self._began

    def took(self, extracts: int) -> Took:
        marks = [seconds for _, seconds in self._yardstick.marks]
        return Took(self._seconds - sum(marks), extracts, median(marks))


async def ingest(variant: str, folder: Path, database_url: str) -> Took:
    """Posts of extracts, one request each, from the application's door to the commit; no HTTP server between."""
    engine = create_engine(database_url)
    await qof_ingest.bootstrap.load(engine, folder / "directory.json")
    app = qof_ingest.bootstrap.create_app(engine)
    if variant == "without":
        app.user_middleware = [
            one for one in app.user_middleware if getattr(one.cls, "__name__", "") != Measured.__name__
        ]
    posts = [json.loads(line) for line in (folder / "extracts.ndjson").read_text().splitlines()]
    async with app.router.lifespan_context(app):
        await _post_all(app, posts[:AT_ONCE])
        settle_memory()
        with Watch() as watch:
            await _post_all(app, posts[AT_ONCE:])
    await engine.dispose()
    return watch.took(len(posts) - AT_ONCE)


async def _post_all(app: FastAPI, posts: Sequence[dict[str, Any]]) -> None:
    limit = asyncio.Semaphore(AT_ONCE)

    async def post(one: dict[str, Any]) -> None:
        async with limit:
            status = await _post(app, one["body"].encode(), one["token"])
        assert status == 202, status

    await asyncio.gather(*(post(one) for one in posts))


async def _post(app: FastAPI, body: bytes, token: str) -> int:
    status = 0
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json", "content-length": str(len(body))}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/extracts",
        "raw_path": b"/v1/extracts",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": ("bench", 80),
        "client": ("bench", 1),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status


async def calculator(variant: str, folder: Path, database_url: str) -> Took:
    """Batches of accepted extracts, from decoded events to the commit; no broker between."""
    engine = create_engine(database_url)
    apply = qof_calculator.bootstrap.create_consumers(engine)["calculator.extracts"]
    consumer = Consumer(queue_named("calculator.extracts"), apply, broker_url="")
    posts = [json.loads(line) for line in (folder / "extracts.ndjson").read_text().splitlines()]
    events = [_accepted(number, json.loads(one["body"])) for number, one in enumerate(posts, 1)]
    stop = asyncio.Event()

    async def handle(batch: Sequence[Event]) -> None:
        if variant == "without":
            await apply("calculator.extracts", batch)
        else:
            await consumer._hold_through_outage([Arrival(event) for event in batch], stop)

    await handle(events[:BATCH])
    settle_memory()
    with Watch() as watch:
        for start in range(BATCH, len(events), BATCH):
            await handle(events[start : start + BATCH])
    await engine.dispose()
    return watch.took(len(events) - BATCH)


def _accepted(number: int, extract: dict[str, Any]) -> Event:
    content = ExtractAccepted(
        extract_id=uuid4(),
        extract_number=number,
        supplier="bench",
        collection=extract["collection"],
        practice=extract["practice"],
        nation="england",
        qof_year="2012-13",
        received_at=datetime.now(UTC),
        digest="0" * 64,
        extract=msgspec.convert(extract, Extract, strict=False),
    )
    event = new_event(content, occurred_at=datetime.now(UTC), correlation_id=str(content.extract_id))
    parent = _sampled()
    return msgspec.structs.replace(event, traceparent=parent) if parent else event


def _sampled() -> str | None:
    """What a request would have given the event, by the ratio that tracing was started with."""
    from opentelemetry import trace

    from qof_shared.observability import tracing

    if tracing._tracer is None:
        return None
    with trace.use_span(tracing._tracer.start_span("request"), end_on_exit=True):
        return traceparent()


def main(part: str, variant: str, folder: str, database_url: str, collector: str) -> None:
    if variant in RATIOS:
        start_tracing("bench", part, endpoint=collector, ratio=RATIOS[variant])
    run = {"ingest": ingest, "calculator": calculator}[part]
    print(msgspec.json.encode(uvloop.run(run(variant, Path(folder), database_url))).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
