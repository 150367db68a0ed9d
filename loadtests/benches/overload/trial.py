"""What does one load find? Starts declarations on a copy of the database, warms it up, loads it, counts signatures."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec

from loadtests.benches.client import GIVE_UP_SECONDS, Answered
from loadtests.benches.overload.figures import WITH, Run, run_of
from loadtests.benches.overload.open_load import Loaded
from loadtests.benches.overload.plan import MIX, Asked, Kind, arrivals, request_of
from loadtests.benches.pages.requests import write_requests
from loadtests.benches.pages.subjects import WARM_UP, Place
from loadtests.benches.pages.year import Prepared
from loadtests.benches.processor_time import Sampler
from loadtests.benches.servers import BenchError, BenchServers, await_port, copied_database, free_port
from qof_local import pids, ports

CONNECTIONS = 12
"""Of the closed loop: enough to keep the server busy."""
FEW = 4
"""Of the warm-up: nobody is to be told to come back then."""
EACH_KIND = 40
"""Requests that tell what an answer of a kind costs."""
MIXED = 200
"""Requests that tell the capacity."""
STOP_SECONDS = 2
SIGNED = "SELECT practice, count(*) FROM declarations WHERE state = 'signed' GROUP BY practice"


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the server does when it is asked for no more than it can do."""

    per_second: float
    """Requests of the mix."""
    costs: Mapping[Kind, float]
    """Processor seconds of the server, an answer of each kind."""

    @property
    def average_cost(self) -> float:
        return sum(self.costs[kind] * share for kind, share in MIX.items())


@dataclass(frozen=True, slots=True)
class Bench:
    """Where it happens."""

    prepared: Prepared
    found: BenchServers
    place: Path
    in_hand: int

    @contextmanager
    def running(self, database_url: str, in_hand: int) -> Iterator[tuple[str, int]]:
        """Declarations, answering: its URL and process."""
        here = Place(database_url, free_port(), 0, self.place)
        log_file = self.place / "declarations.log"
        environment = {**here.environment, "QOF_DECLARATIONS_REQUESTS_IN_HAND": str(in_hand)}
        with log_file.open("ab") as log:
            command = [sys.executable, "-m", "qof_declarations", "api"]
            process = subprocess.Popen(  # noqa: S603
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            await_port(process, here.port, "declarations", log_file)
            yield f"http://{ports.LOOPBACK}:{here.port}", process.pid
        finally:
            if identified := pids.identify(process.pid):
                pids.end(identified, STOP_SECONDS)  # who is still unanswered has gone long ago
            process.wait()

    async def capacity(self) -> Capacity:
        """Each kind alone, then the mix, in a closed loop."""
        readers, collection = self.prepared.readers[WARM_UP:], self.prepared.collection
        costs = {}
        async with copied_database(self.found.postgres_url, self.prepared.name) as url:
            with self.running(url, 0) as (address, pid):
                self._warm_up(address)
                for number, kind in enumerate(Kind):
                    chosen = readers[number * EACH_KIND : (number + 1) * EACH_KIND]
                    with Sampler({"server": [pid]}) as sampler:
                        self._closed(address, [request_of(kind, reader, collection) for reader in chosen])
                    took = sampler.samples[-1].seconds["server"] - sampler.samples[0].seconds["server"]
                    costs[kind] = took / len(chosen)
                rest = readers[len(Kind) * EACH_KIND :]
                mixed = [asked.request for asked in arrivals(MIXED, 1, rest, collection)]
                answered = self._closed(address, mixed)
        return Capacity(sum(answered.statuses.values()) / answered.seconds, costs)

    async def measure(self, subject: str, factor: float, seconds: float, capacity: Capacity) -> Run:
        """An open load of so many times the capacity."""
        readers, collection = self.prepared.readers[WARM_UP:], self.prepared.collection
        try:
            asked = arrivals(capacity.per_second * factor, seconds, readers, collection)
        except ValueError as error:
            raise BenchError(str(error)) from error
        async with copied_database(self.found.postgres_url, self.prepared.name) as url:
            with self.running(url, self.in_hand if subject == WITH else 0) as (address, pid):
                self._warm_up(address)
                families = {"server": [pid], "postgres": [self.found.postgres_pid]}
                with Sampler(families) as sampler:
                    loaded = self._open(address, asked)
                first, last = sampler.samples[0], sampler.samples[-1]
                cores = {name: (last.seconds[name] - first.seconds[name]) / loaded.seconds for name in families} | {
                    "load": loaded.processor_seconds / loaded.seconds
                }
            connection = await asyncpg.connect(url)
            try:
                signed = {row["practice"]: row["count"] for row in await connection.fetch(SIGNED)}
            finally:
                await connection.close()
        return run_of(
            subject,
            factor,
            seconds,
            loaded.outcomes,
            capacity.costs,
            capacity.average_cost,
            signed=signed,
            cores=cores,
        )

    def _warm_up(self, address: str) -> None:
        kinds = (Kind.REPORT, Kind.STATUS, Kind.PREVIEW)
        readers = self.prepared.readers[:WARM_UP]
        self._closed(
            address,
            [request_of(kinds[number % 3], reader, self.prepared.collection) for number, reader in enumerate(readers)],
            connections=FEW,
        )

    def _closed(self, address: str, requests: Sequence[bytes], connections: int = CONNECTIONS) -> Answered:
        file = write_requests(self.place / "closed.msgpack", requests)
        command = ["loadtests.benches.pages.load", address, str(file), "--connections", str(connections)]
        answered = msgspec.json.decode(_load(command, self.place), type=Answered)
        if set(answered.statuses) - {200, 303}:
            raise BenchError(
                f"a closed loop was answered with {answered.statuses}; the server's log is in {self.place}"
            )
        return answered

    def _open(self, address: str, asked: Sequence[Asked]) -> Loaded:
        file = self.place / "open.msgpack"
        file.write_bytes(msgspec.msgpack.encode(asked))
        command = ["loadtests.benches.overload.open_load", address, str(file)]
        return msgspec.json.decode(_load(command, self.place), type=Loaded)


def _load(command: Sequence[str], place: Path) -> bytes:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", *command], capture_output=True, timeout=GIVE_UP_SECONDS + 30
    )
    if done.returncode:
        raise BenchError(f"the load failed; the server's log is in {place}:\n{done.stderr.decode()[-2000:]}")
    return done.stdout
