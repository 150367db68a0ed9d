"""How does the comparison look? Rates beside each other, and where the processor time of an extract goes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from loadtests.benches.ingest.figures import BARE, NAIVE, Run, medians
from loadtests.benches.plots import FRAMEWORK, OURS, PARTS, RAW, new_figure, write

COLOURS = {BARE: RAW, NAIVE: FRAMEWORK}


def draw(file: Path, runs: Sequence[Run], footnote: str) -> None:
    of: Mapping[str, Run] = medians(runs)
    names = list(of)[::-1]
    figure, (rates, parts) = new_figure(2, width=9, height=2.8, share_rows=True)
    values = [of[name].per_second for name in names]
    bars = rates.barh(names, values, color=[COLOURS.get(name, OURS) for name in names], height=0.6)
    rates.bar_label(bars, labels=[f"{value:,.0f}" for value in values], padding=3)
    rates.set_title("Extracts a second, 202 and safe")
    rates.set_xlim(0, max(values) * 1.15)
    left = [0.0] * len(names)
    for colour, (label, part) in zip(PARTS, _PARTS.items(), strict=True):
        widths = [float(getattr(of[name], part)) for name in names]
        parts.barh(names, widths, left=left, color=colour, label=label, height=0.6)
        left = [before + width for before, width in zip(left, widths, strict=True)]
    parts.set_title("Processor time of one extract, us")
    parts.legend(loc="lower right", fontsize=7)
    for axes in (rates, parts):
        axes.grid(axis="x")
        axes.set_axisbelow(True)
    write(figure, file, footnote)


_PARTS = {"server": "server_us", "PostgreSQL": "postgres_us", "RabbitMQ": "broker_us"}
