"""Does a process come back after a crash, and go for good when told?"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from qof_local import keeper, paths, pids, processes
from qof_local.paths import LocalStackError
from qof_local.processes import ProcessSpec

pytestmark = pytest.mark.usefixtures("stack")
SLEEPER = "import time; time.sleep(300)"


def _spec(program: str = SLEEPER, name: str = "dummy", **env: str) -> ProcessSpec:
    return ProcessSpec(name, [sys.executable, "-c", program], env)


def _eventually(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _child(name: str = "dummy") -> pids.Pid:
    record = processes.read_record(name)
    assert record is not None
    assert record.child is not None
    return record.child


def test_started_twice_one_process_runs() -> None:
    assert processes.start(_spec())
    first = _child()
    assert not processes.start(_spec())
    assert _child() == first
    status = processes.status("dummy")
    assert status is not None
    assert (status.pid, status.restarts) == (first.number, 0)
    assert status.rss > 0


def test_started_differently_process_is_replaced() -> None:
    processes.start(_spec(COLOUR="red"))
    first = _child()
    assert processes.start(_spec(COLOUR="blue"))
    assert not pids.alive(first)
    assert psutil.Process(_child().number).environ()["COLOUR"] == "blue"


def test_nice_process_yields_to_one_that_is_not(tmp_path: Path) -> None:
    """Each in its session, on the same core, for the same while: the work done is what the kernel allowed."""
    done = {name: tmp_path / name for name in ("eager", "nice")}
    program = (
        "import os, sys, time\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "while True:\n"
        "    open(sys.argv[1] + '.new', 'w').write(str(time.process_time()))\n"
        "    os.replace(sys.argv[1] + '.new', sys.argv[1])\n"
        "    sum(range(2_000_000))\n"
    )
    argv = [sys.executable, "-c", program]
    processes.start_all(
        [
            ProcessSpec("eager", [*argv, str(done["eager"])]),
            ProcessSpec("nice", [*argv, str(done["nice"])], niceness=10),
        ]
    )

    def seconds(name: str) -> float:
        return float(done[name].read_text()) if done[name].exists() else 0.0

    _eventually(lambda: seconds("eager") > 0.2 and seconds("nice") > 0)
    before = {name: seconds(name) for name in done}
    _eventually(lambda: seconds("eager") > before["eager"] + 1, 60)
    # The kernel gives a process of niceness 10 a tenth of what one of 0 gets.
    assert seconds("nice") - before["nice"] < 0.5


def test_process_crashes_it_comes_back() -> None:
    processes.start(_spec())
    first = _child()
    os.kill(first.number, signal.SIGKILL)
    _eventually(lambda: _child() != first)
    status = processes.status("dummy")
    assert status is not None
    assert status.restarts == 1
    assert pids.alive(_child())


def test_stopped_nothing_is_left_of_process_child_and_keeper(tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    program = (
        "import pathlib, subprocess, sys, time;"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]);"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid)); time.sleep(300)"
    )
    processes.start(_spec(program))
    _eventually(lambda: note.exists() and note.read_text())
    record = processes.read_record("dummy")
    grandchild = pids.identify(int(note.read_text()))
    assert record is not None
    assert pids.alive(grandchild)
    assert processes.stop("dummy")
    assert not any(map(pids.alive, (record.keeper, record.child, grandchild)))
    assert not keeper.record_file("dummy").exists()
    assert not processes.stop("dummy")


def test_keeper_was_killed_stop_still_ends_its_process() -> None:
    processes.start(_spec())
    record = processes.read_record("dummy")
    assert record is not None
    assert record.keeper is not None
    os.kill(record.keeper.number, signal.SIGKILL)
    assert pids.ended(record.keeper, 5)
    assert pids.alive(record.child)
    assert processes.stop("dummy")
    assert not pids.alive(record.child)


def test_number_was_given_again_stop_leaves_other_process_alone() -> None:
    processes.start(_spec())
    stranger = _child("dummy")
    former = {"number": stranger.number, "born": "an earlier boot:1"}
    record = {"keeper": former, "child": former, "restarts": 0, "fingerprint": ""}
    keeper.record_file("old").write_text(json.dumps(record))
    assert not processes.stop("old")
    assert pids.alive(stranger)


def test_process_keeps_crashing_waiting_ends_with_its_words() -> None:
    spec = _spec("import sys; sys.exit('no such queue')")
    processes.start(spec)
    with pytest.raises(LocalStackError, match=r"keeps ending(.|\n)*no such queue"):
        processes.wait_ready([spec])


def test_two_processes_both_are_stopped() -> None:
    specs = [_spec(name="one"), _spec(name="two")]
    assert processes.start_all(specs) == ("one", "two")
    processes.wait_ready(specs)
    assert processes.start_all(specs) == ()
    assert processes.stop_all() == ("one", "two")
    assert processes.statuses() == []
    assert paths.log_file("one").exists()
