"""Where the Chromium of the browser tests comes from, and what is said where there is none."""

import stat
from pathlib import Path

import pytest

from qof_local import browser
from qof_local.browser import ensure_chromium, find_chromium
from qof_local.paths import LocalStackError


def a_program(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_named_chromium_goes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, named = a_program(tmp_path, "chromium"), a_program(tmp_path, "mine")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("QOF_TEST_CHROMIUM", raising=False)
    assert find_chromium() == str(found)
    monkeypatch.setenv("QOF_TEST_CHROMIUM", str(named))
    assert ensure_chromium() == str(named)


def test_named_chromium_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOF_TEST_CHROMIUM", str(tmp_path / "nothing"))
    with pytest.raises(LocalStackError, match="is not a program"):
        find_chromium()


def test_without_one_and_without_rights_the_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("QOF_TEST_CHROMIUM", raising=False)
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    with pytest.raises(LocalStackError, match="sudo apt-get install --yes --no-install-recommends chromium"):
        ensure_chromium()
