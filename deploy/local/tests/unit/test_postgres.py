"""Is the right PostgreSQL chosen, and never another's server taken for ours?"""

import os
from pathlib import Path

import pytest

from qof_local import databases, postgres
from qof_local.paths import LocalStackError


@pytest.fixture(autouse=True)
def _private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_LOCAL_DIR", str(tmp_path / "stack"))
    monkeypatch.delenv("QOF_POSTGRES_BIN", raising=False)


def _fake_binaries(folder: Path, version: str = "17.1") -> Path:
    folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres"):
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


def test_folder_chosen_it_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_POSTGRES_BIN", str(_fake_binaries(tmp_path / "bin")))
    assert postgres.binaries() == tmp_path / "bin"


def test_chosen_folder_is_empty_message_names_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(LocalStackError, match="QOF_POSTGRES_BIN"):
        postgres.binaries()


def test_wheel_without_binaries_system_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_wheel", lambda: [tmp_path / "nothing"])
    monkeypatch.setattr(postgres, "_system", lambda: [_fake_binaries(tmp_path / "system")])
    assert postgres.binaries() == tmp_path / "system"
    monkeypatch.setattr(postgres, "_system", list)
    with pytest.raises(LocalStackError, match="apt-get install postgresql"):
        postgres.binaries()


def test_lock_file_names_another_process_it_is_not_ours() -> None:
    data = postgres._data()
    data.mkdir(parents=True)
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n25432\n\n127.0.0.1\n")
    assert postgres.running() is None
    assert postgres.stop() is False


def test_data_of_another_version_message_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_POSTGRES_BIN", str(_fake_binaries(tmp_path / "bin")))
    data = postgres._data()
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")
    with pytest.raises(LocalStackError, match="made by PostgreSQL 15"):
        postgres._check_version(data)
    (data / "PG_VERSION").write_text("17\n")
    postgres._check_version(data)


def test_database_has_its_own_role_url_keeps_password_and_options() -> None:
    url = databases.database_url("postgresql://qof:p%40ss@127.0.0.1:25432/postgres?sslmode=disable", "qof_ingest")
    assert url == "postgresql://qof_ingest:p%40ss@127.0.0.1:25432/qof_ingest?sslmode=disable"
    assert databases.database_url("postgresql://127.0.0.1/x", "a") == "postgresql://a@127.0.0.1/a"


@pytest.mark.parametrize("name", ['a"; DROP DATABASE x', "Upper", "", "1a", "a" * 64])
async def test_database_name_is_dangerous_it_is_refused(name: str) -> None:
    with pytest.raises(LocalStackError, match="database name"):
        await databases.create_database("postgresql://nowhere", name)
