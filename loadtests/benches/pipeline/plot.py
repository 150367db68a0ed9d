"""What does the comparison look like? Left the rates at every backlog, right where a job's processor time goes."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from loadtests.benches.machine import in_one_line
from loadtests.benches.pipeline.catalogue import variant_named
from loadtests.benches.pipeline.results import Bench, Result
from loadtests.benches.pipeline.summary import Line, summarise
from loadtests.benches.plots import FRAMEWORK, OURS, PARTS, RAW, new_figure, write

COLOURS = {"ours": OURS, "raw": RAW, "framework": FRAMEWORK}
SMALLEST_DOT, LARGEST_DOT = 14.0, 48.0


def draw(file: Path, bench: Bench, results: Sequence[Result]) -> None:
    """Write the plot as PNG: a row per variant, fastest on top, as at the largest backlog that each was run at."""
    lines = [line for line in summarise(results) if line.rate > 0]
    if not lines:
        return
    backlogs = sorted({line.backlog for line in lines})
    largest = {line.variant: line for line in lines}  # by backlog, so the last one stays
    order = sorted(largest, key=lambda name: largest[name].rate)
    figure, (rates, costs) = new_figure(2, width=10.5, height=1.6 + 0.42 * len(order), share_rows=True)
    _draw_rates(rates, lines, order, backlogs)
    _draw_costs(costs, [largest[name] for name in order])
    write(figure, file, f"{bench.job['indicators']} indicators a job. {in_one_line(bench.machine)}")


def _draw_rates(axes: Axes, lines: Sequence[Line], order: Sequence[str], backlogs: Sequence[int]) -> None:
    for row, name in enumerate(order):
        of_variant = [line for line in lines if line.variant == name]
        colour = COLOURS[variant_named(name).kind]
        for line in of_variant:
            place = backlogs.index(line.backlog)
            height = row + (place - (len(backlogs) - 1) / 2) * 0.24
            axes.plot([line.slowest, line.fastest], [height] * 2, color=colour, linewidth=1.2, alpha=0.6)
            axes.scatter([line.rate], [height], s=_dot(place, len(backlogs)), color=colour, zorder=3)
        last = of_variant[-1]
        axes.annotate(
            f"{last.rate:,.0f}",
            (max(line.fastest for line in of_variant), row),
            xytext=(7, -3),
            textcoords="offset points",
            fontsize=8,
            color=colour,
        )
    axes.set_xscale("log")
    axes.set_xlim(min(line.slowest for line in lines) * 0.8, max(line.fastest for line in lines) * 1.5)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x")
    axes.set_yticks(range(len(order)), [variant_named(name).title for name in order])
    axes.set_title("Jobs a second (logarithmic)")
    sizes = ", ".join(f"{backlog:,}" for backlog in backlogs)
    axes.set_xlabel(f"backlog, small to large dots: {sizes}; line: slowest to fastest run")


def _dot(place: int, count: int) -> float:
    return SMALLEST_DOT + (LARGEST_DOT - SMALLEST_DOT) * place / max(count - 1, 1)


def _draw_costs(axes: Axes, lines: Sequence[Line]) -> None:
    lefts = [0.0] * len(lines)
    parts = {"workers": "workers", "broker": "RabbitMQ", "postgres": "PostgreSQL"}
    for (part, label), colour in zip(parts.items(), PARTS, strict=True):
        widths = [getattr(line.cost, part) for line in lines]
        axes.barh(range(len(lines)), widths, left=lefts, height=0.55, color=colour, label=label)
        lefts = [left + width for left, width in zip(lefts, widths, strict=True)]
    for row, total in enumerate(lefts):
        axes.annotate(f"{total:.2f}", (total, row), xytext=(4, -3), textcoords="offset points", fontsize=8)
    axes.set_xlim(0, max(lefts) * 1.12)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.legend(loc="upper right", fontsize=8)
    axes.set_title("Milliseconds of processor time for one job")
    axes.set_xlabel("all processes, at the largest backlog")
