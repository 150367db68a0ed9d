"""How do the services' processes start, stay up, show themselves and end?"""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import psutil

from qof_local import keeper, paths, pids
from qof_local.paths import LocalStackError

# A process without a health URL counts as ready when it has lived this long.
SETTLED_SECONDS = 1.5
# One restart may be a lost race with a server; more are a fault to report at once.
TOLERATED_RESTARTS = 2


@dataclass(frozen=True)
class ProcessSpec:
    """One process to keep running. `env` is added to the environment of this process.

    `niceness` is the kernel's: who has 5 lets those of 0 go first, where the processor is short.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    health_url: str | None = None
    niceness: int = 0

    @property
    def fingerprint(self) -> str:
        """Changes when the process would have to be started differently."""
        told = [list(self.argv), sorted(self.env.items()), self.niceness]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@dataclass(frozen=True)
class Record:
    """What a keeper wrote down: itself, its process, how often it started it again."""

    keeper: pids.Pid | None
    child: pids.Pid | None
    restarts: int
    fingerprint: str


@dataclass(frozen=True)
class Status:
    """One process as it is now. Memory is in bytes: `pss` shares common pages out fairly, and is
    None where the kernel does not tell."""

    name: str
    pid: int | None
    uptime_seconds: float
    rss: int
    pss: int | None
    cpu_seconds: float
    restarts: int


def start(spec: ProcessSpec) -> bool:
    """Start a process under a keeper. False when it is running already, started in the same way."""
    record = read_record(spec.name)
    if record and pids.alive(record.keeper) and record.fingerprint == spec.fingerprint:
        return False
    stop(spec.name)
    log = paths.log_file(spec.name)
    if log.exists():
        log.replace(log.with_suffix(".log.before"))
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "qof_local.keeper", spec.name, spec.fingerprint, str(spec.niceness), *spec.argv],
            env={**os.environ, **spec.env, "QOF_LOCAL_DIR": str(paths.local_dir()), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + 20
    while not ((record := read_record(spec.name)) and record.keeper and record.keeper.number == process.pid):
        if process.poll() is not None or time.monotonic() > deadline:
            raise LocalStackError(_failure(spec.name, "did not start"))
        time.sleep(0.02)
    # The keeper outlives us on purpose; Python would warn about it when the object goes.
    process.returncode = 0
    return True


def stop(name: str) -> bool:
    """End a process and its keeper. True when either was there."""
    record = read_record(name)
    if record is None:
        return False
    found = pids.alive(record.keeper) or pids.alive(record.child)
    if record.keeper:
        pids.end(record.keeper, keeper.GRACE_SECONDS + 5)
    # The keeper may have begun another child since, and a keeper that was killed leaves its child.
    record = read_record(name) or record
    if record.child:
        pids.end(record.child, keeper.GRACE_SECONDS, group=True)
    keeper.record_file(name).unlink(missing_ok=True)
    return found


def start_all(specs: Iterable[ProcessSpec]) -> tuple[str, ...]:
    """Start what is not running yet; returns the names that were started."""
    return tuple(spec.name for spec in specs if start(spec))


def stop_all() -> tuple[str, ...]:
    """End every process of this folder, all at once; returns the names of those that were there."""
    names = recorded_names()
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        return tuple(name for name, found in zip(names, pool.map(stop, names), strict=True) if found)


def wait_ready(specs: Sequence[ProcessSpec], seconds: float = 60) -> None:
    """Wait until every process answers its health URL, or has settled. Raises with the log's end."""
    deadline = time.monotonic() + seconds
    waiting = list(specs)
    with httpx.Client(trust_env=False, timeout=2) as client:
        while waiting := [spec for spec in waiting if not _ready(spec, client)]:
            if time.monotonic() > deadline:
                where = f" at {waiting[0].health_url}" if waiting[0].health_url else ""
                raise LocalStackError(_failure(waiting[0].name, f"is not ready{where} after {seconds:.0f} s"))
            time.sleep(0.1)


def recorded_names() -> list[str]:
    return sorted(path.stem for path in paths.folder("run").glob("*.json"))


def statuses() -> list[Status]:
    """Every process this folder has started and not stopped, also those that are between two lives."""
    return [found for name in recorded_names() if (found := status(name))]


def status(name: str) -> Status | None:
    """One process as it is now; None when it was never started, or was stopped."""
    record = read_record(name)
    if record is None:
        return None
    nothing = Status(name, None, 0.0, 0, None, 0.0, record.restarts)
    if record.child is None or not pids.alive(record.child):
        return nothing
    try:
        process = psutil.Process(record.child.number)
        times = process.cpu_times()
        return Status(
            name=name,
            pid=process.pid,
            uptime_seconds=time.time() - process.create_time(),
            rss=process.memory_info().rss,
            pss=pss(process),
            cpu_seconds=times.user + times.system,
            restarts=record.restarts,
        )
    except psutil.NoSuchProcess:
        return nothing


def pss(process: psutil.Process) -> int | None:
    """The process's fair share of memory in bytes; only its owner and root may ask."""
    try:
        return int(process.memory_full_info().pss)
    except (psutil.AccessDenied, AttributeError):
        return None


def read_record(name: str) -> Record | None:
    try:
        found = json.loads(keeper.record_file(name).read_text())
    except (OSError, ValueError):
        return None
    return Record(
        pids.from_json(found["keeper"]), pids.from_json(found["child"]), found["restarts"], found["fingerprint"]
    )


def _ready(spec: ProcessSpec, client: httpx.Client) -> bool:
    now = status(spec.name)
    if now is None:
        raise LocalStackError(_failure(spec.name, "was stopped while it was starting"))
    if now.restarts > TOLERATED_RESTARTS:
        raise LocalStackError(_failure(spec.name, f"keeps ending ({now.restarts} restarts)"))
    if now.pid is None:
        return False
    if spec.health_url is None:
        return now.uptime_seconds > SETTLED_SECONDS
    try:
        return client.get(spec.health_url).is_success
    except httpx.HTTPError:
        return False


def _failure(name: str, what: str) -> str:
    return f"process {name} {what}; read {paths.log_file(name)}:{paths.log_tail(name)}"
