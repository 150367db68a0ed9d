"""What an operator is told: every case, and the gravest first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qof_declarations.core.operations import (
    Facts,
    Gravity,
    LedgerLine,
    Look,
    Own,
    Pipeline,
    QueueSample,
    QueueState,
    done_by,
    extracts_per_second,
)
from qof_declarations.core.operations_verdicts import ADVICE, Verdict, advice_for, verdicts
from qof_shared.testing.fakes import NOON

CALM = QueueState("calculator.extracts", "calculator", 0, 0, 0, 0, 2, 0.0, 0.0)
OTHER = QueueState("payments.entitlements", "payments", 0, 0, 0, 0, 1, 0.0, 0.0)
BALANCED = LedgerLine(100, 90, 10, 0, 0, True, 0, None)
PIPELINE = Pipeline(NOON, BALANCED, None, (), 0, (CALM, OTHER), None, ())
FACTS = Facts(NOON, PIPELINE, None, Own((0,) * 15, 0, 1.0), True)


def told(facts: Facts) -> list[Verdict]:
    return list(verdicts(facts, lambda moment: f"{moment:%H:%M}"))


def with_pipeline(**changed: object) -> Facts:
    return replace(FACTS, pipeline=replace(PIPELINE, **changed))


def with_queue(queue: QueueState, **changed: object) -> Facts:
    return with_pipeline(queues=(queue, OTHER), **changed)


def with_ledger(**changed: object) -> LedgerLine:
    return replace(BALANCED, **changed)


def samples(*depths: int, done: float = 0.0) -> tuple[QueueSample, ...]:
    return tuple(
        QueueSample(NOON - timedelta(seconds=30 * (len(depths) - place)), depth, done)
        for place, depth in enumerate(depths, 1)
    )


def test_when_all_is_well_one_sentence_says_so() -> None:
    (verdict,) = told(FACTS)
    assert (verdict.gravity, verdict.heading) == (Gravity.FINE, "Everything is flowing")
    assert verdict.means.startswith("Nothing waits.")


def test_a_few_young_extracts_are_flowing() -> None:
    facts = with_pipeline(ledger=with_ledger(accepted=105, in_flight=5), oldest_in_flight_seconds=2.0)
    (verdict,) = told(facts)
    assert verdict.heading == "Everything is flowing"
    assert verdict.means.startswith("5 on their way")


def test_work_that_waits_says_until_when_by_the_looks() -> None:
    looks = (Look(NOON - timedelta(seconds=60), 0), Look(NOON, 600))
    facts = replace(
        with_queue(
            replace(CALM, ready=40, done=1.0), ledger=with_ledger(in_flight=3210), oldest_in_flight_seconds=50.0
        ),
        looks=looks,
    )
    (verdict,) = told(facts)
    assert (verdict.gravity, verdict.topic) == (Gravity.WORKING, "work-waits")
    assert verdict.heading == "Work is waiting: 3,210 extracts, done by about 12:05"


def test_without_looks_the_rate_of_the_slowest_queue_says_until_when() -> None:
    queue = replace(CALM, ready=100, unacknowledged=20, done=3.0, arriving=1.0)
    facts = with_queue(queue, ledger=with_ledger(in_flight=200), oldest_in_flight_seconds=60.0)
    assert done_by(facts) == NOON + timedelta(seconds=60)
    facts = with_queue(replace(queue, arriving=3.0), ledger=with_ledger(in_flight=200), oldest_in_flight_seconds=60.0)
    (verdict,) = told(facts)
    assert "nobody can say yet" in verdict.heading


def test_a_queue_that_grows_asks_for_workers() -> None:
    queue = replace(CALM, ready=100, done=3.0, arriving=5.0)
    (verdict,) = told(with_queue(queue, ledger=with_ledger(in_flight=2000), oldest_in_flight_seconds=60.0))
    assert "start more calculator workers" in verdict.do[1]


def test_without_a_worker_nothing_is_calculated() -> None:
    first, *rest = told(
        with_queue(
            replace(CALM, consumers=0, ready=7), ledger=with_ledger(in_flight=150), oldest_in_flight_seconds=90.0
        )
    )
    assert first.gravity is Gravity.STOPPED
    assert first.heading == "Nothing is being calculated: no worker is connected"
    assert "7 messages wait" in first.means
    assert "python -m qof_calculator worker" in first.do[0]
    assert [one.heading for one in rest] == ["Work is waiting: 150 extracts, nobody can say yet until when"]


@pytest.mark.parametrize(("waiting", "gravity"), [(0, Gravity.TROUBLE), (1, Gravity.STOPPED)])
def test_another_queue_without_a_worker_is_as_grave_as_what_waits(waiting: int, gravity: Gravity) -> None:
    (verdict,) = told(with_pipeline(queues=(CALM, replace(OTHER, consumers=0, ready=waiting))))
    assert verdict.gravity is gravity
    assert verdict.heading == "Nobody works on payments.entitlements: no worker is connected"


def test_all_queues_of_a_service_without_a_worker_are_one_verdict() -> None:
    queues = (CALM, replace(OTHER, consumers=0), replace(OTHER, name="payments.approvals", consumers=0, ready=3))
    (verdict,) = told(with_pipeline(queues=queues))
    assert verdict.heading == "Nobody works on 2 queues of payments: no worker is connected"
    assert verdict.means.startswith("3 messages wait.")


def test_workers_that_finish_nothing_for_a_minute_stand_still() -> None:
    queue = replace(CALM, unacknowledged=40, history=samples(40, 40))
    (verdict,) = told(with_queue(queue))
    assert (verdict.gravity, verdict.topic) == (Gravity.STOPPED, "standing-still")
    assert verdict.heading == "Workers hold calculator.extracts and finish nothing"


@pytest.mark.parametrize(
    "queue",
    [
        replace(CALM, unacknowledged=40, history=samples(40, 40), done=1.0),
        replace(CALM, unacknowledged=40, history=samples(40, 40, done=2.0)),
        replace(CALM, unacknowledged=40, history=samples(0, 40)),
        replace(CALM, unacknowledged=40, history=samples(40)),
    ],
    ids=["done now", "done lately", "just arrived", "hardly seen"],
)
def test_workers_are_not_called_still_too_early(queue: QueueState) -> None:
    assert [one.heading for one in told(with_queue(queue))] == ["Everything is flowing"]


def test_an_outbox_that_does_not_empty_is_the_relays() -> None:
    (verdict, *_) = told(
        with_pipeline(outbox_rows=1200, oldest_in_flight_seconds=45.0, ledger=with_ledger(in_flight=1200))
    )
    assert (verdict.gravity, verdict.topic) == (Gravity.STOPPED, "relay")
    assert verdict.heading == "1,200 events wait in the outbox of ingest and do not leave"
    moving = with_queue(replace(CALM, arriving=9.0), outbox_rows=1200, oldest_in_flight_seconds=45.0)
    assert [one.topic for one in told(moving)] == ["flowing"]
    ours = replace(FACTS, own=Own((0,), 1001, 1.0))
    assert [one.heading for one in told(ours)] == ["1,001 events wait in the outbox of declarations and do not leave"]


def test_a_ledger_that_does_not_balance_is_told_with_its_reason() -> None:
    (verdict,) = told(with_pipeline(ledger=with_ledger(balances=False, problem="5 extracts are nowhere.")))
    assert (verdict.gravity, verdict.means) == (Gravity.TROUBLE, "5 extracts are nowhere.")


def test_dead_letters_name_the_command_of_each_service() -> None:
    (verdict,) = told(with_pipeline(queues=(replace(CALM, dead=2), replace(OTHER, dead=1))))
    assert (verdict.gravity, verdict.heading) == (Gravity.TROUBLE, "3 messages are dead")
    assert [deed.split()[-3] for deed in verdict.do[1:]] == ["qof_calculator", "qof_payments"]


def test_retries_are_no_trouble() -> None:
    (verdict,) = told(with_queue(replace(CALM, retrying=1)))
    assert (verdict.gravity, verdict.heading) == (Gravity.WORKING, "1 message failed and will be tried again")


def test_whoever_is_away_is_told_and_what_that_means() -> None:
    away = Facts(NOON, None, "It took too long.", None, payments_answers=False)
    found = told(away)
    assert [one.topic for one in found] == ["database-away", "ingest-away", "payments-away"]
    assert "It took too long." in found[1].means
    broker = with_pipeline(queues=None, queues_problem="It does not answer.")
    (verdict,) = told(broker)
    assert (verdict.gravity, verdict.topic) == (Gravity.TROUBLE, "broker-away")
    assert verdict.means.startswith("It does not answer. Queues")


def test_the_gravest_comes_first() -> None:
    facts = with_pipeline(
        queues=(replace(CALM, consumers=0, dead=1, retrying=3), OTHER),
        ledger=with_ledger(balances=False, in_flight=500),
        oldest_in_flight_seconds=99.0,
    )
    gravities = [one.gravity for one in told(facts)]
    assert gravities == sorted(gravities)
    assert [one.topic for one in told(facts)] == ["no-worker", "books", "dead-letters", "retries", "work-waits"]


def test_a_pace_needs_two_looks_some_seconds_apart() -> None:
    old = Look(NOON - timedelta(minutes=10), 0)
    assert extracts_per_second((old, Look(NOON, 600)), NOON) is None
    assert extracts_per_second((Look(NOON - timedelta(seconds=2), 0), Look(NOON, 9)), NOON) is None
    assert extracts_per_second((Look(NOON - timedelta(seconds=60), 9), Look(NOON, 9)), NOON) is None
    assert extracts_per_second((old, Look(NOON - timedelta(seconds=60), 0), Look(NOON, 600)), NOON) == 10.0


@pytest.mark.parametrize(("beginning", "advice"), ADVICE)
def test_every_known_reason_has_its_advice(beginning: str, advice: str) -> None:
    assert advice_for(f"{beginning}: something") == advice


def test_an_unknown_reason_leads_to_the_log() -> None:
    assert advice_for("ZeroDivisionError: division by zero").startswith("Read the log of the worker")
