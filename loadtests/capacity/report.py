"""How is capacity told? Costs, predictions beside measurements, and what three nations take."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loadtests.benches.machine import in_one_line
from loadtests.benches.reporting import markdown_table, write_document
from loadtests.capacity.costs import CLIENT
from loadtests.capacity.prediction import CLOSE, LAST_OF_REPORTS, LAST_OF_SURGE, RECEIVING, Fit, Prediction
from loadtests.capacity.sizing import Goals, Pages, Plan, Storage
from loadtests.capacity.trial import Trial


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that one run of `make capacity` found."""

    machine: dict[str, Any]
    fit: Fit
    trials: Sequence[Trial]
    predictions: Sequence[Prediction]
    storage: Storage
    goals: Goals
    pages: Pages
    plans: Sequence[Plan]
    drains: Mapping[int, float]
    """Practices -> seconds in which the planned cluster takes them all."""


def markdown(told: Told) -> str:
    """Three tables, verdicts and the machine."""
    return "\n\n".join((_costs(told), _predictions(told), _plans(told), f"{in_one_line(told.machine)}."))


def _costs(told: Told) -> str:
    costs = told.fit.costs
    names = sorted(
        {*costs.surge, *costs.reports} - {CLIENT, "provider"},
        key=lambda name: -(costs.surge.get(name, 0.0) + costs.reports.get(name, 0.0)),
    )
    stages = (costs.surge, costs.reports)
    rows = [
        [name, *(f"{stage.get(name, 0.0) * 1e6:,.0f}" for stage in stages), f"{_peak(told, name) / 1e6:,.0f}"]
        for name in names
    ]
    rows.append(["all", *(f"{sum(stage.values()) * 1e6:,.0f}" for stage in stages), ""])
    head = ["process", "us a practice: extract to achievement", "us a practice: freeze to report", "peak MB of one"]
    receiving, later, reports = (
        f"{seconds * 1000:.0f} ms"
        for seconds in (
            told.fit.surge_pauses[RECEIVING],
            told.fit.surge_pauses[LAST_OF_SURGE],
            told.fit.reports_pauses[LAST_OF_REPORTS],
        )
    )
    waits = (
        f"For what is no processor time a batch waits {receiving} when received, {later} at each station after that,"
        f" and {reports} at each on the way to a report: these three are fitted, all else is measured."
    )
    return f"{markdown_table(head, rows)}\n\nMeasured on {costs.practices:,} practices. {waits}"


def _peak(told: Told, name: str) -> int:
    peaks = told.fit.costs.peak_bytes
    return max((size for process, size in peaks.items() if process.startswith(name)), default=0)


def _predictions(told: Told) -> str:
    rows = [
        [
            str(one.size),
            f"{one.slower:.2f}",
            f"{one.surge:.1f}",
            f"{one.measured_surge:.1f}",
            f"{one.reports:.1f}",
            f"{one.measured_reports:.1f}",
            f"{one.error:+.0%}",
        ]
        for one in told.predictions
    ]
    columns = ("surge s, predicted", "measured", "reports s, predicted", "measured", "error of both")
    table = markdown_table(["nation", "slower by", *columns], rows)
    mark = "holds" if all(one.is_close for one in told.predictions) else "FAILS"
    return f"{table}\n\n- {mark}: predictions within {CLOSE:.0%} of what was measured afterwards"


def _plans(told: Told) -> str:
    plans = told.plans
    processes = list(plans[0].replicas)
    rows = [[f"{name} replicas", *(f"{one.replicas[name]:,}" for one in plans)] for name in processes]
    databases = list(plans[0].connections)
    rows += [[f"connections to {name}", *(f"{one.connections[name]:,}" for one in plans)] for name in databases]
    rows += [
        ["PostgreSQL, cores", *(f"{one.database_cores:.1f}" for one in plans)],
        ["RabbitMQ, cores", *(f"{one.broker_cores:.1f}" for one in plans)],
        ["queue memory, everything waiting, MB", *(f"{one.queue_memory_bytes / 1e6:,.1f}" for one in plans)],
        ["queue on disk, each member, GB", *(f"{one.queue_disk_bytes / 1e9:,.2f}" for one in plans)],
    ]
    rows += [
        [f"database of {name}, GB", *(f"{one.database_bytes[name] / 1e9:,.2f}" for one in plans)]
        for name in told.storage.databases
    ]
    rows += [
        ["the freeze, s", *(f"{one.freeze_seconds:,.0f}" for one in plans)],
        ["a herd, until the last reads their report, s", *(f"{one.herd_seconds:,.0f}" for one in plans)],
        ["posted at once, calculated in, s (simulated)", *(f"{told.drains[one.practices]:,.0f}" for one in plans)],
    ]
    return markdown_table(["", *(f"{one.practices:,} practices" for one in plans)], rows)


def write_json(file: Path, told: Told) -> None:
    """Everything but the courses, which the plot shows."""
    write_document(
        file,
        {
            "machine": told.machine,
            "costs": asdict(told.fit.costs),
            "pauses": {"surge": told.fit.surge_pauses, "reports": told.fit.reports_pauses},
            "predictions": [
                {
                    "practices": one.size.practices,
                    "calculators": one.size.calculators,
                    "slower": one.slower,
                    "surge": one.surge,
                    "reports": one.reports,
                    "measured_surge": one.measured_surge,
                    "measured_reports": one.measured_reports,
                    "error": one.error,
                }
                for one in told.predictions
            ],
            "storage": asdict(told.storage),
            "goals": asdict(told.goals),
            "pages": asdict(told.pages),
            "plans": [asdict(one) for one in told.plans],
            "drains": {str(practices): seconds for practices, seconds in told.drains.items()},
        },
    )
