"""Which processes make a running OpenQOF, and what does each find in its environment?"""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from qof_local import paths, ports, processes
from qof_local.databases import database_url
from qof_local.paths import LocalStackError
from qof_local.processes import ProcessSpec
from qof_local.provider import address, keys
from qof_local.receipt_keys import RECEIPT_KEY_VARIABLE, receipt_key_file
from qof_local.servers import Servers

API_PORTS = {"ingest": 8101, "payments": 8103, "declarations": 8104}
PEOPLE_SIGN_IN_TO = ("ingest", "payments", "declarations")
"""Their APIs take the provider's access tokens."""
SERVICES = ("ingest", "calculator", "payments", "declarations")
READY_PATH = "/health/ready"
WATCHER = "prometheus"
"""No part of a running OpenQOF; `make observe` starts it beside one."""
BEHIND_THE_QUEUE = 10
"""The niceness of workers and relays (decision 42): nobody waits in front of them, so who asks an API goes first. A
tenth of the processor is theirs even where an API wants all of it: a queue gets longer in a surge, and still moves."""
# The first of a row of ports for the health of workers and relays.
HEALTH_PORTS_VARIABLE, FIRST_HEALTH_PORT = "QOF_LOCAL_HEALTH_PORT", 8120


def api_port(service: str) -> int:
    return paths.port_setting(f"QOF_{service.upper()}_HTTP_PORT", API_PORTS[service])


def api_url(service: str) -> str:
    return f"http://{ports.LOOPBACK}:{api_port(service)}"


def calculators() -> int:
    """How many calculator workers run side by side: QOF_LOCAL_CALCULATORS, else 2."""
    text = os.environ.get("QOF_LOCAL_CALCULATORS") or "2"
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise LocalStackError(f"QOF_LOCAL_CALCULATORS={text!r}: give a number from 1 to 64.")
    return int(text)


def environment(service: str, servers: Servers) -> dict[str, str]:
    """What every process of a service is told."""
    upper = service.upper()
    found = {
        f"QOF_{upper}_DATABASE_URL": database_url(servers.postgres_url, f"qof_{service}"),
        "QOF_BROKER_URL": servers.broker_url,
    }
    if servers.management_url:
        found["QOF_BROKER_MANAGEMENT_URL"] = servers.management_url
    if service in API_PORTS:
        found[f"QOF_{upper}_HTTP_PORT"] = str(api_port(service))
    if service in PEOPLE_SIGN_IN_TO:
        found["QOF_OIDC_ISSUER"] = address.issuer_url()
    if service == "declarations":
        client = keys.client()
        found |= {
            "QOF_DECLARATIONS_PUBLIC_URL": api_url(service),
            "QOF_DECLARATIONS_OIDC_CLIENT_ID": client.client_id,
            "QOF_DECLARATIONS_OIDC_CLIENT_SECRET": client.client_secret,
            "QOF_DECLARATIONS_PAYMENTS_URL": api_url("payments"),
            "QOF_DECLARATIONS_INGEST_URL": api_url("ingest"),
        }
    if service == "declarations":
        found[RECEIPT_KEY_VARIABLE] = str(receipt_key_file())
    return found


def specs(servers: Servers) -> list[ProcessSpec]:
    """Every process of a running OpenQOF, in the order of starting.

    Calculators come last, so that another number of them changes no other process's health port.
    """
    provider = ProcessSpec(
        "provider",
        [sys.executable, "-m", "qof_local.provider"],
        {address.PORT_VARIABLE: str(address.port()), "QOF_DECLARATIONS_HTTP_PORT": str(api_port("declarations"))},
        f"{address.issuer_url()}{READY_PATH}",
    )
    apis = [_spec(f"{service}-api", service, "api", servers, api_port(service)) for service in API_PORTS]
    others = [(f"{service}-relay", service, "relay") for service in SERVICES]
    others += [(f"{service}-worker", service, "worker") for service in SERVICES if service != "calculator"]
    others += [(f"calculator-worker-{number}", "calculator", "worker") for number in range(1, calculators() + 1)]
    first = paths.port_setting(HEALTH_PORTS_VARIABLE, FIRST_HEALTH_PORT)
    return [provider, *apis] + [_spec(*other, servers, first + number) for number, other in enumerate(others)]


def migrate_all(servers: Servers) -> None:
    """Bring every service's database up to date before any process of it starts."""
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        list(pool.map(lambda service: migrate(service, servers), SERVICES))


def migrate(service: str, servers: Servers) -> None:
    name = f"{service}-migrate"
    with paths.log_file(name).open("wb") as log:
        done = subprocess.run(
            _command(service, "migrate"),
            env={**os.environ, **environment(service, servers)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        raise LocalStackError(
            f"`python -m qof_{service} migrate` ended with {done.returncode}; "
            f"read {paths.log_file(name)}:{paths.log_tail(name)}"
        )


def start_all(servers: Servers) -> list[ProcessSpec]:
    """Migrate, start every process and wait until all are ready; what runs already is left alone."""
    wanted = specs(servers)
    with paths.only_one("processes"):
        for name in set(processes.recorded_names()) - {spec.name for spec in wanted} - {WATCHER}:
            processes.stop(name)
        _require_ports(wanted)
        migrate_all(servers)
        processes.start_all(wanted)
        processes.wait_ready(wanted)
    return wanted


def watched(servers: Servers, running: Sequence[str]) -> list[tuple[str, str, str]]:
    """Service, process and address of whatever of `running` answers /metrics."""
    found = []
    for spec in specs(servers):
        service, _, process = spec.name.partition("-")
        if service in SERVICES and spec.name in running:
            found.append((service, process.partition("-")[0], urlsplit(spec.health_url or "").netloc))
    return found


def stop_all() -> tuple[str, ...]:
    with paths.only_one("processes"):
        return processes.stop_all()


def _spec(name: str, service: str, process: str, servers: Servers, health_port: int) -> ProcessSpec:
    told = environment(service, servers)
    if process != "api":
        told["QOF_HEALTH_PORT"] = str(health_port)
    health_url = f"http://{ports.LOOPBACK}:{health_port}{READY_PATH}"
    niceness = 0 if process == "api" else BEHIND_THE_QUEUE
    return ProcessSpec(name, _command(service, process), told, health_url, niceness)


def _command(service: str, process: str) -> list[str]:
    return [sys.executable, "-m", f"qof_{service}", process]


def _require_ports(wanted: list[ProcessSpec]) -> None:
    """Find a taken port before anything starts: the process's own message would be buried in its log."""
    for spec in wanted:
        now = processes.status(spec.name)
        port = urlsplit(spec.health_url or "").port
        if port and (now is None or now.pid is None):
            service = spec.name.split("-")[0]
            is_api = "QOF_HEALTH_PORT" not in spec.env
            variable = f"QOF_{service.upper()}_HTTP_PORT" if is_api else HEALTH_PORTS_VARIABLE
            ports.require_free(port, f"process {spec.name}", variable)
