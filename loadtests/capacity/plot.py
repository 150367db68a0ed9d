"""Predicted and measured courses of a surge, and what waits meanwhile. Needs the bench environment."""

from pathlib import Path

from loadtests.benches import plots
from loadtests.benches.machine import in_one_line
from loadtests.capacity.report import Told

SHOWN = {"accepted": "ingest-api", "calculated": "calculator-worker", "achievements": "payments-worker"}
"""What was counted -> the station whose end it is."""


def draw(file: Path, told: Told) -> None:
    """One panel for each nation that was predicted and then run."""
    figure, panels = plots.new_figure(len(told.trials), width=5.0 * len(told.trials), height=3.8)
    for panel, trial, prediction in zip(panels, told.trials, told.predictions, strict=True):
        for (counted, station), colour in zip(SHOWN.items(), plots.PARTS, strict=True):
            looks = [look for look in trial.course if counted in look and "achievements" in look]
            panel.plot(
                [look["seconds"] for look in looks], [look[counted] for look in looks], color=colour, label=counted
            )
            moments = prediction.surge_course.done[station]
            panel.plot([at for at, _ in moments], [count for _, count in moments], "--", color=colour, linewidth=1)
        panel.set_title(f"{trial.size}")
        panel.set_xlabel("seconds since the first POST; dashed: predicted")
        panel.set_ylim(bottom=0)
        panel.grid(axis="y")
        panel.legend(loc="lower right")
    plots.write(figure, file, in_one_line(told.machine))
