"""How does it look? The queue and what was said about it; how often each stated time was kept."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes

from loadtests.benches.eta.figures import LEAST, MOST, Judged, lines
from loadtests.benches.eta.trace import PRACTICE, SUPPLIER, Trace
from loadtests.benches.plots import FRAMEWORK, OURS, RAW, new_figure, write


def draw(file: Path, trace: Trace, judged: Sequence[Judged], footnote: str) -> None:
    """The newest run's queue, and all runs' calibration."""
    figure, (queue, waits, kept) = new_figure(3, width=12.5, height=3.4)
    _queue(queue, trace)
    _waits(waits, judged)
    _kept(kept, judged)
    write(figure, file, footnote)


def _queue(axes: Axes, trace: Trace) -> None:
    zero = trace.began[0]
    for whose, colour in ((SUPPLIER, RAW), (PRACTICE, OURS)):
        steps = sorted(
            [(one.since, 1) for one in trace.queues[whose].waited]
            + [(one.until, -1) for one in trace.queues[whose].waited]
        )
        moments, lengths, length = [], [], 0
        for at, step in steps:
            length += step
            moments.append(at - zero)
            lengths.append(length)
        axes.plot(moments, lengths, color=colour, label=f"of {whose}s")
    for at, words in ((trace.posted_until[0], "all posted"), (trace.lost_at, "worker lost")):
        axes.axvline(at - zero, color=FRAMEWORK, linewidth=0.8)
        axes.text(at - zero, axes.get_ylim()[1], words, rotation=90, va="top", ha="right", fontsize=7)
    axes.set_title("Extracts that wait, newest run")
    axes.set_xlabel("seconds")
    axes.grid(axis="y")
    axes.legend(loc="upper left", fontsize=7)


def _waits(axes: Axes, judged: Sequence[Judged]) -> None:
    told = [one for one in judged if one.bound is not None and one.expected is not None]
    axes.plot(
        [one.waited for one in told],
        [one.bound for one in told],
        ".",
        color=OURS,
        markersize=2,
        alpha=0.5,
        label="nine times of ten by",
    )
    axes.plot(
        [one.waited for one in told],
        [one.expected for one in told],
        ".",
        color=RAW,
        markersize=2,
        alpha=0.5,
        label="expected",
    )
    longest = max((one.waited for one in told), default=1.0)
    axes.plot([0, longest], [0, longest], color=FRAMEWORK, linewidth=0.8)
    axes.set_ylim(0, longest * 2)
    axes.set_title("Seconds said, by seconds waited")
    axes.set_xlabel("above the line: through by the time said")
    axes.legend(loc="upper left", fontsize=7, markerscale=4)


def _kept(axes: Axes, judged: Sequence[Judged]) -> None:
    shown = [line for line in lines(judged) if line.who == "all"][::-1]
    values = [line.kept * 100 for line in shown]
    axes.axvspan(LEAST * 100, MOST * 100, color=OURS, alpha=0.15)
    bars = axes.barh([line.phase for line in shown], values, color=OURS, height=0.6)
    axes.bar_label(bars, labels=[f"{value:.0f} %" for value in values], padding=3)
    axes.set_xlim(0, 115)
    axes.set_title("Through by the 90 % time")
    axes.set_axisbelow(True)
    axes.grid(axis="x")
