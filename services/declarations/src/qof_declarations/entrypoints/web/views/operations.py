"""The running of the system as a page shows it: queues with their last minutes, bars, the ledger in a line."""

from collections.abc import Sequence
from dataclasses import dataclass

from qof_declarations.core.operations import CALCULATION, Facts, Gravity, Pipeline, QueueState, Verdict
from qof_declarations.core.operations_verdicts import advice_for, verdicts
from qof_declarations.entrypoints.web.views.national import share_of
from qof_declarations.entrypoints.web.words import clock, count

PLOT_WIDTH, PLOT_HEIGHT = 300, 60
SUPPLIERS_SHOWN = 12

WORDS = {
    "calculator.extracts": "Extracts to be calculated",
    "ingest.outcomes": "Outcomes for suppliers",
    "ingest.determinations": "Determinations for newer extracts",
    "payments.directory": "Practices and collections, for payments",
    "payments.achievements": "Points, for payments",
    "payments.entitlements": "Pounds to be worked out",
    "payments.approvals": "Payments to be instructed",
    "payments.declarations": "What practices signed, for payments",
    "declarations.directory": "Practices and collections, for the pages",
    "declarations.extracts": "Extracts that arrived, for the pages",
    "declarations.achievements": "Points, for reports",
    "declarations.entitlements": "Pounds, for reports",
    "declarations.payments": "Payments, for the pages",
    "declarations.log": "Receipts to be logged",
}
"""What a queue holds, for somebody who does not know its name."""

GRAVITIES = {
    Gravity.STOPPED: ("Stopped", "red"),
    Gravity.TROUBLE: ("Needs you", "orange"),
    Gravity.WORKING: ("Working", "blue"),
    Gravity.FINE: ("All well", "green"),
}


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A verdict with the word and colour of its gravity."""

    verdict: Verdict
    word: str
    colour: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The last minutes of a queue; `depth` and `done` are points of lines in the plot's coordinates."""

    depth: str
    done: str
    most_depth: str
    most_done: str
    minutes: int
    told: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue as text, and its plot where anything happened."""

    name: str
    holds: str
    waiting: str
    done: str
    arriving: str
    drain: str
    workers: str
    retrying: str
    dead: str
    plot: Plot | None
    is_quiet: bool


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """A supplier's practices in a collection, and how far their extracts are."""

    name: str
    collection: str
    expected: str
    practices: str
    share: str
    width: str
    accepted: str
    reported: str
    rejected: str
    in_flight: str


