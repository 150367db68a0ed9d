"""What does one load find? Starts declarations on a copy of the database, warms it up, loads it, counts signatures."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec

from loadtests.benches.client import GIVE_UP_SECONDS, Answered
from loadtests.benches.overload.figures import WITH, Round
from loadtests.benches.overload.open_load import Loaded
from loadtests.benches.overload.plan import Asked, Kind, arrivals, request_of
from loadtests.benches.pages.requests import write_requests
from loadtests.benches.pages.subjects import WARM_UP, Place
from loadtests.benches.pages.year import Prepared
from loadtests.benches.processor_time import Sampler, processor_seconds
from loadtests.benches.servers import BenchError, BenchServers, await_port, copied_database, free_port
from qof_local import pids, ports

CONNECTIONS = 12
"""Of the closed loop: enough to keep the server busy."""
FEW = 2
"""Of the warm-up, so that hardly anybody is told to come back then; where the machine is slow somebody is."""
ANSWERED, TOLD_TO_COME_BACK = {200, 303}, 503
TURNS = 5
"""In which kinds and mix are asked in turn: a machine's speed wavers, and what is compared has to meet the same."""
EACH_TURN = 10
"""Requests of each kind in a turn: they tell what an answer costs."""
MIXED_EACH_TURN = 200
"""Requests of the mix in a turn: they tell the capacity, and so many that its last few count for little."""
EACH_KIND = TURNS * EACH_TURN
STOP_SECONDS = 2
SIGNED = "SELECT practice, count(*) FROM declarations WHERE state = 'signed' GROUP BY practice"


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the server does when it is asked for no more than it can do."""

    per_second: float
    """Requests of the mix."""
    costs: Mapping[Kind, float]
    """Processor seconds of the server, an answer of each kind."""


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
        """Each kind alone and the mix, in turns, in a closed loop."""
        readers, collection = self.prepared.readers[WARM_UP:], self.prepared.collection
        rest = readers[len(Kind) * EACH_KIND :]
        mixed = [asked.request for asked in arrivals(TURNS * MIXED_EACH_TURN, 1, rest, collection)]
        costs = dict.fromkeys(Kind, 0.0)
        answers, seconds = 0, 0.0
        async with copied_database(self.found.postgres_url, self.prepared.name) as url:
            with self.running(url, 0) as (address, pid):
                self._warm_up(address)
                for turn in range(TURNS):
                    for number, kind in enumerate(Kind):
                        first = (number * TURNS + turn) * EACH_TURN
                        chosen = readers[first : first + EACH_TURN]
                        before = processor_seconds(pid)
                        self._closed(address, [request_of(kind, reader, collection) for reader in chosen])
                        costs[kind] += (processor_seconds(pid) - before) / EACH_KIND
                    answered = self._closed(address, mixed[turn::TURNS])
                    answers, seconds = answers + sum(answered.statuses.values()), seconds + answered.seconds
        return Capacity(answers / seconds, costs)

    async def measure(self, subject: str, factor: float, seconds: float, capacity: Capacity, seed: int) -> Round:
        """One round of an open load of so many times the capacity."""
        readers, collection = self.prepared.readers[WARM_UP:], self.prepared.collection
        try:
            asked = arrivals(capacity.per_second * factor, seconds, readers, collection, seed=seed)
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
        return Round(loaded.outcomes, signed, cores)

    def _warm_up(self, address: str) -> None:
        kinds = (Kind.REPORT, Kind.STATUS, Kind.PREVIEW)
        readers = self.prepared.readers[:WARM_UP]
        self._closed(
            address,
            [request_of(kinds[number % 3], reader, self.prepared.collection) for number, reader in enumerate(readers)],
            connections=FEW,
            expected={*ANSWERED, TOLD_TO_COME_BACK},
        )

    def _closed(
        self,
        address: str,
        requests: Sequence[bytes],
        connections: int = CONNECTIONS,
        expected: AbstractSet[int] = frozenset(ANSWERED),
    ) -> Answered:
        file = write_requests(self.place / "closed.msgpack", requests)
        command = ["loadtests.benches.pages.load", address, str(file), "--connections", str(connections)]
        answered = msgspec.json.decode(_load(command, self.place), type=Answered)
        if answered.statuses.keys() - expected:
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
