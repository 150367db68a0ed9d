"""How are the engines told? As a Markdown table with ratios and verdicts beneath, and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from loadtests.benches.calculation.figures import engines, parts, ratios, targets
from loadtests.benches.calculation.names import Run

HEAD = (
    "| engine | practices | n | us a practice, fastest (median, slowest) | practices/s |\n"
    "| --- | --- | --- | --- | --- |"
)


def machine_line(machine: Mapping[str, object]) -> str:
    return (
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB, Python {machine['python']}, "
        f"NumPy {machine['numpy']}, load {machine['load_before']} before, {machine['date']}"
    )


def markdown(machine: Mapping[str, object], runs: Sequence[Run], practices: int) -> str:
    rows = [
        f"| {one.engine} | {one.practices:,} | {one.runs} | {one.fastest:,.1f} ({one.median:,.1f}, {one.slowest:,.1f})"
        f" | {1e6 / one.fastest:,.0f} |"
        for one in engines(runs)
    ]
    told = ", ".join(f"{part} {microseconds:.1f}" for part, microseconds in parts(runs, practices).items())
    marks = {True: "met", False: "MISSED"}
    verdicts = [f"- {marks[one.holds]}: {one.aim} ({one.found})" for one in targets(runs, practices)]
    sentences = [
        f"OpenQOF's recalculation of {practices:,} practices, us a practice: {told}.",
        f"Beside it, {'; '.join(ratios(runs, practices))}.",
        f"{machine_line(machine)}.",
    ]
    return "\n".join((HEAD, *rows, "", *sentences, "", *verdicts))


def write_json(file: Path, machine: Mapping[str, object], runs: Sequence[Run], practices: int) -> None:
    document = {
        "machine": machine,
        "practices": practices,
        "engines": [asdict(one) for one in engines(runs)],
        "parts": parts(runs, practices),
        "ratios": ratios(runs, practices),
        "targets": [asdict(one) for one in targets(runs, practices)],
        "runs": [asdict(run) for run in runs],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
