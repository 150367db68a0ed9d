"""Is this still the process we started, and how is it ended without ever hitting another one?"""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from qof_local.paths import LocalStackError


@dataclass(frozen=True)
class Pid:
    """A process id with the moment it was born: the kernel gives a number again, but not both."""

    number: int
    born: str


def identify(number: int) -> Pid | None:
    """The process that has this number now, or None; one that waits to be reaped counts as ended."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command in brackets may itself hold brackets and spaces, so fields count from the last one.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else Pid(number, f"{boot}:{fields[19]}")


def alive(pid: Pid | None) -> bool:
    return pid is not None and identify(pid.number) == pid


def ended(pid: Pid, seconds: float) -> bool:
    """Wait until the process is gone; False when it is still there after that many seconds."""
    deadline = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.03)
    return True


def end(pid: Pid, seconds: float, gently: signal.Signals = signal.SIGTERM, *, group: bool = False) -> bool:
    """Ask the process to end, wait, then force it. True when it was gone in time.

    `group` also ends what the leader of a session leaves behind. A leader that is gone already is not
    followed: its number may lead somebody else's group by now.
    """
    if not alive(pid):
        return True
    try:
        os.kill(pid.number, gently)
        in_time = ended(pid, seconds)
        if group:
            os.killpg(pid.number, signal.SIGKILL)
        elif not in_time:
            os.kill(pid.number, signal.SIGKILL)
    except ProcessLookupError:
        return True
    except PermissionError:
        raise LocalStackError(f"process {pid.number} belongs to another user; become that user to end it.") from None
    ended(pid, 5)
    return in_time


def as_json(pid: Pid | None) -> dict[str, str | int] | None:
    return None if pid is None else {"number": pid.number, "born": pid.born}


def from_json(found: object) -> Pid | None:
    match found:
        case {"number": int(number), "born": str(born)}:
            return Pid(number, born)
        case _:
            return None
