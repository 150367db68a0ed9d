"""A whole OpenQOF of a test's own: fresh databases, a fresh virtual host, every process, on free ports."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from qof_local.receipt_keys import RECEIPT_KEY_VARIABLE, receipt_key_file
from qof_shared.testing.plugin import Broker

SERVICES = ("ingest", "calculator", "payments", "declarations")
APIS = ("ingest", "payments", "declarations")
START_SECONDS = 250


_ports = iter(random.SystemRandom().sample(range(15_000, 32_000), 10_000))
"""Below those that outgoing connections are given, and none of them twice: what is free now is bound later."""


def free_port() -> int:
    """A loopback port that nobody listens on at this moment, and that nobody else of this run is given."""
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("ten thousand ports were given, or are taken")


@dataclass(slots=True)
class System:
    """The running processes, and how to reach and hurt them."""

    databases: Mapping[str, str]
    broker: Broker
    logs: Path
    ports: dict[str, int] = field(default_factory=lambda: {service: free_port() for service in APIS})
    health_ports: dict[str, int] = field(default_factory=dict)
    """By process: where it says that it is ready."""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    extra_environment: dict[str, str] = field(default_factory=dict)

    def environment(self, service: str) -> dict[str, str]:
        upper = service.upper()
        return {
            **os.environ,
            f"QOF_{upper}_DATABASE_URL": self.databases[service],
            f"QOF_{upper}_HTTP_PORT": str(self.ports.get(service, 0)),
            "QOF_BROKER_URL": self.broker.url,
            RECEIPT_KEY_VARIABLE: str(receipt_key_file()),
            **self.extra_environment,
        }

    def start(self, service: str, process: str, name: str | None = None, *, port: int | None = None) -> None:
        """Start one process; its log is `<logs>/<name>.log`. A second API of a service gets a port of its own."""
        name = name or f"{service}-{process}"
        environment = self.environment(service)
        if port is not None:
            environment[f"QOF_{service.upper()}_HTTP_PORT"] = str(port)
        if process == "api":
            self.health_ports[name] = int(environment[f"QOF_{service.upper()}_HTTP_PORT"])
        else:
            self.health_ports[name] = free_port()
            environment["QOF_HEALTH_PORT"] = str(self.health_ports[name])
        log = (self.logs / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", f"qof_{service}", process],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()

    def command(self, service: str, *arguments: str) -> str:
        """Run a command of a service to its end; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", f"qof_{service}", *arguments],
            env=self.environment(service),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def kill(self, name: str) -> None:
        """SIGKILL: no goodbye, as when a machine goes."""
        self.processes[name].kill()
        self.processes[name].wait(10)

    def wait_ready(self) -> None:
        """Wait until every process says that it is ready."""
        deadline = time.monotonic() + START_SECONDS
        for name, port in self.health_ports.items():
            while not self._is_ready(port):
                log = (self.logs / f"{name}.log").read_text()
                assert self.processes[name].poll() is None, f"{name} ended:\n{log}"
                assert time.monotonic() < deadline, f"{name} is not ready:\n{log}"
                time.sleep(0.1)

    def _is_ready(self, port: int) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> dict[str, int]:
        """SIGTERM to all; returns the exit code of each."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        codes = {}
        for name, process in self.processes.items():
            try:
                codes[name] = process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                codes[name] = process.wait(10)
        return codes


@contextmanager
def running(system: System, *, calculators: int) -> Iterator[System]:
    """Start every process of the system; whatever happens, none is left behind."""
    try:
        for service in APIS:
            system.start(service, "api")
        for service in SERVICES:
            system.start(service, "relay")
            if service != "calculator":
                system.start(service, "worker")
        for number in range(calculators):
            system.start("calculator", "worker", f"calculator-worker-{number + 1}")
        system.wait_ready()
        yield system
    finally:
        system.stop()
