"""How far is it, and how long will it take? Bars on a terminal, plain lines elsewhere."""

import time
from collections.abc import Mapping
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

LINE_SECONDS = 2.0


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


class Progress:
    """Named rows of work, each out of a total, and what waits in the queue meanwhile."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Bars(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._rows: dict[str, TaskID] = {}
        self._began = self._last_line = time.monotonic()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def add(self, *names: str, total: int) -> None:
        """Begin rows of work, all of that many pieces."""
        for name in names:
            self._rows[name] = self._bars.add_task(name, total=total, note="")
        self._began = time.monotonic()

    def show(self, done: Mapping[str, int], note: str = "") -> None:
        """Say how much of each row is done; the note stands beside the first of them."""
        self._move_bars(done, note)
        if not self._console.is_terminal and time.monotonic() - self._last_line >= LINE_SECONDS:
            self._line(done, note)

    def end(self, done: Mapping[str, int]) -> None:
        """Show the last state of these rows, however short the last line is ago."""
        self._move_bars(done, "")
        if not self._console.is_terminal:
            self._line(done, "")

    def _move_bars(self, done: Mapping[str, int], note: str) -> None:
        first = next(iter(done))
        for name, count in done.items():
            self._bars.update(self._rows[name], completed=count, note=note if name == first else "")

    def _line(self, done: Mapping[str, int], note: str) -> None:
        self._last_line = time.monotonic()
        seconds = self._last_line - self._began
        parts = [f"{name} {count:,}/{self._total(name):,}" for name, count in done.items()]
        slowest = min(done, key=lambda name: done[name] / max(self._total(name), 1))
        rate = done[slowest] / seconds if seconds else 0.0
        if rate and done[slowest] < self._total(slowest):
            parts.append(f"{rate:,.0f}/s, {(self._total(slowest) - done[slowest]) / rate:,.0f} s to go")
        self._console.print(f"  {seconds:5.1f} s  {'  '.join(parts)}  {note}".rstrip(), soft_wrap=True)

    def _total(self, name: str) -> int:
        return int(next(task.total or 0 for task in self._bars.tasks if task.id == self._rows[name]))
