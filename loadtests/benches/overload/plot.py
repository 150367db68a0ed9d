"""How does it look? Goodput over load, and who was answered."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from loadtests.benches.overload.figures import WITH, WITHOUT, Run
from loadtests.benches.overload.plan import Kind
from loadtests.benches.plots import FRAMEWORK, OURS, RAW, new_figure, write

KINDS = {Kind.SIGN: "#005eb8", Kind.REPORT: "#41b6e6", Kind.STATUS: "#e8a33d", Kind.PREVIEW: "#ae2573"}


def draw(file: Path, runs: Sequence[Run], capacity: float, footnote: str) -> None:
    figure, (goodput, ours, bare) = new_figure(3, width=12, height=2.8)
    _goodput(goodput, runs, capacity)
    _shares(ours, "Answered well, with the door", [run for run in runs if run.subject == WITH])
    _shares(bare, "Answered well, without", [run for run in runs if run.subject == WITHOUT])
    write(figure, file, footnote)


def _goodput(axes: Axes, runs: Sequence[Run], capacity: float) -> None:
    for subject, colour in ((WITH, OURS), (WITHOUT, FRAMEWORK)):
        line = [run for run in runs if run.subject == subject]
        axes.plot([run.factor for run in line], [run.goodput for run in line], "o-", color=colour, label=subject)
    axes.axhline(capacity, color=RAW, linewidth=0.8, linestyle="--", label="capacity, closed loop")
    axes.set_title("Good answers a second, by their cost")
    axes.set_xlabel("load, times the capacity")
    axes.set_ylim(0, None)
    axes.grid(axis="y")
    axes.legend(fontsize=7)


def _shares(axes: Axes, title: str, runs: Sequence[Run]) -> None:
    width = 0.2
    for number, (kind, colour) in enumerate(KINDS.items()):
        at = [place + (number - 1.5) * width for place in range(len(runs))]
        axes.bar(at, [run.kinds[kind].share * 100 for run in runs], width, color=colour, label=kind)
    axes.set_title(title)
    axes.set_xticks(range(len(runs)), [f"{run.factor:g}x" for run in runs])
    axes.set_ylabel("% of those asked")
    axes.set_ylim(0, 105)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.legend(fontsize=7, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.1), frameon=False)
