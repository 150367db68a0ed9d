"""Where is RabbitMQ on this machine, or how is the distribution's own unpacked privately?

Nothing is installed: apt works with its state and cache in our folder and only downloads, `dpkg-deb`
only unpacks. So it needs no root, and as root it starts no system service.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qof_local import paths
from qof_local.paths import LocalStackError

PACKAGE = "rabbitmq-server"
LOG = "rabbitmq-packages"
# Debian's images for containers hook these to delete apt's caches; they are not ours to delete.
HOOKS = ("APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success")
MISSING = (
    "no RabbitMQ on this machine and it could not be fetched privately ({why}); "
    "install it, then repeat: sudo apt-get install rabbitmq-server"
)


@dataclass(frozen=True)
class Distribution:
    """RabbitMQ's scripts, Erlang's epmd, and what the environment needs for both to be found."""

    server: Path
    epmd: Path
    environment: Mapping[str, str]


def find() -> Distribution:
    """The system's RabbitMQ if it is installed, else our own copy, fetched now if need be.

    Raises LocalStackError with the one command to run when neither can be had.
    """
    return _at(Path("/")) or _at(_unpacked()) or _fetch()


def _unpacked() -> Path:
    return paths.local_dir() / "rabbitmq-dist"


def _at(root: Path) -> Distribution | None:
    servers = sorted(root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"))
    daemons = sorted(root.glob("usr/lib/erlang/erts-*/bin/epmd"))
    if not servers or not daemons:
        return None
    environment = {"PATH": os.environ.get("PATH", os.defpath)}
    if root != Path("/"):
        libraries = sorted({*root.glob("usr/lib/*-linux-gnu*"), *root.glob("lib/*-linux-gnu*")})
        environment = {
            "PATH": f"{root}/usr/lib/erlang/bin:{root}/usr/bin:{environment['PATH']}",
            "LD_LIBRARY_PATH": ":".join(str(library) for library in libraries),
            "QOF_ERLANG_ROOT": f"{root}/usr/lib/erlang",
        }
    return Distribution(servers[-1], daemons[-1], environment)


def _fetch() -> Distribution:
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise LocalStackError(MISSING.format(why=f"there is no {program}"))
    work, draft = paths.folder("rabbitmq-apt"), _unpacked().with_name("rabbitmq-dist.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    paths.log_file(LOG).write_text("")
    for archive in _download(work):
        _logged("dpkg-deb", "-x", str(archive), str(draft))
    _relocate(draft)
    # Only a complete copy gets the name; an interrupted one is fetched again.
    draft.rename(_unpacked())
    shutil.rmtree(work)
    found = _at(_unpacked())
    if found is None:
        raise LocalStackError(MISSING.format(why=f"{_unpacked()} holds no server; see {paths.log_file(LOG)}"))
    return found


def fetch_alone(package: str, into: Path) -> None:
    """Unpack one package of the distribution into a new folder, without what it depends on.

    Raises LocalStackError when it cannot be had.
    """
    work, draft = paths.folder(f"{package}-apt"), into.with_name(f"{into.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    apt = _apt(work)
    _logged(*apt, "update", needed=False)
    _logged(*apt, "install", "--download-only", "--yes", "--no-install-recommends", package)
    archive = next((work / "cache" / "archives").glob(f"{package}_*.deb"), None)
    if archive is None:
        raise LocalStackError(f"apt brought no {package}; read {paths.log_file(LOG)}")
    _logged("dpkg-deb", "-x", str(archive), str(draft))
    draft.rename(into)
    shutil.rmtree(work)


def _download(work: Path) -> list[Path]:
    """Everything RabbitMQ needs that the machine lacks, checked by apt against the signed lists."""
    apt = _apt(work)
    # A foreign source of this machine may be broken: the download decides whether the lists suffice.
    _logged(*apt, "update", needed=False)
    _logged(*apt, "install", "--download-only", "--yes", "--no-install-recommends", PACKAGE)
    return sorted((work / "cache" / "archives").glob("*.deb"))


def _apt(work: Path) -> tuple[str, ...]:
    """apt with its state and cache in our folder."""
    for place in ("state/lists/partial", "cache/archives/partial", "dpkg"):
        (work / place).mkdir(parents=True, exist_ok=True)
    shutil.copyfile("/var/lib/dpkg/status", work / "dpkg" / "status")
    configuration = work / "apt.conf"
    configuration.write_text(
        "".join(f"#clear {hook};\n" for hook in HOOKS)
        + f'Dir::State "{work}/state";\nDir::State::status "{work}/dpkg/status";\n'
        + f'Dir::Cache "{work}/cache";\nDir::Log "{work}";\nAPT::Sandbox::User "";\n'
    )
    return ("apt-get", "-c", str(configuration), "-q")


def _relocate(root: Path) -> None:
    """Let Erlang's start scripts take their root folder from our variable, so that the copy may move."""
    for script in (root / "usr/lib/erlang").glob("**/bin/*"):
        if script.is_file() and not script.is_symlink() and script.read_bytes()[:2] == b"#!":
            text = script.read_text(errors="surrogateescape")
            moved = re.sub(r'ROOTDIR="?/usr/lib/erlang"?(?=\s)', 'ROOTDIR="${QOF_ERLANG_ROOT:-/usr/lib/erlang}"', text)
            script.write_text(moved, errors="surrogateescape")


def _logged(*command: str, needed: bool = True) -> None:
    with paths.log_file(LOG).open("a") as log:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "LC_ALL": "C.UTF-8"}
        )
    if needed and done.returncode:
        raise LocalStackError(
            MISSING.format(why=f"`{' '.join(command[:1])}` failed, see {paths.log_file(LOG)}") + paths.log_tail(LOG)
        )
