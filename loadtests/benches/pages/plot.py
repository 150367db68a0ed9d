"""How does the comparison look? Rates beside each other, and where the processor time of a request goes."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from loadtests.benches.pages.figures import AGAIN, BARE_INSERT, BARE_PAGE, OWN, SIGN_API, SIGN_PAGE, Run, medians
from loadtests.benches.plots import OURS, PARTS, RAW, new_figure, write

READING, SIGNING = (BARE_PAGE, OWN, AGAIN), (BARE_INSERT, SIGN_PAGE, SIGN_API)
_PARTS = {"server": "server_us", "PostgreSQL": "postgres_us"}


def draw(file: Path, runs: Sequence[Run], footnote: str) -> None:
    of = medians(runs)
    figure, (reading, signing, parts) = new_figure(3, width=12, height=2.6)
    _rates(reading, "Reports read a second", [of[name] for name in READING])
    _rates(signing, "Signatures a second", [of[name] for name in SIGNING])
    _times(parts, [of[name] for name in (*READING, *SIGNING)])
    write(figure, file, footnote)


def _rates(axes: Axes, title: str, runs: Sequence[Run]) -> None:
    shown = runs[::-1]
    values = [run.per_second for run in shown]
    colours = [RAW if run.subject in (BARE_PAGE, BARE_INSERT) else OURS for run in shown]
    bars = axes.barh([run.subject for run in shown], values, color=colours, height=0.6)
    axes.bar_label(bars, labels=[f"{value:,.0f}" for value in values], padding=3)
    axes.set_title(title)
    axes.set_xlim(0, max(values) * 1.2)
    axes.grid(axis="x")
    axes.set_axisbelow(True)


def _times(axes: Axes, runs: Sequence[Run]) -> None:
    shown = runs[::-1]
    left = [0.0] * len(shown)
    for colour, (label, part) in zip(PARTS[:2], _PARTS.items(), strict=True):
        widths = [float(getattr(run, part)) / 1000 for run in shown]
        axes.barh([run.subject for run in shown], widths, left=left, color=colour, label=label, height=0.6)
        left = [before + width for before, width in zip(left, widths, strict=True)]
    axes.set_title("Processor ms a request")
    axes.legend(loc="lower right", fontsize=7)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
