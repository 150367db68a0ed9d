"""How does a run look? Arrivals, queue depth, oldest age, latency and memory over time. Needs the bench environment."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from loadtests.benches.plots import FRAMEWORK, OURS, RAW, STYLE, write
from loadtests.scorecard import read_scorecard

Samples = Sequence[Mapping[str, Any]]
MIB = 1024 * 1024
SERVICES = ("#005eb8", "#41b6e6", "#e8a33d", "#ae2573", "#768692", "#78be20")


def draw(results: Path) -> Path:
    """Draw the scorecard of a results folder beside it; returns the file."""
    card = read_scorecard(results)
    samples: Samples = card["samples"]
    mpl.use("Agg")
    mpl.rcParams.update(STYLE)
    figure, axes = plt.subplots(5, 1, figsize=(9, 8), sharex=True)
    came, depth, age, quick, memory = axes
    _lines(came, samples, "People: came, signed in, signed, waiting", ("arrivals", "signed_in", "signed", "waiting"))
    _lines(depth, samples, "Queue depth: messages", ("queue_depth",))
    _lines(age, samples, "Oldest extract in flight: seconds", ("oldest_seconds",))
    _lines(quick, samples, "Answers of the last second: p50 and p99 in seconds", ("p50", "p99"))
    _memory(memory, samples)
    for axis in axes:
        for phase in card["phases"]:
            axis.axvline(phase["began"], color=RAW, linewidth=0.6, linestyle=":")
        axis.set_ylim(bottom=0)
    for phase in card["phases"]:
        came.annotate(phase["name"], (phase["began"], 1), xycoords=("data", "axes fraction"), fontsize=7, va="top")
    memory.set_xlabel("seconds")
    verdict = "passed" if card["has_passed"] else "FAILED"
    figure.suptitle(f"{card['shape']}: {verdict}", x=0.01, ha="left", weight="bold")
    file = results / "scorecard.png"
    asked = card["asked"]
    write(figure, file, f"{asked['practices']:,} practices; {card['began_at']}; {card['machine']['processors']} cores")
    return file


def _lines(axis: Axes, samples: Samples, title: str, names: Sequence[str]) -> None:
    axis.set_title(title)
    axis.grid(axis="y")
    for name, colour in zip(names, (OURS, "#41b6e6", FRAMEWORK, "#e8a33d"), strict=False):
        points = [(one["moment"], one[name]) for one in samples if one[name] is not None]
        if points:
            axis.plot(*zip(*points, strict=True), color=colour, linewidth=1.2, label=name.replace("_", " "))
        else:
            axis.text(0.01, 0.4, f"{name.replace('_', ' ')}: not told", transform=axis.transAxes, color=RAW, fontsize=7)
    if axis.lines:
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7)


def _memory(axis: Axes, samples: Samples) -> None:
    axis.set_title("Memory of our processes: MiB")
    axis.grid(axis="y")
    names = sorted({name.partition("-")[0] for one in samples for name in one["memory"]})
    if not names:
        axis.text(0.01, 0.4, "memory: not told", transform=axis.transAxes, color=RAW, fontsize=7)
        return
    moments = [one["moment"] for one in samples]
    layers = [
        [sum(held for key, held in one["memory"].items() if key.partition("-")[0] == name) / MIB for one in samples]
        for name in names
    ]
    axis.stackplot(moments, layers, labels=names, colors=SERVICES[: len(names)], linewidth=0)
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7)
