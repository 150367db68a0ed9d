"""How much processor time and memory do families of processes take? Sampled from outside, in a thread."""

import threading
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import psutil

SAMPLE_SECONDS = 0.05
FAMILY_SECONDS = 0.5
"""Between two looks for new children: it walks over every process of the machine."""
MEMORY_SECONDS = 2.0
"""Between two looks at memory: the kernel walks over every page."""

MACHINE = "machine"
"""In a sample: what all processes of the machine took, and what its host took from it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Processor seconds that each family had taken at a moment (`time.time()`)."""

    at: float
    seconds: Mapping[str, float]


@dataclass(slots=True)
class _Family:
    """A root process, or several, with everything they have started."""

    roots: Sequence[int]
    members: list[psutil.Process] = field(default_factory=list)
    seconds: float = 0.0

    def find_members(self, excluded: frozenset[int]) -> None:
        known = {process.pid: process for process in self.members}
        found = [process for root in self.roots for process in processes_of(root)]
        self.members = [known.get(process.pid, process) for process in found if process.pid not in excluded]

    def sample(self) -> float:
        """Seconds so far. What an ended child has taken stands with its parent, once that has noticed its end."""
        total = 0.0
        for process in self.members:
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        self.seconds = max(self.seconds, total)
        return self.seconds


class Sampler:
    """Samples between `with` and its end. `families` are root processes by name; `memory_of` names the families of
    which the peak memory is wanted, root by root. `excluded` processes are ours: the bench's own sessions."""

    def __init__(
        self, families: Mapping[str, Sequence[int]], *, memory_of: Sequence[str] = (), excluded: Sequence[int] = ()
    ) -> None:
        self.samples: list[Sample] = []
        self.peak_pss: dict[int, int] = {}
        """Root -> the highest proportional set size of it and its children together, in bytes."""
        self._families = {name: _Family(roots) for name, roots in families.items()}
        self._memory_roots = [root for name in memory_of for root in families[name]]
        self._excluded = frozenset(excluded)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)

    def __enter__(self) -> Self:
        self._find_families()
        self._sample()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._sample()
        self._sample_memory()

    def _run(self) -> None:
        families_due = memory_due = time.monotonic() + FAMILY_SECONDS
        while not self._ended.wait(SAMPLE_SECONDS):
            now = time.monotonic()
            if now >= families_due:
                self._find_families()
                families_due = now + FAMILY_SECONDS
            if now >= memory_due:
                self._sample_memory()
                memory_due = now + MEMORY_SECONDS
            self._sample()

    def _find_families(self) -> None:
        for family in self._families.values():
            family.find_members(self._excluded)

    def _sample(self) -> None:
        seconds = {name: family.sample() for name, family in self._families.items()}
        self.samples.append(Sample(time.time(), {**seconds, MACHINE: _machine_seconds()}))

    def _sample_memory(self) -> None:
        for root in self._memory_roots:
            self.peak_pss[root] = max(self.peak_pss.get(root, 0), sum(map(_pss, processes_of(root))))


def processes_of(root: int) -> list[psutil.Process]:
    """A process and everything it has started; nothing where it has ended."""
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def processor_seconds(pid: int) -> float:
    """What one process has taken so far, to the nanosecond, where samples know ticks of 10 ms: clock_getcpuclockid(3).

    Raises OSError where there is no such process.
    """
    return time.clock_gettime(~pid << 3 | 2)


def _machine_seconds() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def _pss(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_full_info().pss)
    return 0


def share_of_others(samples: Sequence[Sample], start: float, end: float, cores: int) -> float:
    """How much of the machine was taken by processes outside the families, from `start` to `end`: 0 to 1."""
    if end <= start:
        return 0.0
    taken = {name: seconds_at(samples, name, end) - seconds_at(samples, name, start) for name in samples[0].seconds}
    of_families = sum(seconds for name, seconds in taken.items() if name != MACHINE)
    return max(taken[MACHINE] - of_families, 0.0) / (cores * (end - start))


def seconds_at(samples: Sequence[Sample], family: str, at: float) -> float:
    """What the family had taken at a moment, in a straight line between the samples beside it."""
    later = bisect_left(samples, at, key=lambda sample: sample.at)
    if later == 0:
        return samples[0].seconds[family]
    if later == len(samples):
        return samples[-1].seconds[family]
    before, after = samples[later - 1], samples[later]
    share = (at - before.at) / (after.at - before.at)
    return before.seconds[family] + share * (after.seconds[family] - before.seconds[family])