@dataclass(frozen=True, slots=True)
class DeadRow:
    """Dead letters of one reason."""

    queue: str
    reason: str
    letters: str
    advice: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of the system, and whether it answers."""

    name: str
    answers: bool
    told: str


@dataclass(frozen=True, slots=True)
class OperationsView:
    """The whole page."""

    verdicts: Sequence[VerdictRow]
    queues: Sequence[QueueRow]
    quiet: Sequence[QueueRow]
    main: Plot | None
    suppliers: Sequence[SupplierRow]
    more_suppliers: int
    dead: Sequence[DeadRow]
    parts: Sequence[PartRow]
    oldest: str
    signed: str
    looked: str


def operations_view(facts: Facts) -> OperationsView:
    """Everything that the page says, from what is known."""
    pipeline = facts.pipeline
    queues = [queue_row(queue) for queue in (pipeline.queues or ())] if pipeline else []
    calculation = next((row for row in queues if row.name == CALCULATION), None)
    suppliers = _suppliers(pipeline) if pipeline else []
    return OperationsView(
        verdicts=[VerdictRow(one, *GRAVITIES[one.gravity]) for one in verdicts(facts, clock)],
        queues=[row for row in queues if not row.is_quiet or row is calculation],
        quiet=[row for row in queues if row.is_quiet and row is not calculation],
        main=calculation.plot if calculation else None,
        suppliers=suppliers[:SUPPLIERS_SHOWN],
        more_suppliers=max(0, len(suppliers) - SUPPLIERS_SHOWN),
        dead=_dead(pipeline) if pipeline else [],
        parts=_parts(facts),
        oldest=_oldest(pipeline),
        signed=_signed(facts),
        looked=clock(facts.now),
    )


def queue_row(queue: QueueState) -> QueueRow:
    """A queue in words. It is quiet where nothing waits, nothing died and somebody would work on what comes."""
    return QueueRow(
        name=queue.name,
        holds=WORDS.get(queue.name, queue.name),
        waiting=count(queue.waiting),
        done=_rate(queue.done),
        arriving=_rate(queue.arriving),
        drain=_drain(queue),
        workers=count(queue.consumers) if queue.consumers else "none",
        retrying=count(queue.retrying),
        dead=count(queue.dead),
        plot=plot_of(queue),
        is_quiet=bool(queue.consumers) and not (queue.waiting or queue.dead or queue.retrying),
    )


def plot_of(queue: QueueState) -> Plot | None:
    """Depth and rate of the last minutes; None where the broker has no samples, or nothing ever happened in them."""
    history = queue.history
    most_depth = max((sample.depth for sample in history), default=0)
    most_done = max((sample.done for sample in history), default=0.0)
    if len(history) < 2 or not (most_depth or most_done):
        return None
    minutes = max(1, round((history[-1].at - history[0].at).total_seconds() / 60))
    return Plot(
        depth=_line([sample.depth for sample in history], most_depth),
        done=_line([sample.done for sample in history], most_done),
        most_depth=count(most_depth),
        most_done=_rate(most_done),
        minutes=minutes,
        told=(
            f"{queue.name} in the last {minutes} minutes: at most {count(most_depth)} messages waited, now"
            f" {count(history[-1].depth)}; at most {_rate(most_done)} were done a second,"
            f" now {_rate(history[-1].done)}."
        ),
    )


def _line(values: Sequence[float], most: float) -> str:
    step = PLOT_WIDTH / (len(values) - 1)
    return " ".join(
        f"{place * step:.1f},{PLOT_HEIGHT - (value / most * PLOT_HEIGHT if most else 0):.1f}"
        for place, value in enumerate(values)
    )


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 or rate == 0 else f"{rate:.1f}"


def _drain(queue: QueueState) -> str:
    seconds = queue.drain_seconds
    if seconds == 0:
        return "empty"
    return "not becoming emptier" if seconds is None else duration(seconds)


def duration(seconds: float) -> str:
    """42 seconds; 7 minutes; 3 hours."""
    for size, unit in ((3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}s"
    whole = max(1, round(seconds))
    return "1 second" if whole == 1 else f"{whole} seconds"


def _oldest(pipeline: Pipeline | None) -> str:
    if pipeline is None:
        return "not known"
    seconds = pipeline.oldest_in_flight_seconds
    return "none in flight" if seconds is None else duration(seconds)


def _suppliers(pipeline: Pipeline) -> list[SupplierRow]:
    """Those with work in flight first; else as ingest tells them, the newest collection first."""
    return [
        SupplierRow(
            one.name,
            one.collection,
            count(one.expected),
            count(one.practices),
            *share_of(one.practices, one.expected),
            count(one.accepted),
            count(one.reported),
            count(one.rejected),
            count(one.in_flight),
        )
        for one in sorted(pipeline.suppliers, key=lambda one: not one.in_flight)
    ]


def _dead(pipeline: Pipeline) -> list[DeadRow]:
    rows = [DeadRow(one.queue, one.reason, count(one.letters), advice_for(one.reason)) for one in pipeline.dead_reasons]
    told = {one.queue for one in pipeline.dead_reasons}
    for queue in pipeline.queues or ():
        if queue.dead and queue.name not in told:
            where = f"Their reasons are told by python -m qof_{queue.service} dead."
            rows.append(DeadRow(queue.name, "not read from here", count(queue.dead), where))
    return rows


def _parts(facts: Facts) -> list[PartRow]:
    pipeline, own = facts.pipeline, facts.own
    broker = pipeline is not None and pipeline.queues is not None
    return [
        PartRow("ingest, and its database", pipeline is not None, facts.pipeline_problem or "answers"),
        PartRow(
            "RabbitMQ",
            broker,
            "answers" if broker else (pipeline.queues_problem if pipeline else None) or "cannot be seen without ingest",
        ),
        PartRow("payments, and its database", facts.payments_answers, "answers" if facts.payments_answers else "away"),
        PartRow(
            "the database of these pages",
            own is not None,
            f"answered in {own.milliseconds:.0f} ms; {count(own.outbox_rows)} events in its outbox" if own else "away",
        ),
    ]


def _signed(facts: Facts) -> str:
    if facts.own is None:
        return "not known"
    minutes = facts.own.signed_minutes
    return f"{count(sum(minutes))} in the last {len(minutes)} minutes, {count(sum(minutes[-1:]))} in the last one"
