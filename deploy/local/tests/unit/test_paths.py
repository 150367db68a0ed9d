"""Are private files where we say, private, and guarded against two commands at once?"""

import stat
from pathlib import Path

import pytest

from qof_local import paths
from qof_local.paths import LocalStackError


@pytest.fixture(autouse=True)
def _private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_LOCAL_DIR", str(tmp_path / "stack"))


def test_environment_names_folder_everything_is_below_it(tmp_path: Path) -> None:
    assert paths.log_file("x") == tmp_path / "stack" / "log" / "x.log"


def test_no_environment_folder_belongs_to_this_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QOF_LOCAL_DIR")
    assert paths.local_dir().name == ".local"
    assert (paths.local_dir().parent / "uv.lock").is_file()


def test_private_file_nobody_else_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "password"
    paths.write_private(path, "one")
    paths.write_private(path, "two")
    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("text", ["http", "80", "70000", "-1", "12.5"])
def test_port_makes_no_sense_message_names_variable(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_LOCAL_POSTGRES_PORT", text)
    with pytest.raises(LocalStackError, match="QOF_LOCAL_POSTGRES_PORT"):
        paths.port_setting("QOF_LOCAL_POSTGRES_PORT", 25432)


def test_lock_is_held_second_command_gives_up_in_bounded_time() -> None:
    with (
        paths.only_one("servers"),
        pytest.raises(LocalStackError, match=r"servers\.lock"),
        paths.only_one("servers", seconds=0.1),
    ):
        pass
    with paths.only_one("servers", seconds=0.1):
        pass


def test_log_is_long_only_its_end_is_shown() -> None:
    paths.log_file("worker").write_text("\n".join(f"line {number}" for number in range(100)))
    assert paths.log_tail("worker", 2) == "\n    line 98\n    line 99"
    assert paths.log_tail("never written") == ""
