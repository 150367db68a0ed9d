"""How is a bench told? As Markdown tables with verdicts beneath, and as JSON for whoever draws other conclusions."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from loadtests.benches.machine import in_one_line
from loadtests.benches.pipeline.catalogue import CELERY, VARIANTS, variant_named
from loadtests.benches.pipeline.results import Bench, Result
from loadtests.benches.pipeline.summary import Line, best_framework, rates_at, ratio, summarise, verdicts

HEAD = (
    "| pipeline | n | jobs/s, median (min-max) | × best framework | × Celery"
    " | ms of processor a job: workers + broker + PostgreSQL | peak PSS, MB | enqueued/s | lost | doubled |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def markdown(bench: Bench, results: Sequence[Result]) -> str:
    """A table for each backlog, fastest first, then what the targets say."""
    lines = summarise(results)
    parts = [_table(backlog, lines) for backlog in sorted({line.backlog for line in lines})]
    job = bench.job
    parts.append(
        f"One job: {job['indicators']} indicators, {job['median_event_bytes']:,} bytes, {job['nation']}"
        f" {job['qof_year']}. {in_one_line(bench.machine)}. Other processes took"
        f" {min(line.others for line in lines):.0%} to {max(line.others for line in lines):.0%} of the machine."
    )
    marks = {True: "met", False: "MISSED", None: "open"}
    parts.append("\n".join(f"- {marks[one.is_met]}: {one.target} ({one.measured})" for one in verdicts(lines)))
    return "\n\n".join(parts)


def _table(backlog: int, lines: Sequence[Line]) -> str:
    rates = rates_at(lines, backlog)
    best = best_framework(rates)
    at_backlog = sorted((line for line in lines if line.backlog == backlog), key=lambda line: -line.rate)
    rows = [
        " | ".join(
            (
                f"| {variant_named(line.variant).title}",
                str(line.runs),
                f"{line.rate:,.0f} ({line.slowest:,.0f}-{line.fastest:,.0f})",
                _times(ratio(rates, line.variant, best)),
                _times(ratio(rates, line.variant, CELERY)),
                f"{line.cost.workers:.2f} + {line.cost.broker:.2f} + {line.cost.postgres:.2f} = {line.cost.total:.2f}",
                f"{line.peak_pss / 1e6:.0f}",
                f"{line.enqueued_per_second:,.0f}",
                str(line.lost),
                f"{line.doubled} |",
            )
        )
        for line in at_backlog
    ]
    return "\n".join((f"Backlog {backlog:,}", "", HEAD, *rows))


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def write_json(file: Path, bench: Bench, results: Sequence[Result]) -> None:
    """Everything: machine, job, how each variant is kept safe, lines, verdicts, and every run."""
    lines = summarise(results)
    document = {
        "machine": bench.machine,
        "job": bench.job,
        "variants": {one.name: {"title": one.title, "durability": one.durability} for one in VARIANTS},
        "lines": [
            {**asdict(line), "cost": {**msgspec.to_builtins(line.cost), "total": line.cost.total}} for line in lines
        ],
        "verdicts": [asdict(verdict) for verdict in verdicts(lines)],
        "runs": msgspec.to_builtins(results),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
