"""What runs now, and how long will the bench still take? A bar on a terminal, a line per run elsewhere."""

import time
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from loadtests.benches.pipeline.plan import Run
from loadtests.benches.pipeline.results import Result


class _Remaining(ProgressColumn):
    """Counts down to the moment at which the bench should end."""

    def render(self, task: Task) -> Text:
        seconds = max(int(task.fields["ends_at"] - time.monotonic()), 0)
        return Text(f"about {seconds // 60}:{seconds % 60:02} to go")


class BenchProgress:
    """One row for the whole bench; its length is in expected seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            _Remaining(),
            console=console,
            disable=not console.is_terminal,
        )
        self._began = time.monotonic()
        self._task = self._bar.add_task("", total=1, ends_at=self._began)
        self._prefix = ""
        self._jobs = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, run: Run, jobs: int, expected: float) -> None:
        """A run of so many jobs begins; it and all that follow should take `expected` seconds."""
        self._prefix = f"{run.variant} {run.backlog:,} #{run.repetition + 1}"
        self._jobs = jobs
        now = time.monotonic()
        self._bar.update(self._task, total=now - self._began + expected, ends_at=now + expected)
        self.show("starting", 0)

    def show(self, doing: str, jobs: int) -> None:
        count = f" {jobs:,}/{self._jobs:,}" if jobs else ""
        completed = time.monotonic() - self._began
        self._bar.update(self._task, description=f"{self._prefix}: {doing}{count}", completed=completed)

    def end(self, result: Result) -> None:
        """Say what a run has shown; it stays on the screen."""
        fault = "" if result.is_faultless else "  FAULT: " + faults_of(result)
        self._console.print(
            f"{result.variant:<15} {result.backlog:>7,} #{result.repetition + 1}"
            f" {result.jobs_per_second:>8,.0f} jobs/s  {result.cost.total:6.2f} ms a job"
            f"  {result.peak_pss / 1e6:4.0f} MB  others {result.others:3.0%}  {result.wall_seconds:5.0f} s{fault}",
            soft_wrap=True,
            highlight=False,
        )


def faults_of(result: Result) -> str:
    """What is wrong with a run, in words."""
    return (
        f"{result.lost} lost, {result.doubled} doubled, left in queues: {result.left or 'nothing'},"
        f" points {'agree' if result.points_agree else 'DIFFER'}"
    )
