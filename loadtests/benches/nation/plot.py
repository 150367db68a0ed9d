"""Seconds per 1,000 practices against the size of the nation, and what took the processor time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loadtests.benches import plots
from loadtests.benches.machine import in_one_line
from loadtests.benches.nation.runs import FLAT, Line, Nation, lines

GROUPS = {
    "PostgreSQL": ("PostgreSQL",),
    "RabbitMQ": ("RabbitMQ",),
    "ingest": ("ingest-",),
    "calculator": ("calculator-",),
    "payments": ("payments-",),
    "declarations": ("declarations-",),
    "client": ("this demonstration",),
}
COLOURS = ("#003087", "#ae2573", "#41b6e6", "#005eb8", "#e8a33d", "#009639", "#768692")


def draw(file: Path, machine: dict[str, Any], nations: Sequence[Nation]) -> None:
    """Write the plot as a PNG."""
    found = lines(nations)
    figure, (left, right) = plots.new_figure(2, width=9.5, height=3.8)
    sizes = [line.practices for line in found]
    middle = found[len(found) // 2].per_thousand
    left.axhspan(middle * (1 - FLAT), middle * (1 + FLAT), color=plots.OURS, alpha=0.08, label=f"±{FLAT:.0%}")
    left.plot([n.practices for n in nations], [n.seconds / n.practices * 1000 for n in nations], ".", color=plots.RAW)
    left.plot(sizes, [line.per_thousand for line in found], "o-", color=plots.OURS, label="median")
    left.set_xscale("log")
    left.set_xticks(sizes, [f"{size:,}" for size in sizes])
    left.minorticks_off()
    left.set_ylim(bottom=0)
    left.set_xlabel("practices, from the first POST to the last report")
    left.set_title("Seconds per 1,000 practices")
    left.grid(axis="y")
    left.legend()
    _stack(right, found)
    plots.write(figure, file, in_one_line(machine))


def _stack(axes: Any, found: Sequence[Line]) -> None:
    labels = [f"{line.practices:,}" for line in found]
    bottoms = [0.0] * len(found)
    for (name, prefixes), colour in zip(GROUPS.items(), COLOURS, strict=True):
        shares = [
            sum(seconds for process, seconds in line.cpu_seconds.items() if process.startswith(prefixes))
            / line.practices
            * 1000
            for line in found
        ]
        axes.bar(labels, shares, bottom=bottoms, color=colour, label=name, width=0.6)
        bottoms = [bottom + share for bottom, share in zip(bottoms, shares, strict=True)]
    axes.set_xlabel("practices")
    axes.set_title("CPU seconds per 1,000 practices")
    axes.set_axisbelow(True)
    axes.grid(axis="y")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
