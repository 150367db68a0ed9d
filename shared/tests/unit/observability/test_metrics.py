import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.types import Receive, Scope, Send

from qof_shared.http.app import create_app
from qof_shared.http.measuring import ROUTE
from qof_shared.observability import metrics
from qof_shared.observability.metrics import REGISTRY, Declared, Sampler, counter, gauge


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> dict[str, Declared]:
    """The list of the reference page shall not have what tests declare."""
    fresh: dict[str, Declared] = {}
    monkeypatch.setattr(metrics, "DECLARED", fresh)
    return fresh


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def test_label_that_would_grow_without_end_is_refused(declared: dict[str, Declared]) -> None:
    with pytest.raises(ValueError, match="practice"):
        counter("openqof_test_total", "Nothing", ("practice",))
    assert not declared


@pytest.mark.parametrize("name", ["requests_total", "openqof_requests"])
def test_name_that_says_not_what_it_is_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="begin with openqof_"):
        counter(name, "Nothing")


class Reading:
    """A figure that is read by a clock of its own, and can fail."""

    def __init__(self, gauge_name: str) -> None:
        self.gauge = gauge(gauge_name, "Read by a test", ("queue",))
        self.reads = 0
        self.now = 100.0
        self.takes = 0.0
        self.fails = False
        self.sampler = Sampler(gauge_name, self.read, [self.gauge], hold=2, clock=lambda: self.now)

    async def read(self) -> None:
        self.reads += 1
        self.now += self.takes
        if self.fails:
            raise ConnectionError("away")
        self.gauge.labels("a").set(self.reads)


async def test_sample_is_held_for_its_time() -> None:
    reading = Reading("openqof_test_held")
    await reading.sampler.refresh()
    reading.now += 1.9
    await reading.sampler.refresh()
    assert reading.reads == 1
    reading.now += 0.2
    await reading.sampler.refresh()
    assert value("openqof_test_held", queue="a") == reading.reads == 2


async def test_slow_sample_is_held_ten_times_as_long_as_it_took() -> None:
    reading = Reading("openqof_test_slow")
    reading.takes = 3
    await reading.sampler.refresh()
    reading.now += 29
    await reading.sampler.refresh()
    assert reading.reads == 1
    reading.now += 2
    await reading.sampler.refresh()
    assert reading.reads == 2


async def test_figures_that_cannot_be_read_are_absent_not_old() -> None:
    reading = Reading("openqof_test_failing")
    await reading.sampler.refresh()
    reading.now, reading.fails = 200, True
    await reading.sampler.refresh()
    assert value("openqof_test_failing", queue="a") is None
    assert value("openqof_sample_failures_total", sampler="openqof_test_failing") == 1


class InFront:
    """Answers one path by itself, as ingest answers posts."""

    def __init__(self, app: object) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/v1/in-front":
            scope[ROUTE] = "/v1/in-front"
            await send({"type": "http.response.start", "status": 202, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self.app(scope, receive, send)  # type: ignore[operator]


def api() -> FastAPI:
    router = APIRouter(prefix="/v1/measured")

    @router.get("/{name}")
    async def show(name: str) -> str:
        if name == "bad":
            raise RuntimeError("a fault of ours")
        return name

    return create_app(
        title="t", version="1", description="", routers=[router], checks={}, in_front=[Middleware(InFront)]
    )


async def test_request_counts_by_its_routes_template() -> None:
    transport = httpx.ASGITransport(api(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for path in ("/v1/measured/A81001", "/v1/measured/A81002", "/v1/measured/bad", "/v1/in-front", "/etc/passwd"):
            await client.get(path)
        text = (await client.get("/metrics")).text

    def count(route: str, status: str) -> float | None:
        return value("openqof_http_request_seconds_count", method="GET", route=route, status=status)

    assert count("/v1/measured/{name}", "2xx") == 2
    assert count("/v1/measured/{name}", "5xx") == 1
    assert count("/v1/in-front", "2xx") == 1
    assert count("(none)", "4xx") == 1
    assert "A81001" not in text
    assert 'openqof_http_request_seconds_bucket{le="0.005",method="GET",route="/v1/in-front",status="2xx"}' in text
    assert "process_resident_memory_bytes" in text
    assert "_created" not in text
    assert value("openqof_http_requests_in_hand") == 0
