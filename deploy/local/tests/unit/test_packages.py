"""Is RabbitMQ found where it is, and does a copy work from any folder?"""

import os
import subprocess
from pathlib import Path

import pytest

from qof_local import packages
from qof_local.paths import LocalStackError


def _fake_root(root: Path) -> Path:
    for name in ("lib/rabbitmq/lib/rabbitmq_server-3.10.8/sbin/rabbitmq-server", "lib/erlang/erts-13.1/bin/epmd"):
        path = root / "usr" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
    (root / "usr/lib/x86_64-linux-gnu").mkdir()
    return root


@pytest.fixture(autouse=True)
def _private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_LOCAL_DIR", str(tmp_path / "stack"))


def test_copy_is_there_it_is_used_with_its_own_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = _fake_root(tmp_path / "stack" / "rabbitmq-dist")
    real = packages._at
    monkeypatch.setattr(packages, "_at", lambda root: None if root == Path("/") else real(root))
    found = packages.find()
    assert found.server.is_relative_to(copy)
    assert found.epmd.is_relative_to(copy)
    assert found.environment["LD_LIBRARY_PATH"] == f"{copy}/usr/lib/x86_64-linux-gnu"
    assert found.environment["PATH"].startswith(f"{copy}/usr/lib/erlang/bin:")


def test_half_a_copy_is_there_it_is_not_used(tmp_path: Path) -> None:
    copy = _fake_root(tmp_path / "half")
    next(copy.glob("usr/lib/erlang/erts-*/bin/epmd")).unlink()
    assert packages._at(copy) is None


@pytest.mark.parametrize("line", ["    ROOTDIR=/usr/lib/erlang\n", 'ROOTDIR="/usr/lib/erlang"\n'])
def test_start_script_names_old_root_copy_follows_variable(line: str, tmp_path: Path) -> None:
    script = tmp_path / "usr/lib/erlang/bin/erl"
    script.parent.mkdir(parents=True)
    script.write_text(f'#!/bin/sh\n{line}echo "$ROOTDIR"\n')
    packages._relocate(tmp_path)
    packages._relocate(tmp_path)

    def shown(environment: dict[str, str]) -> str:
        done = subprocess.run(["sh", script], env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert shown({**os.environ, "QOF_ERLANG_ROOT": "/a folder"}) == "/a folder"
    assert shown({}) == "/usr/lib/erlang"


def test_no_apt_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_at", lambda _: None)
    monkeypatch.setattr(packages.shutil, "which", lambda _: None)
    with pytest.raises(LocalStackError, match="sudo apt-get install rabbitmq-server"):
        packages.find()
