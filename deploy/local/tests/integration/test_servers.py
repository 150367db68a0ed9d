"""Do the real private servers start once, keep what they promised, and leave nothing behind?"""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import aio_pika
import asyncpg
import psutil
import pytest

from qof_local import databases, paths, pids, ports, postgres, rabbitmq
from qof_local.paths import LocalStackError

Found = TypeVar("Found")


def _listeners(family: list[psutil.Process]) -> set[tuple[str, int]]:
    return {
        (connection.laddr.ip, connection.laddr.port)
        for process in family
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def _family(*found: pids.Pid | None) -> list[psutil.Process]:
    leaders = [psutil.Process(pid.number) for pid in found if pid]
    return [*leaders, *(child for leader in leaders for child in leader.children(recursive=True))]


@pytest.mark.needs_postgres
@pytest.mark.usefixtures("stack")
async def test_postgres_private_and_durable_and_each_role_has_its_own_database() -> None:
    with paths.only_one("servers"):
        found = await _in_thread(postgres.start)
    again = await _in_thread(postgres.start)
    assert again == found
    family = _family(found.pid)
    assert _listeners(family) == {(ports.LOOPBACK, found.port)}
    connection = await asyncpg.connect(found.url)
    shown = [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit", "max_connections")]
    await connection.close()
    assert shown == ["on", "on", "200"]
    ingest = await asyncpg.connect(databases.database_url(found.url, "qof_ingest"))
    await ingest.execute("CREATE TABLE public.mine (id int)")
    await ingest.close()
    foreign = databases.database_url(found.url, "qof_ingest").removesuffix("ingest") + "payments"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(foreign)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://qof:guess@{ports.LOOPBACK}:{found.port}/postgres")
    url = await databases.create_database(found.url, "test_one")
    assert await databases.create_database(found.url, "test_one") == url
    await (await asyncpg.connect(url)).close()
    await databases.drop_database(found.url, "test_one")
    assert postgres.stop()
    assert not any(pids.identify(process.pid) for process in family)
    assert ports.holder(found.port) is None
    assert not postgres.stop()


@pytest.mark.needs_postgres
@pytest.mark.usefixtures("stack")
def test_postgres_was_killed_it_starts_again_with_its_data() -> None:
    found = postgres.start()
    server, *children = _family(found.pid)
    # One child cannot notice that the server is gone, as on a machine that gives it no time.
    children[0].suspend()
    server.kill()
    psutil.wait_procs([server], timeout=10)
    assert postgres.running() is None
    again = postgres.start()
    assert not any(child.is_running() for child in children)
    assert again.pid != found.pid
    assert again.url == found.url


@pytest.mark.needs_postgres
def test_postgres_folder_is_deep_it_does_without_socket(
    stack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    monkeypatch.setenv("QOF_LOCAL_DIR", str(deep))
    try:
        assert postgres.start().port
        assert not list((deep / "postgres" / "socket").iterdir())
    finally:
        postgres.stop()
        monkeypatch.setenv("QOF_LOCAL_DIR", str(stack))


@pytest.mark.needs_postgres
@pytest.mark.usefixtures("stack")
def test_postgres_port_is_taken_message_names_variable() -> None:
    port = paths.port_setting(postgres.PORT_VARIABLE, 0)
    with socket.create_server((ports.LOOPBACK, port)), pytest.raises(LocalStackError, match=postgres.PORT_VARIABLE):
        postgres.start()


@pytest.mark.needs_rabbitmq
@pytest.mark.usefixtures("stack")
async def test_rabbitmq_keeps_messages_over_restart_and_listens_on_loopback_only() -> None:
    found = await _in_thread(rabbitmq.start)
    assert await _in_thread(rabbitmq.start) == found
    family = _family(found.broker, found.epmd)
    assert {ip for ip, _ in _listeners(family)} <= {ports.LOOPBACK, "::1"}
    async with await aio_pika.connect(found.url) as connection:
        channel = await connection.channel()
        await channel.declare_queue("kept", durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(b"hello", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, "kept")
    assert await _in_thread(rabbitmq.stop)
    assert not any(pids.identify(process.pid) for process in family)
    assert all(ports.holder(found.port + offset) is None for offset in range(5))
    assert not rabbitmq.stop()
    again = await _in_thread(rabbitmq.start)
    async with await aio_pika.connect(again.url) as connection:
        queue = await (await connection.channel()).get_queue("kept")
        received = await queue.get(timeout=30)
        assert received is not None
        assert received.body == b"hello"


@pytest.mark.needs_postgres
@pytest.mark.needs_rabbitmq
@pytest.mark.usefixtures("stack")
def test_two_commands_at_once_one_stack_is_started() -> None:
    command = [sys.executable, "-m", "qof_local", "servers", "up"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    words = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert words[0].splitlines()[1:] == words[1].splitlines()[1:]
    shown = subprocess.run([*command[:-1], "env"], capture_output=True, text=True, check=True).stdout
    assert shown.startswith("export QOF_TEST_POSTGRES_URL=postgresql://qof:")
    stopped = subprocess.run([*command[:-1], "down"], capture_output=True, text=True, check=True).stdout
    assert stopped == "stopped: PostgreSQL, RabbitMQ\n"
    silent = subprocess.run([*command[:-1], "env"], capture_output=True, text=True)
    assert silent.returncode == 1
    assert "servers up" in silent.stderr


async def _in_thread(work: Callable[[], Found]) -> Found:
    """Starting opens event loops of its own, so it cannot run in one."""
    return await asyncio.to_thread(work)
