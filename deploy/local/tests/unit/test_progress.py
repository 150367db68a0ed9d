"""Is progress told in plain lines where nobody watches a terminal?"""

import io

import pytest
from rich.console import Console

from qof_local import progress
from qof_local.progress import Progress


def test_no_terminal_lines_with_rate_and_time_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    output = io.StringIO()
    with Progress(Console(file=output, width=200)) as shown:
        shown.add("accepted", "calculated", total=1_000)
        shown.show({"accepted": 500, "calculated": 200}, "300 queued")
        shown.end({"accepted": 1_000, "calculated": 1_000})
    first, last = output.getvalue().splitlines()
    assert "accepted 500/1,000" in first
    assert "s to go" in first
    assert first.endswith("300 queued")
    assert last.endswith("accepted 1,000/1,000  calculated 1,000/1,000")


def test_terminal_bars() -> None:
    output = io.StringIO()
    with Progress(Console(file=output, width=200, force_terminal=True)) as shown:
        shown.add("accepted", total=10)
        shown.end({"accepted": 10})
    assert "10/10" in output.getvalue()
