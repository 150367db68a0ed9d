"""Is a process told from another one that got its number later?"""

import os
import subprocess
import sys
from dataclasses import replace

from qof_local import pids


def _sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_same_process_it_is_alive() -> None:
    pid = pids.identify(os.getpid())
    assert pids.alive(pid)
    assert pids.from_json(pids.as_json(pid)) == pid


def test_number_was_given_again_other_process_is_left_alone() -> None:
    with _sleeper() as process:
        now = pids.identify(process.pid)
        assert now is not None
        former = replace(now, born="an earlier boot:1")
        assert not pids.alive(former)
        assert pids.end(former, 1, group=True)
        assert process.poll() is None
        assert pids.end(now, 5)
        process.wait(5)


def test_process_waits_to_be_reaped_it_counts_as_ended() -> None:
    with _sleeper() as process:
        pid = pids.identify(process.pid)
        assert pid is not None
        process.kill()
        assert pids.ended(pid, 5)


def test_process_ignores_request_it_is_forced() -> None:
    program = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        pid = pids.identify(process.pid)
        assert pid is not None
        assert not pids.end(pid, 0.2)
        assert process.wait(5) == -9


def test_record_is_damaged_no_process_is_named() -> None:
    assert pids.from_json({"number": "1", "born": "x"}) is None
    assert pids.from_json(None) is None
