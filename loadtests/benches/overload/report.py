"""How are the figures told? A table and the targets, for a terminal and for JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from loadtests.benches.overload.figures import Run, targets
from loadtests.benches.overload.plan import Kind
from loadtests.benches.overload.trial import Capacity
from loadtests.benches.reporting import markdown_table, verdict, write_document

OVERALL = ("load", "", "goodput/s (rounds)", "answers/s", "shed p50 / p99 ms", "told, s", "server", "database", "load")
OF_KIND = ("load", "", "", "offered", "well", "share", "late", "shed", "lost", "p50 ms", "p99 ms")


def tables(runs: Sequence[Run]) -> str:
    """Two, in Markdown: each run as a whole, and kind by kind."""
    whole = [
        (
            f"{run.factor:g}x",
            run.subject,
            f"{run.goodput:,.1f} ({min(run.goodputs):,.0f}-{max(run.goodputs):,.0f})",
            f"{run.answers_per_second:,.1f}",
            f"{run.shed_p50_ms:,.0f} / {run.shed_p99_ms:,.0f}" if run.retry_after else "-",
            f"{run.retry_after[0]}-{run.retry_after[1]}" if run.retry_after else "-",
            *(f"{cores:.2f}" for cores in (run.server_cores, run.postgres_cores, run.load_cores)),
        )
        for run in runs
    ]
    kinds = [
        (
            f"{run.factor:g}x",
            run.subject,
            kind,
            *(f"{value:,}" for value in (found.offered, found.well)),
            f"{found.share:.0%}",
            *(f"{value:,}" for value in (found.late, found.shed, found.lost)),
            f"{found.p50_ms:,.0f}",
            f"{found.p99_ms:,.0f}",
        )
        for run in runs
        for kind, found in run.kinds.items()
    ]
    return f"{markdown_table(OVERALL, whole)}\n\n{markdown_table(OF_KIND, kinds)}"


def told(capacity: Capacity) -> str:
    costs = ", ".join(f"{kind} {cost * 1000:.1f} ms" for kind, cost in capacity.costs.items())
    return f"capacity: {capacity.per_second:,.1f} requests/s of the mix; processor time of an answer: {costs}"


def verdicts(runs: Sequence[Run]) -> list[str]:
    return [verdict(target) for target in targets(runs)]


def write_json(
    file: Path, machine: Mapping[str, object], load: Mapping[str, object], capacity: Capacity, runs: Sequence[Run]
) -> None:
    document = {
        "machine": machine,
        "load": load,
        "capacity": {"per_second": capacity.per_second, "costs": dict[Kind, float](capacity.costs)},
        "targets": targets(runs),
        "runs": runs,
    }
    write_document(file, document)
