"""How are the figures told? A table and the targets, for a terminal and for JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from loadtests.benches.ingest.figures import Run, medians, targets
from loadtests.benches.reporting import markdown_table, verdict, write_document

HEADINGS = ("", "extracts/s", "p50 ms", "p99 ms", "server us", "PostgreSQL us", "broker us", "load us", "peak MB")


def table(runs: Sequence[Run]) -> str:
    """Medians, in Markdown; the extremes of the rate beside it."""
    rows = []
    for subject, run in medians(runs).items():
        rates = [one.per_second for one in runs if one.subject == subject]
        times = (run.server_us, run.postgres_us, run.broker_us, run.load_us)
        rows.append(
            (
                subject,
                f"{run.per_second:,.0f} ({min(rates):,.0f}-{max(rates):,.0f})",
                f"{run.p50_ms:,.1f}",
                f"{run.p99_ms:,.1f}",
                *(f"{time:,.0f}" for time in times),
                f"{run.peak_mb:,.0f}",
            )
        )
    return markdown_table(HEADINGS, rows)


def verdicts(runs: Sequence[Run]) -> list[str]:
    return [verdict(target) for target in targets(medians(runs))]


def write_json(file: Path, machine: Mapping[str, object], load: Mapping[str, object], runs: Sequence[Run]) -> None:
    document = {
        "machine": machine,
        "load": load,
        "medians": medians(runs),
        "targets": targets(medians(runs)),
        "runs": runs,
    }
    write_document(file, document)
