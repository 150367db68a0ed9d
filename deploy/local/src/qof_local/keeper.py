"""What brings a crashed process back? One small parent for each: `python -m qof_local.keeper`.

It ends when its process was told to end, never because its process did.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from qof_local import paths, pids

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
HEALTHY_SECONDS = 60
# Longer than the 30 s an API gives its open requests.
GRACE_SECONDS = 35
HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
STOPS = (signal.SIGTERM, signal.SIGINT)
AUTOGROUP = Path("/proc/self/autogroup")


def record_file(name: str) -> Path:
    """Where a keeper writes down itself, its process and how often it had to start it again."""
    return paths.folder("run") / f"{name}.json"


def keep(name: str, fingerprint: str, niceness: int, command: list[str]) -> int:
    """Run the command until told to stop; start it again with growing pauses when it ends by itself.

    A process of niceness 0 gets the processor before one of 5, where both want it.
    """
    # Signals are taken from a queue at two known places: none can arrive between a check and a wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    myself = pids.as_json(pids.identify(os.getpid()))
    restarts, pause = 0, FIRST_PAUSE
    while True:
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=partial(_before_its_program, niceness),
        )
        child = pids.as_json(pids.identify(process.pid))
        record = {"keeper": myself, "child": child, "restarts": restarts, "fingerprint": fingerprint}
        paths.write_private(record_file(name), json.dumps(record))
        if _told_to_stop_before_end(process):
            return _end(process)
        _end(process)
        pause = FIRST_PAUSE if time.monotonic() - began > HEALTHY_SECONDS else pause
        print(f"keeper: {name} ended with {process.returncode}; again in {pause} s", flush=True)
        if _told_to_stop_within(pause):
            return 0
        restarts, pause = restarts + 1, min(pause * 2, LONGEST_PAUSE)


def _before_its_program(niceness: int) -> None:
    # A blocked signal stays blocked over exec, and the process must hear SIGTERM.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
    if niceness:
        os.nice(niceness)
        # Where Linux groups processes by session, niceness counts within a session only, and this one is alone in its.
        with suppress(OSError):
            AUTOGROUP.write_text(str(niceness))


def _told_to_stop_before_end(process: subprocess.Popen[bytes]) -> bool:
    while process.poll() is None:
        # The time limit only covers a SIGCHLD merged with an earlier one.
        heard = signal.sigtimedwait(HEARD, 5)
        if heard is not None and heard.si_signo in STOPS:
            return True
    return False


def _told_to_stop_within(seconds: float) -> bool:
    return signal.sigtimedwait(STOPS, seconds) is not None


def _end(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM, a bounded wait, then SIGKILL for it and whatever its session left behind."""
    try:
        process.terminate()
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"keeper: still there {GRACE_SECONDS} s after SIGTERM, killing it", flush=True)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]))
