"""How does a Prometheus of our own watch what runs here? The distribution's program, our rules, loopback only."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from qof_local import packages, paths, ports, processes, rabbitmq, servers, services
from qof_local.paths import LocalStackError
from qof_local.processes import ProcessSpec

NAME = services.WATCHER
PORT_VARIABLE, DEFAULT_PORT = "QOF_LOCAL_PROMETHEUS_PORT", 8190
OBSERVABILITY = Path(__file__).parents[3] / "observability"
"""The configuration, the rules and the dashboard, as a cluster gets them."""
DASHBOARD = OBSERVABILITY / "grafana" / "dashboards" / "openqof.json"
SCRAPE_SECONDS = 5
MISSING = (
    "no Prometheus on this machine and it could not be fetched privately ({why}); "
    "install it: sudo apt-get install prometheus"
)

Target = Mapping[str, Any]
"""An address with its labels, as Prometheus's file_sd reads it."""


@dataclass(frozen=True)
class Programs:
    """Prometheus, and its tool that checks rules."""

    prometheus: Path
    promtool: Path


def find() -> Programs:
    """Those on the PATH, else our own copy of the distribution's, fetched now if need be. Raises LocalStackError."""
    return _on_path() or _at(_unpacked()) or _fetch()


def _on_path() -> Programs | None:
    found = [shutil.which(name) for name in ("prometheus", "promtool")]
    return Programs(Path(found[0]), Path(found[1])) if found[0] and found[1] else None


def _unpacked() -> Path:
    return paths.local_dir() / "prometheus-dist"


def _at(root: Path) -> Programs | None:
    found = Programs(root / "usr/bin/prometheus", root / "usr/bin/promtool")
    return found if found.prometheus.is_file() and found.promtool.is_file() else None


def _fetch() -> Programs:
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise LocalStackError(MISSING.format(why=f"there is no {program}"))
    with paths.only_one("prometheus-fetch"):
        # One static program: what else the package asks for are the scripts of its old pages.
        if _at(_unpacked()) is None:
            packages.fetch_alone(NAME, _unpacked())
        found = _at(_unpacked())
    if found is None:
        raise LocalStackError(MISSING.format(why=f"{_unpacked()} holds none"))
    return found


def target(service: str, process: str, address: str) -> Target:
    """One process to ask: `127.0.0.1:8101`."""
    return {"targets": [address], "labels": {"service": service, "process": process}}


def write_configuration(
    folder: Path, openqof: Sequence[Target], broker: str | None, *, seconds: int = SCRAPE_SECONDS, vhost: str = "/"
) -> Path:
    """Write prometheus.yml, rules and targets below `folder`, for a look every so many seconds; returns the file."""
    shutil.rmtree(folder / "rules", ignore_errors=True)
    shutil.copytree(OBSERVABILITY / "rules", folder / "rules")
    written = folder / "prometheus.yml"
    text = (OBSERVABILITY / "prometheus.yml").read_text()
    written.write_text(
        text.replace("interval: 15s", f"interval: {seconds}s").replace('vhost: ["/"]', f"vhost: {json.dumps([vhost])}")
    )
    (folder / "targets").mkdir(exist_ok=True)
    (folder / "targets" / "openqof.json").write_text(json.dumps(openqof, indent=1))
    (folder / "targets" / "rabbitmq.json").write_text(json.dumps([{"targets": [broker]}] if broker else []))
    return written


def command(programs: Programs, configuration: Path, port: int) -> list[str]:
    """How Prometheus is started; its data lie beside its configuration."""
    return [
        str(programs.prometheus),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={configuration.parent / 'data'}",
        "--storage.tsdb.retention.time=2d",
        f"--web.listen-address={ports.LOOPBACK}:{port}",
        "--log.level=warn",
    ]


def url() -> str:
    return f"http://{ports.LOOPBACK}:{paths.port_setting(PORT_VARIABLE, DEFAULT_PORT)}"


def start() -> int:
    """Watch every process that runs; returns how many. Raises LocalStackError."""
    running = [name for name in processes.recorded_names() if (now := processes.status(name)) and now.pid]
    broker, found = rabbitmq.running(), servers.running_servers()
    watched = services.watched(found, running) if found else []
    if not watched:
        raise LocalStackError("nothing runs that could be watched; start everything with `make up`.")
    address = f"{ports.LOOPBACK}:{broker.port + 2}" if broker else None
    port = urlsplit(url()).port
    assert port is not None, "the url above has one"
    if NAME not in running:
        ports.require_free(port, "Prometheus", PORT_VARIABLE)
    targets = [target(*one) for one in watched]
    configuration = write_configuration(paths.folder(NAME), targets, address)
    spec = ProcessSpec(NAME, command(find(), configuration, port), {}, f"{url()}/-/ready")
    with paths.only_one("processes"):
        processes.start_all([spec])
        processes.wait_ready([spec])
    return len(targets)


def check() -> None:
    """promtool's own checks of the configuration, the rules and their unit tests; its exit code is ours."""
    promtool = find().promtool
    rules = sorted(map(str, (OBSERVABILITY / "rules").glob("*.yml")))
    tests = sorted(map(str, (OBSERVABILITY / "tests").glob("*.yml")))
    for arguments in (["check", "rules", *rules], ["test", "rules", *tests]):
        if subprocess.run([promtool, *arguments]).returncode:
            raise LocalStackError(f"promtool {' '.join(arguments[:2])} found faults; see above.")
