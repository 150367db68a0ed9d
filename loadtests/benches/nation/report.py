"""How are the nations told? As a Markdown table with verdicts beneath, and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from loadtests.benches.machine import in_one_line
from loadtests.benches.nation.runs import Line, Nation, lines, verdicts

HEAD = (
    "| practices | n | seconds, median (min-max) | seconds per 1,000 | CPU s per 1,000"
    " | largest parts of the CPU time | largest process of ours, PSS MB |\n"
    "| --- | --- | --- | --- | --- | --- | --- |"
)
PARTS = 4


def markdown(machine: dict[str, Any], nations: Sequence[Nation]) -> str:
    """The table, what set the pace, the verdicts, the machine."""
    found = lines(nations)
    rows = [
        f"| {line.practices:,} | {line.runs} | {line.seconds:.1f} ({line.fastest:.1f}-{line.slowest:.1f})"
        f" | {line.per_thousand:.2f} | {line.cpu_per_thousand:.2f} | {_parts(line)} | {line.largest_pss / 1e6:.0f} |"
        for line in found
    ]
    paces = [f"- {line.practices:,} practices: {line.pace}" for line in found]
    marks = {True: "met", False: "MISSED"}
    told = [f"- {marks[one.is_met]}: {one.target} ({one.measured})" for one in verdicts(found)]
    return "\n".join((HEAD, *rows, "", *paces, "", f"{in_one_line(machine)}.", "", *told))


def _parts(line: Line) -> str:
    whole = sum(line.cpu_seconds.values())
    largest = sorted(line.cpu_seconds.items(), key=lambda item: -item[1])[:PARTS]
    return ", ".join(f"{name} {seconds / whole:.0%}" for name, seconds in largest)


def write_json(file: Path, machine: Mapping[str, Any], nations: Sequence[Nation]) -> None:
    """Machine, medians, verdicts, and every run."""
    found = lines(nations)
    document = {
        "machine": machine,
        "lines": [asdict(line) for line in found],
        "verdicts": [asdict(verdict) for verdict in verdicts(found)],
        "runs": [asdict(nation) for nation in nations],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
