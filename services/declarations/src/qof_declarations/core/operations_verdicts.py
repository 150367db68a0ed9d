"""Which sentences does an operator get at 3 a.m.? Each rule sees one thing; the gravest comes first."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from qof_declarations.core.operations import (
    CALCULATION,
    FRESH_SECONDS,
    STILL_SECONDS,
    Facts,
    Gravity,
    Pipeline,
    QueueState,
    Verdict,
    done_by,
)

Clock = Callable[[datetime], str]
"""Writes a moment as people read it: 3:14am."""


def verdicts(facts: Facts, clock: Clock) -> Sequence[Verdict]:
    """All that is to be said, the gravest first; never nothing."""
    found = [*_away(facts)]
    if facts.pipeline is not None:
        found += [*_broker(facts.pipeline), *_workers(facts.pipeline), *_relays(facts, facts.pipeline)]
        found += [*_books(facts.pipeline), *_failures(facts.pipeline)]
        found += _waiting(facts, facts.pipeline, clock, is_moving=not any(one.gravity < 1 for one in found))
    if not found:
        found.append(_fine(facts))
    return sorted(found, key=lambda verdict: verdict.gravity)


def _away(facts: Facts) -> Iterator[Verdict]:
    if facts.own is None:
        yield Verdict(
            Gravity.STOPPED,
            "database-away",
            "The database of declarations does not answer",
            "Practices and commissioners see a page that waits by itself. Nothing that was signed is lost.",
            (
                "Look whether PostgreSQL runs, and has connections and disk left.",
                "Nothing has to be started again: everything goes on by itself when it answers.",
            ),
        )
    if facts.pipeline is None:
        yield Verdict(
            Gravity.STOPPED,
            "ingest-away",
            "Ingest does not answer",
            "Suppliers cannot send extracts at the moment, and this page cannot see queues, workers and the ledger."
            f" What has a receipt is safe. {facts.pipeline_problem or ''}".rstrip(),
            (
                "Look whether ingest's api process runs, and what its /health/ready says.",
                "If its database is away, see to that first: ingest answers again by itself.",
            ),
        )
    if not facts.payments_answers:
        yield Verdict(
            Gravity.TROUBLE,
            "payments-away",
            "Payments does not answer",
            "National figures cannot be proposed or frozen. Practices can read and sign what they have.",
            ("Look whether the payments api process runs, and what its /health/ready says.",),
        )


def _broker(pipeline: Pipeline) -> Iterator[Verdict]:
    if pipeline.queues is None:
        yield Verdict(
            Gravity.TROUBLE,
            "broker-away",
            "RabbitMQ does not say what its queues hold",
            f"{pipeline.queues_problem or ''} Queues, workers and dead letters cannot be seen from here. If the broker"
            " itself is away, extracts are still taken and wait in ingest's outbox.".strip(),
            (
                "Look whether RabbitMQ runs, and whether its management plugin is switched on.",
                "If the outbox below grows, the broker itself is away: start it. Nothing is lost meanwhile.",
            ),
        )


def _workers(pipeline: Pipeline) -> Iterator[Verdict]:
    queues = pipeline.queues or ()
    for service in dict.fromkeys(queue.service for queue in queues if not queue.consumers):
        yield _nobody(service, [queue for queue in queues if queue.service == service and not queue.consumers])
    for queue in queues:
        if queue.consumers and queue.waiting and queue.is_idle and _is_still(queue):
            yield Verdict(
                Gravity.STOPPED,
                "standing-still",
                f"Workers hold {queue.name} and finish nothing",
                f"{_wait(queue.waiting)}, and none was finished in the last minute.",
                (
                    f"Read the log of the {queue.service} worker: it says which dependency it waits for.",
                    "Mostly it is the database of that service. Workers go on by themselves when it answers.",
                ),
            )


def _is_still(queue: QueueState) -> bool:
    """Did the queue have work in every sample of the last minute?"""
    newest = queue.history[-2:]
    span = (newest[-1].at - newest[0].at).total_seconds() if newest else 0
    return len(newest) == 2 and span >= STILL_SECONDS / 2 and all(sample.depth for sample in newest)


def _nobody(service: str, queues: Sequence[QueueState]) -> Verdict:
    """One verdict for all queues of a service: one process works on them."""
    is_calculation = any(queue.name == CALCULATION for queue in queues)
    waiting = sum(queue.waiting for queue in queues)
    where = queues[0].name if len(queues) == 1 else f"{len(queues)} queues of {service}"
    heading = f"Nobody works on {where}: no worker is connected"
    if is_calculation:
        heading = "Nothing is being calculated: no worker is connected"
    waits = _wait(waiting) if waiting else "Nothing waits there yet, but what comes will wait"
    return Verdict(
        Gravity.STOPPED if waiting or is_calculation else Gravity.TROUBLE,
        "no-worker",
        heading,
        f"{waits}. Nothing is lost.",
        (
            f"Start one: python -m qof_{service} worker. On a cluster, look at the deployment {service}-worker; on one"
            " machine, make up.",
            "If it starts and ends again, its log says why: often a queue that could lose messages (TopologyError).",
        ),
    )


def _relays(facts: Facts, pipeline: Pipeline) -> Iterator[Verdict]:
    calculation = next((queue for queue in pipeline.queues or () if queue.name == CALCULATION), None)
    is_old = (pipeline.oldest_in_flight_seconds or 0) > FRESH_SECONDS * 3
    if pipeline.outbox_rows and is_old and calculation is not None and calculation.arriving == 0:
        yield _relay("ingest", pipeline.outbox_rows, "Extracts that were accepted do not reach the calculators.")
    if facts.own is not None and facts.own.outbox_rows > 1000:
        yield _relay("declarations", facts.own.outbox_rows, "What was signed or approved does not reach the others.")


def _relay(service: str, rows: int, means: str) -> Verdict:
    return Verdict(
        Gravity.STOPPED if service == "ingest" else Gravity.TROUBLE,
        "relay",
        f"{rows:,} events wait in the outbox of {service} and do not leave",
        f"{means} They are safe in the database.",
        (
            f"Look whether the {service} relay runs: python -m qof_{service} relay. Its log says what it waits for.",
            "Rows with a refusal (SELECT refusal, count(*) FROM outbox GROUP BY 1) say why the broker would not"
            " take them.",
        ),
    )


def _books(pipeline: Pipeline) -> Iterator[Verdict]:
    ledger = pipeline.ledger
    if not ledger.balances:
        yield Verdict(
            Gravity.TROUBLE,
            "books",
            "The ledger does not balance",
            ledger.problem or "Extracts are missing between acceptance and outcome.",
            (
                "Look whether the calculator's relay runs, then ingest's worker: what is on its way may be held there.",
                "If it does not balance a quarter of an hour after every queue is empty, keep logs and databases as"
                " they are and call a developer. Every extract is in ingest's database and can be accepted again.",
            ),
        )


def _failures(pipeline: Pipeline) -> Iterator[Verdict]:
    queues = pipeline.queues or ()
    dead = sum(queue.dead for queue in queues)
    if dead:
        services = sorted({queue.service for queue in queues if queue.dead})
        yield Verdict(
            Gravity.TROUBLE,
            "dead-letters",
            "1 message is dead" if dead == 1 else f"{dead:,} messages are dead",
            "Trying again could not help them. They wait for a person, each with its reason; the table below has them.",
            (
                "Mend the cause first: the table of dead letters says what each reason asks for.",
                *(f"Then send them back: python -m qof_{service} dead --return." for service in services),
            ),
        )
    retrying = sum(queue.retrying for queue in queues)
    if retrying:
        yield Verdict(
            Gravity.WORKING,
            "retries",
            "1 message failed and will be tried again"
            if retrying == 1
            else f"{retrying:,} messages failed and will be tried again",
            "Each is tried five times within about six minutes, and only then dead.",
            ("Nothing yet. If the number grows, read the log of the worker of the queue that has them.",),
        )


def _waiting(facts: Facts, pipeline: Pipeline, clock: Clock, *, is_moving: bool) -> list[Verdict]:
    ledger, oldest = pipeline.ledger, pipeline.oldest_in_flight_seconds or 0
    if not ledger.in_flight or (oldest < FRESH_SECONDS and ledger.in_flight < 100):
        return []
    when = done_by(facts) if is_moving else None
    extracts = "1 extract" if ledger.in_flight == 1 else f"{ledger.in_flight:,} extracts"
    until = f"done by about {clock(when)}" if when else "nobody can say yet until when"
    calculation = next((queue for queue in pipeline.queues or () if queue.name == CALCULATION), None)
    does_grow = calculation is not None and calculation.waiting > 0 and calculation.arriving > calculation.done
    do = ["Nothing: a queue is no fault, and nothing in it expires."]
    if does_grow:
        do.append("More comes than is done. If that goes on, start more calculator workers: they share the queue.")
    return [
        Verdict(
            Gravity.WORKING,
            "work-waits",
            f"Work is waiting: {extracts}, {until}",
            "Every one of them has a receipt and is safe.",
            tuple(do),
        )
    ]


def _fine(facts: Facts) -> Verdict:
    in_flight = facts.pipeline.ledger.in_flight if facts.pipeline else 0
    means = "Nothing waits." if not in_flight else f"{in_flight:,} on their way, none older than a few seconds."
    return Verdict(
        Gravity.FINE,
        "flowing",
        "Everything is flowing",
        f"{means} Every queue has a worker, nothing is dead, and the ledger balances.",
    )


def _wait(count: int) -> str:
    return "1 message waits" if count == 1 else f"{count:,} messages wait"


ADVICE: Sequence[tuple[str, str]] = (
    ("NoRulesetError", "There is no rule set for that nation and year. Release the rule set, then send them back."),
    (
        "UnpayableAchievementError",
        "Pounds cannot be worked out, often because a national figure is missing. Freeze figures that have it, then"
        " send them back.",
    ),
    (
        "InstructionError",
        "What finance approved is not what was calculated, or the practice is paid already. Look; never force: a second"
        " payment is a decision of people.",
    ),
    (
        "not an event envelope",
        "Something else published here, or an older release reads a newer event. Find who published it.",
    ),
    ("not an array of event envelopes", "Something else published here. Find who published it."),
    ("unknown event type", "An older release reads a newer event. Deploy the newer one, then send them back."),
    ("failed 5 times", "A fault in our code or data. The worker's log of that message has the traceback."),
    (
        "delivery_limit",
        "Workers died each time they took it. Look at their memory and logs before you send it back.",
    ),
)
"""How a reason begins -> what to do about it; docs/operating.md has the same table."""


def advice_for(reason: str) -> str:
    """What a person does about dead letters of this reason."""
    for beginning, advice in ADVICE:
        if reason.startswith(beginning):
            return advice
    return "Read the log of the worker that gave it up, mend the cause, then send it back."
