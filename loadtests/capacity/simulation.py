"""How does a surge drain? A discrete-event simulation (SimPy) of the pipeline on so many cores.

Each process takes what waits for it, up to a batch, works on a core, waits for its commit while the servers work, and
hands on. Nothing is drawn by chance: the costs are means, and what is asked is how the stages hold each other up.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import simpy

from loadtests.capacity.costs import BROKER, CLIENT, DATABASE, Costs

Steps = Generator[simpy.Event, Any, None]

LONGEST_PAUSE = 2.0
"""Seconds; no batch waits longer for a disk."""

SLICE = 0.02
"""Seconds that a process works before another gets the core. An operating system gives less, which simulates slowly."""


@dataclass(frozen=True, slots=True)
class Machines:
    """Cores that processes share. On one machine the servers have the same ones."""

    cores: int
    server_cores: int | None = None
    """Cores of PostgreSQL and RabbitMQ alone; None: they share with everybody."""


@dataclass(frozen=True, slots=True)
class Station:
    """A kind of process: what it takes, what a unit of work costs, where the work goes next."""

    name: str
    takes: str
    gives: Sequence[str]
    own: float
    """Processor seconds of the process for one practice."""
    served: float
    """Processor seconds of PostgreSQL and RabbitMQ for one practice, during which the process waits."""
    replicas: int = 1
    batch: int = 100
    """Practices at most in one transaction."""


@dataclass(slots=True)
class Course:
    """What a simulation found. Times in seconds since the beginning."""

    done: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    """Station -> moments and how many practices it had finished by then."""

    def finished_by(self, station: str) -> float:
        return self.done[station][-1][0]


def surge(costs: Costs, *, calculators: int, replicas: Mapping[str, int] | None = None) -> list[Station]:
    """From posting to achievements, as docs/architecture.md draws it."""
    return _stations(
        costs.surge,
        {
            CLIENT: ("to post", ["posted"]),
            "ingest-api": ("posted", ["accepted"]),
            "ingest-relay": ("accepted", ["to calculate", "received"]),
            "calculator-worker": ("to calculate", ["calculated"]),
            "calculator-relay": ("calculated", ["to payments", "to declarations", "to ingest"]),
            "payments-worker": ("to payments", ["achievements"]),
            "declarations-worker": ("to declarations", ["points"]),
            "ingest-worker": ("to ingest", ["outcomes"]),
        },
        {**(replicas or {}), "calculator-worker": calculators},
    )


def reports(costs: Costs, *, replicas: Mapping[str, int] | None = None) -> list[Station]:
    """From the freeze to reports that can be signed."""
    return _stations(
        costs.reports,
        {
            "payments-worker": ("due", ["entitlements"]),
            "payments-relay": ("entitlements", ["to declarations"]),
            "declarations-worker": ("to declarations", ["reports"]),
            "declarations-relay": ("reports", ["to ingest"]),
            "ingest-worker": ("to ingest", ["reported"]),
        },
        replicas or {},
    )


def _stations(
    cost: Mapping[str, float], route: Mapping[str, tuple[str, list[str]]], replicas: Mapping[str, int]
) -> list[Station]:
    """What the servers did is shared out to those who use them, in equal parts: nothing tells it more exactly."""
    served = (cost.get(DATABASE, 0.0) + cost.get(BROKER, 0.0)) / sum(name != CLIENT for name in route)
    return [
        Station(
            name=name,
            takes=takes,
            gives=gives,
            own=cost.get(name, 0.0),
            served=0.0 if name == CLIENT else served,
            replicas=replicas.get(name, 1),
        )
        for name, (takes, gives) in route.items()
    ]


def simulate(stations: Sequence[Station], practices: int, machines: Machines, *, pauses: Mapping[str, float]) -> Course:
    """Let a nation through. `pauses`: by station, seconds that a batch waits for what is no processor time."""
    env = simpy.Environment()
    cores = simpy.Resource(env, capacity=machines.cores)
    servers = simpy.Resource(env, capacity=machines.server_cores) if machines.server_cores else cores
    course = Course(done={station.name: [] for station in stations})
    piles = {station.takes: simpy.Container(env) for station in stations}
    first = stations[0]
    piles[first.takes].put(practices)
    finished = {station.name: env.event() for station in stations}

    def work(seconds: float, on: simpy.Resource) -> Steps:
        while seconds > 0:
            with on.request() as turn:
                yield turn
                yield env.timeout(min(seconds, SLICE))
            seconds -= SLICE

    def process(station: Station) -> Steps:
        pile, done = piles[station.takes], course.done[station.name]
        while True:
            yield pile.get(1)
            units = 1 + min(int(pile.level), station.batch - 1)
            if units > 1:
                yield pile.get(units - 1)
            yield from work(units * station.own, cores)
            yield env.timeout(pauses.get(station.name, 0.0))
            yield from work(units * station.served, servers)
            done.append((env.now, (done[-1][1] if done else 0) + units))
            if done[-1][1] == practices:
                finished[station.name].succeed()
            for pile_name in station.gives:
                if pile_name in piles:
                    piles[pile_name].put(units)

    for station in stations:
        for _ in range(station.replicas):
            env.process(process(station))
    env.run(until=simpy.AllOf(env, list(finished.values())))
    return course


def fitted_pause(takes: Callable[[float], float], seconds: float) -> float:
    """The pause with which `takes` (pause -> seconds) comes to `seconds`; 0 where it takes longer without any."""
    if takes(0.0) >= seconds:
        return 0.0
    low, high = 0.0, LONGEST_PAUSE
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if takes(middle) < seconds else (low, middle)
    return (low + high) / 2
