"""Where does the private local stack keep its files, and what is its error called?"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LocalStackError(Exception):
    """Something on this machine keeps the local stack from running; the text says how to mend it."""


def local_dir() -> Path:
    """The private folder: QOF_LOCAL_DIR, else `.local` of the project this file belongs to."""
    chosen = os.environ.get("QOF_LOCAL_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    project = Path(__file__).resolve().parents[4]
    return (project if (project / "uv.lock").is_file() else Path.cwd()) / ".local"


def folder(*parts: str) -> Path:
    """A folder below the private one, made when it is missing."""
    path = local_dir().joinpath(*parts)
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            raise PermissionError
    except PermissionError:
        raise LocalStackError(
            f"{path} belongs to another user; become that user, or export QOF_LOCAL_DIR=<a folder of your own>."
        ) from None
    return path


def log_file(name: str) -> Path:
    """The log of one process; every error about that process points here."""
    return folder("log") / f"{name}.log"


def log_tail(name: str, lines: int = 8) -> str:
    """The last lines of a log, indented, for the end of an error message."""
    try:
        with log_file(name).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 16_384))
            text = log.read().decode(errors="replace")
    except OSError:
        return ""
    return "".join(f"\n    {line}" for line in text.splitlines()[-lines:])


def write_private(path: Path, text: str) -> None:
    """Write a whole file at once, readable by its owner only: these files hold passwords."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def port_setting(variable: str, default: int) -> int:
    """A TCP port from the environment. Raises LocalStackError when it is not one."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 1024 <= int(text) <= 65_000:
        raise LocalStackError(f"{variable}={text!r} is not a port; give a number from 1024 to 65000.")
    return int(text)


@contextmanager
def only_one(name: str, seconds: float = 300) -> Iterator[None]:
    """Hold a lock among all processes of this folder, so that two `up` at once start one stack."""
    path = folder() / f"{name}.lock"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LocalStackError(
                        f"another command has been starting or stopping the local stack for {seconds:.0f} s "
                        f"(lock {path}); end that command, then repeat."
                    ) from None
                time.sleep(0.05)
        yield
