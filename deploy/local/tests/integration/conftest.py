"""A private stack of its own for each test: own folder, own free ports, nothing left behind."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from qof_local import packages, paths, postgres, processes, rabbitmq, servers

PORTS_OF_A_BROKER = 5


@pytest.fixture
def free_port() -> int:
    return _free_row(21_000, 1)


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    unpacked = packages._unpacked()
    folder = tmp_path / "stack"
    folder.mkdir()
    if unpacked.is_dir():
        # The copy can be moved, so it need not be fetched for each test.
        (folder / "rabbitmq-dist").symlink_to(unpacked)
    for name in ("QOF_POSTGRES_URL", "QOF_BROKER_URL", "QOF_BROKER_MANAGEMENT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QOF_LOCAL_DIR", str(folder))
    monkeypatch.setenv(postgres.PORT_VARIABLE, str(_free_row(22_000, 1)))
    monkeypatch.setenv(rabbitmq.PORT_VARIABLE, str(_free_row(23_000, PORTS_OF_A_BROKER)))
    postgres._other_user.cache_clear()
    yield folder
    assert paths.local_dir() == folder
    processes.stop_all()
    servers.stop_servers()
    postgres._other_user.cache_clear()


def _free_row(start: int, length: int) -> int:
    """The first of so many neighbouring free ports, below those the kernel gives to clients."""
    for first in range(start, start + 1_000, length):
        taken = []
        for port in range(first, first + length):
            with socket.socket() as probe:
                taken.append(probe.connect_ex(("127.0.0.1", port)) == 0)
        if not any(taken):
            return first
    raise AssertionError(f"no free ports in the 1000 from {start}")
