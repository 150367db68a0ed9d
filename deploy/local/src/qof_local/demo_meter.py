"""What do the processes take? Samples memory and processor time of the whole stack while the demonstration runs."""

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import psutil

from qof_local import postgres, processes, rabbitmq
from qof_local.yardstick import Yardstick

SECONDS_BETWEEN = 2.0
"""A sample takes some 70 ms of processor time: the kernel walks every page for the fair share."""


@dataclass
class Usage:
    """One process, or a server with all its processes. Memory in bytes at its highest; `pss` shares common pages out
    fairly and is 0 where the kernel does not tell."""

    name: str
    pss: int = 0
    rss: int = 0
    cpu_before: float = 0.0
    cpu_after: float = 0.0

    @property
    def cpu_seconds(self) -> float:
        return self.cpu_after - self.cpu_before


class Meter:
    """Samples in a thread of its own between `with` and its end; then `usages` holds the peaks."""

    def __init__(self) -> None:
        self.usages: dict[str, Usage] = {}
        self.yardstick = Yardstick()
        self.peak_pss = 0
        """The highest sum of one moment, which is less than the sum of the peaks."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="meter", daemon=True)

    def __enter__(self) -> Self:
        self._sample()
        self._thread.start()
        self.yardstick.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.yardstick.__exit__(*error)
        self._ended.set()
        self._thread.join()
        self._sample()

    def processor_times(self) -> dict[str, float]:
        """Processor seconds of everything that runs, by name, since each began."""
        return {name: sum(map(_processor_seconds, family)) for name, family in _families()}

    def _run(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN):
            self._sample()

    def _sample(self) -> None:
        total = 0
        for name, family in _families():
            pss, rss, cpu = _measure(family)
            usage = self.usages.setdefault(name, Usage(name, cpu_before=cpu))
            usage.pss, usage.rss = max(usage.pss, pss), max(usage.rss, rss)
            # A process that was started again counts from nothing.
            usage.cpu_after = max(usage.cpu_after, cpu)
            total += pss or rss
        self.peak_pss = max(self.peak_pss, total)


def _families() -> Iterable[tuple[str, list[psutil.Process]]]:
    """Everything that runs, by name: servers with all their processes, services, which are one each, and us."""
    if database := postgres.running():
        yield "PostgreSQL", _family(database.pid.number)
    if broker := rabbitmq.running():
        yield "RabbitMQ", _family(broker.broker.number)
    for name in processes.recorded_names():
        record = processes.read_record(name)
        if record and record.child:
            yield name, _family(record.child.number, children=False)
    yield "this demonstration", _family(os.getpid(), children=False)


def _family(pid: int, *, children: bool = True) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *(parent.children(recursive=True) if children else ())]
    except psutil.NoSuchProcess:
        return []


def _processor_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system + times.children_user + times.children_system


def _measure(family: Iterable[psutil.Process]) -> tuple[int, int, float]:
    """PSS, RSS and processor seconds of all of them; ended children are in their parent's seconds."""
    pss = rss = 0
    cpu = 0.0
    for process in family:
        try:
            with process.oneshot():
                rss += process.memory_info().rss
                cpu += _processor_seconds(process)
            pss += processes.pss(process) or 0
        except psutil.NoSuchProcess:
            continue
    return pss, rss, cpu
