"""How is a worker held to a part of a core? Stopped and continued ten times a second, as a container's limit does.

On two cores that those who post, the services and the servers share, calculators keep up with what is posted, and no
queue forms. On a cluster, whoever posts has cores of its own.
"""

import os
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from loadtests.benches.servers import BenchError
from qof_local import pids, processes
from qof_local.pids import Pid

PERIOD_SECONDS = 0.1


@contextmanager
def limited(names: Iterable[str], share: float) -> Iterator[None]:
    """Let these processes run so large a share of the time; afterwards, all of it. Raises BenchError."""
    held = [running(name)[1] for name in names]
    done = threading.Event()
    thread = threading.Thread(target=_hold, args=(held, share, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def running(name: str) -> tuple[Pid, Pid]:
    """The keeper of a process, and the process. Raises BenchError where it does not run."""
    record = processes.read_record(name)
    if record is None or record.keeper is None or record.child is None or not pids.alive(record.child):
        raise BenchError(f"{name} does not run; `make status` shows what does.")
    return record.keeper, record.child


def kill(process: Pid) -> None:
    """End it at once; it hears nothing of it."""
    _send([process], signal.SIGKILL)


def _hold(held: Iterable[Pid], share: float, done: threading.Event) -> None:
    try:
        while not done.is_set():
            _send(held, signal.SIGSTOP)
            done.wait(PERIOD_SECONDS * (1 - share))
            _send(held, signal.SIGCONT)
            done.wait(PERIOD_SECONDS * share)
    finally:
        _send(held, signal.SIGCONT)


def _send(processes: Iterable[Pid], number: signal.Signals) -> None:
    for process in processes:
        if pids.alive(process):
            with suppress(ProcessLookupError):
                os.kill(process.number, number)
