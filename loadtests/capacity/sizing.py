"""How many replicas, connections and gigabytes does a nation of any size take? Arithmetic on measured costs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from loadtests.capacity.costs import BROKER, CLIENT, DATABASE, Costs

BUSY = 0.6
"""The share of a core that a process is planned to use: above it queues grow quickly, and a replica may be lost."""

NOT_OURS = (DATABASE, BROKER, CLIENT, "provider")

PAGES_BEFORE_REPORT = 3
"""The way back from the provider, and the home page twice, as `make loadtest SHAPE=herd` has them."""

POOL = 5
"""Connections to PostgreSQL that a process may hold (`pool_size`)."""


@dataclass(frozen=True, slots=True)
class Goals:
    """What year end is to look like. Seconds."""

    posting: float = 600
    """Every supplier posts every extract within ten minutes, and the calculators keep up."""
    reporting: float = 600
    """Every report can be signed ten minutes after the freeze."""
    signing: float = 3600
    """The busiest hour."""
    signing_share: float = 0.5
    """The share of all practices that sign in it."""
    pages_each: int = 10
    """Pages that somebody who signs looks at, beside the report, its first reading and the signature."""
    herd: float = 300
    """All come in the same minute: they wait, and the last reads their report so much later."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Processor seconds of declarations' API and of its PostgreSQL, for one page."""

    first_reading: float
    again: float
    signature: float
    database_first: float
    database_again: float
    database_signature: float

    @property
    def until_report(self) -> float:
        """From signing in to the report, read for the first time."""
        return PAGES_BEFORE_REPORT * self.again + self.first_reading


@dataclass(frozen=True, slots=True)
class Storage:
    """Bytes of one practice."""

    databases: Mapping[str, float]
    queue_memory: float
    queue_disk: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What a nation takes."""

    practices: int
    replicas: Mapping[str, int]
    connections: Mapping[str, int]
    """By database, all replicas together."""
    database_cores: float
    broker_cores: float
    queue_memory_bytes: float
    """With every extract of the nation waiting: nobody calculates for as long as it takes to post them all."""
    queue_disk_bytes: float
    database_bytes: Mapping[str, float]
    freeze_seconds: float
    herd_seconds: float
    """Until the last of a herd, all of the nation in one minute, reads their report."""


def plan(costs: Costs, pages: Pages, storage: Storage, practices: int, goals: Goals) -> Plan:
    """What `practices` take if `goals` are to be kept."""
    cores = _cores(costs, pages, practices, goals)
    replicas = {
        name: max(2 if name.endswith("-api") else 1, math.ceil(needed / BUSY))
        for name, needed in cores.items()
        if name not in NOT_OURS
    }
    connections: dict[str, int] = {}
    for name, count in replicas.items():
        service = name.partition("-")[0]
        connections[service] = connections.get(service, 0) + count * POOL
    return Plan(
        practices=practices,
        replicas=replicas,
        connections=connections,
        database_cores=cores[DATABASE] / BUSY,
        broker_cores=cores[BROKER] / BUSY,
        queue_memory_bytes=practices * storage.queue_memory,
        queue_disk_bytes=practices * storage.queue_disk,
        database_bytes={service: practices * each for service, each in storage.databases.items()},
        freeze_seconds=costs.freeze_seconds / costs.practices * practices,
        herd_seconds=practices * pages.until_report / replicas["declarations-api"],
    )


def _cores(costs: Costs, pages: Pages, practices: int, goals: Goals) -> dict[str, float]:
    """Cores that each kind of process keeps busy in the worst of the three hours."""
    needed: dict[str, float] = {}
    for stage, seconds in ((costs.surge, goals.posting), (costs.reports, goals.reporting)):
        for name, cost in stage.items():
            needed[name] = max(needed.get(name, 0.0), cost * practices / seconds)
    signers = practices * goals.signing_share / goals.signing
    api = signers * (pages.first_reading + goals.pages_each * pages.again + pages.signature)
    # A herd may have all of a core: that is what it waits for.
    herd = practices * pages.until_report / goals.herd * BUSY
    needed["declarations-api"] = max(needed.get("declarations-api", 0.0), api, herd)
    database = signers * (pages.database_first + goals.pages_each * pages.database_again + pages.database_signature)
    needed[DATABASE] = max(needed[DATABASE], database)
    return needed
