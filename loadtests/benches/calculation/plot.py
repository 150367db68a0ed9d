"""The engines beside each other, and a practice's cost against the size of the nation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loadtests.benches import plots
from loadtests.benches.calculation.figures import FLAT, Engine, engines
from loadtests.benches.calculation.names import EXPLAINED, LEAN, RATIONAL, Run

COLOURS = {LEAN: plots.OURS, EXPLAINED: plots.OURS, RATIONAL: plots.FRAMEWORK}


def draw(file: Path, footnote: str, runs: Sequence[Run], practices: int) -> None:
    """Write the plot as a PNG."""
    found = engines(runs)
    figure, (left, right) = plots.new_figure(2, width=10.5, height=3.4)
    beside = [one for one in found if one.engine != LEAN or one.practices == practices]
    _bars(left, sorted(beside, key=lambda one: one.fastest, reverse=True))
    _sizes(right, [one for one in found if one.engine == LEAN], [run for run in runs if run.engine == LEAN], practices)
    plots.write(figure, file, footnote)


def _bars(axes: Any, found: Sequence[Engine]) -> None:
    bars = axes.barh(
        [one.engine for one in found],
        [one.fastest for one in found],
        color=[COLOURS.get(one.engine, plots.RAW) for one in found],
        height=0.6,
    )
    axes.bar_label(bars, labels=[f"{one.fastest:,.0f}" for one in found], padding=3)
    axes.set_xscale("log")
    axes.set_xlim(1, max(one.fastest for one in found) * 4)
    axes.set_title("Microseconds a practice (logarithmic)")
    axes.grid(axis="x")
    axes.set_axisbelow(True)


def _sizes(axes: Any, found: Sequence[Engine], runs: Sequence[Run], practices: int) -> None:
    sizes = sorted(found, key=lambda one: one.practices)
    (middle,) = [one.fastest for one in found if one.practices == practices]
    axes.axhspan(middle * (1 - FLAT), middle * (1 + FLAT), color=plots.OURS, alpha=0.08, label=f"±{FLAT:.0%}")
    axes.plot([run.practices for run in runs], [run.microseconds for run in runs], ".", color=plots.RAW)
    fastest = [one.fastest for one in sizes]
    axes.plot([one.practices for one in sizes], fastest, "o-", color=plots.OURS, label="fastest run")
    axes.set_xscale("log")
    axes.set_xticks([one.practices for one in sizes], [f"{one.practices:,}" for one in sizes])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("practices of the nation")
    axes.set_title("Recalculation: microseconds a practice")
    axes.grid(axis="y")
    axes.legend()
