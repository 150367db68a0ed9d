"""How does a private RabbitMQ of our own start and stop, beside a system one or without any?"""

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import aio_pika
import httpx
import psutil
from aio_pika.exceptions import AMQPError

from qof_local import packages, paths, pids, ports
from qof_local.paths import LocalStackError

PORT_VARIABLE = "QOF_LOCAL_BROKER_PORT"
# Not 25672: a system RabbitMQ has its distribution port there.
DEFAULT_PORT = 25680
LOG = "rabbitmq"
START_SECONDS = 90
STOP_SECONDS = 40
PLUGINS = ("rabbitmq_management", "rabbitmq_prometheus")


@dataclass(frozen=True)
class Running:
    """A private broker that is up: its processes and its first port; the others follow that one."""

    broker: pids.Pid
    epmd: pids.Pid | None
    port: int

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{ports.LOOPBACK}:{self.port}/"

    @property
    def management_url(self) -> str:
        return f"http://guest:guest@{ports.LOOPBACK}:{self.port + 1}"


def running() -> Running | None:
    """The private broker, if the process written down when it was started still lives."""
    try:
        state = json.loads(_state().read_text())
    except (OSError, ValueError):
        return None
    broker = pids.from_json(state["broker"])
    if broker is None or not pids.alive(broker):
        return None
    return Running(broker, pids.from_json(state["epmd"]), int(state["port"]))


def start() -> Running:
    """Start the private broker, or find it running; it answers AMQP and its management afterwards."""
    found = running()
    if found is None:
        stop()
        found = _launch(paths.port_setting(PORT_VARIABLE, DEFAULT_PORT))
    deadline = time.monotonic() + START_SECONDS
    while not asyncio.run(_answers(found)):
        if not pids.alive(found.broker):
            stop()
            raise LocalStackError(_failure("ended while it was starting"))
        if time.monotonic() > deadline:
            raise LocalStackError(_failure(f"does not answer within {START_SECONDS} s"))
        time.sleep(0.2)
    return found


def stop() -> bool:
    """Stop the broker and its epmd by their process ids. True when the broker was running."""
    try:
        state = json.loads(_state().read_text())
    except (OSError, ValueError):
        return False
    broker, epmd = pids.from_json(state["broker"]), pids.from_json(state["epmd"])
    was_running = pids.alive(broker)
    if broker:
        helpers = _helpers(broker)
        pids.end(broker, STOP_SECONDS, group=True)
        # They were told to end with their leader; whoever asks after us shall find none of them.
        for helper in helpers:
            pids.ended(helper, 5)
    if epmd:
        pids.end(epmd, 5)
    _state().unlink()
    return was_running


def _helpers(broker: pids.Pid) -> list[pids.Pid]:
    """What the broker has started for itself."""
    if not pids.alive(broker):
        return []
    try:
        children = psutil.Process(broker.number).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [found for child in children if (found := pids.identify(child.pid))]


def _home() -> Path:
    return paths.local_dir() / "rabbitmq"


def _state() -> Path:
    return _home() / "running.json"


def _launch(port: int) -> Running:
    home = paths.folder("rabbitmq")
    if " " in str(home):
        raise LocalStackError(
            f"RabbitMQ's scripts cannot work below a folder with a space in its name ({home}); "
            "export QOF_LOCAL_DIR=<a folder without spaces>."
        )
    names = ("AMQP", "management", "Prometheus", "node-to-node", "epmd")
    for offset, name in enumerate(names):
        ports.require_free(port + offset, f"the private RabbitMQ ({name})", PORT_VARIABLE)
    distribution = packages.find()
    _write_configuration(home, port)
    environment = _environment(home, port, distribution.environment)
    with paths.log_file(LOG).open("wb") as log:
        # Started by us and not by Erlang, so that we know which process to end.
        epmd = _spawn([distribution.epmd, "-port", str(port + 4), "-address", ports.LOOPBACK], environment, log)
        broker = _spawn([distribution.server], environment, log)
    if broker is None:
        if epmd:
            pids.end(epmd, 5)
        raise LocalStackError(_failure("ended at once"))
    state = {"broker": pids.as_json(broker), "epmd": pids.as_json(epmd), "port": port}
    paths.write_private(_state(), json.dumps(state))
    return Running(broker, epmd, port)


def _spawn(command: list[Path | str], environment: Mapping[str, str], log: BinaryIO) -> pids.Pid | None:
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    # The process outlives us on purpose; Python would warn about it when the object goes.
    process.returncode = 0
    return pids.identify(process.pid)


def _write_configuration(home: Path, port: int) -> None:
    (home / "rabbitmq.conf").write_text(
        f"management.tcp.ip = {ports.LOOPBACK}\n"
        f"management.tcp.port = {port + 1}\n"
        f"prometheus.tcp.ip = {ports.LOOPBACK}\n"
        f"prometheus.tcp.port = {port + 2}\n"
    )
    (home / "enabled_plugins").write_text(f"[{','.join(PLUGINS)}].\n")
    # Erlang asks for the address of `localhost`, and a bare machine may have no hosts file.
    (home / "inetrc").write_text('{lookup, [file, native]}.\n{host, {127,0,0,1}, ["localhost"]}.\n')


def _environment(home: Path, port: int, found: Mapping[str, str]) -> dict[str, str]:
    """A private node's environment: nothing is taken from the package's or the user's own settings."""
    loopback_only = "-kernel inet_dist_use_interface {127,0,0,1}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
    return {
        **kept,
        **found,
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        # The script then becomes the broker instead of its parent: one process id to remember.
        "RUNNING_UNDER_SYSTEMD": "true",
        "ERL_EPMD_PORT": str(port + 4),
        "ERL_EPMD_ADDRESS": ports.LOOPBACK,
        "ERL_INETRC": str(home / "inetrc"),
        "ERL_CRASH_DUMP": str(home / "erl_crash.dump"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_NODENAME": "qof@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": ports.LOOPBACK,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(port + 3),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(paths.folder("log")),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_SCHEMA_DIR": str(home / "schema"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback_only,
        "RABBITMQ_CTL_ERL_ARGS": loopback_only,
    }


async def opens(url: str, seconds: float) -> bool:
    """Whether an AMQP connection can be opened within that many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            # A closed port is the usual case here, and aiormq would log each try as an error.
            address = urlsplit(url)
            _, probe = await asyncio.open_connection(address.hostname, address.port or 5672)
            probe.close()
            await (await aio_pika.connect(url, timeout=10)).close()
            return True
        except (OSError, TimeoutError, AMQPError):
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.2)


async def _answers(found: Running) -> bool:
    if not await opens(found.url, 0):
        return False
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"{found.management_url}/api/overview", timeout=10)).is_success
    except httpx.HTTPError:
        return False


def _failure(what: str) -> str:
    return f"the private RabbitMQ {what}; read {paths.log_file(LOG)}:{paths.log_tail(LOG, 15)}"
