"""What does a process count and measure, and how is it read? Declared here once each, answered at `GET /metrics`.

    SHED = counter("openqof_requests_shed_total", "Requests answered 503 to spare the rest", ("service", "worth"))
    SHED.labels(service, worth).inc()

A metric is declared where it is used, at import; `make docs` lists all of them.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

logger = logging.getLogger(__name__)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, which nobody reads

REGISTRY = CollectorRegistry()
"""Of this process alone: each process is asked by itself."""
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

PREFIX = "openqof_"
LABELS = frozenset(
    {
        "event",
        "method",
        "outcome",
        "queue",
        "route",
        "sampler",
        "service",
        "stage",
        "state",
        "status",
        "supplier",
        "worth",
    }
)
"""Every label a metric may have: each has a few dozen values at most. A practice or an id would be a new time series
for each, and end in the monitoring system's memory."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30)
"""Buckets of what people and machines wait for."""
AGES = (0.1, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 14400)
"""Buckets of how old work is when it is done: from at once to half a night."""

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Declared:
    """A metric as docs/reference/metrics.md lists it."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str


DECLARED: dict[str, Declared] = {}
"""Every metric of ours that this process knows, by name."""


def _declare(name: str, kind: Kind, meaning: str, labels: tuple[str, ...]) -> None:
    unknown = sorted(set(labels) - LABELS)
    if unknown:
        raise ValueError(f"metric {name} has labels {unknown}; take some of {sorted(LABELS)}, or argue for one there")
    if not name.startswith(PREFIX) or name.endswith("_total") != (kind == "counter"):
        raise ValueError(f"metric {name}: begin with {PREFIX}, and end in _total where, and only where, it counts")
    DECLARED[name] = Declared(name, kind, labels, meaning)


def counter(name: str, meaning: str, labels: tuple[str, ...] = ()) -> Counter:
    """What only ever grows. Raises ValueError where the name or a label is none of ours."""
    _declare(name, "counter", meaning, labels)
    return Counter(name, meaning, labels, registry=REGISTRY)


def gauge(name: str, meaning: str, labels: tuple[str, ...] = ()) -> Gauge:
    """What goes up and down. Raises ValueError where the name or a label is none of ours."""
    _declare(name, "gauge", meaning, labels)
    return Gauge(name, meaning, labels, registry=REGISTRY)


def histogram(
    name: str, meaning: str, labels: tuple[str, ...] = (), *, buckets: Sequence[float] = SECONDS
) -> Histogram:
    """How often, how much together, and how much each. Raises ValueError where the name or a label is none of ours."""
    _declare(name, "histogram", meaning, labels)
    return Histogram(name, meaning, labels, registry=REGISTRY, buckets=buckets)


SAMPLE_FAILURES = counter(
    "openqof_sample_failures_total", "Figures that could not be read; they are absent until they can be", ("sampler",)
)

SAMPLE_TIMEOUT = 5.0


class Sampler:
    """Reads figures when somebody asks for them, and not again for a while: watching must not become the load.

    `sample` sets `gauges`. What it took is taken into account: a count that takes long is held ten times as long, at
    least `hold` seconds. Where it fails the gauges say nothing, rather than something old.
    """

    def __init__(
        self,
        name: str,
        sample: Callable[[], Awaitable[None]],
        gauges: Sequence[Gauge],
        *,
        hold: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._sample = sample
        self._gauges = gauges
        self._hold = hold
        self._clock = clock
        self._held_until = float("-inf")
        self._sampling = asyncio.Lock()
        SAMPLE_FAILURES.labels(name)

    async def refresh(self) -> None:
        """Sample, unless what is held is young enough. Raises nothing."""
        async with self._sampling:
            began = self._clock()
            if began < self._held_until:
                return
            try:
                async with asyncio.timeout(SAMPLE_TIMEOUT):
                    await self._sample()
            except Exception as error:
                SAMPLE_FAILURES.labels(self._name).inc()
                for one in self._gauges:
                    _forget(one)
                logger.warning(
                    "the figures of %s cannot be read (%s)",
                    self._name,
                    type(error).__name__,
                    extra={"action": "metrics.sample_failed"},
                )
            ended = self._clock()
            self._held_until = ended + max(self._hold, 10 * (ended - began))


def _forget(one: Gauge) -> None:
    one.clear()
    if not one._labelnames:
        one.set(float("nan"))


def metrics_router(samplers: Sequence[Sampler] = ()) -> APIRouter:
    """`GET /metrics`, in Prometheus's text format."""
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    async def show_metrics() -> Response:
        await asyncio.gather(*(sampler.refresh() for sampler in samplers))
        return Response(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    return router
