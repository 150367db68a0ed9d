from dataclasses import replace
from datetime import timedelta

import pytest

from qof_declarations.core.operations import (
    DeadReason,
    Facts,
    LedgerLine,
    Own,
    Pipeline,
    QueueSample,
    QueueState,
    SupplierLine,
)
from qof_declarations.entrypoints.web.asking import Asking
from qof_declarations.entrypoints.web.operations import REMEMBERED_PEOPLE, REMEMBERED_SECONDS, RememberedOperators
from qof_declarations.entrypoints.web.views.operations import (
    SUPPLIERS_SHOWN,
    WORDS,
    duration,
    operations_view,
    plot_of,
    queue_row,
)
from qof_declarations.testing.builders import OPERATOR
from qof_shared.messaging.topology import QUEUES
from qof_shared.testing.fakes import NOON

CALM = QueueState("calculator.extracts", "calculator", 0, 0, 0, 0, 2, 0.0, 0.0)
BUSY = replace(
    CALM,
    ready=30,
    done=2.0,
    arriving=0.5,
    history=(
        QueueSample(NOON - timedelta(minutes=2), 0, 0.0),
        QueueSample(NOON - timedelta(minutes=1), 50, 4.0),
        QueueSample(NOON, 25, 2.0),
    ),
)
LEDGER = LedgerLine(10, 10, 0, 0, 0, True, 0, None)
EMIS = SupplierLine("emis", "EMIS", "QOF", 4, 1, 1, 0, 0, 0, 0)
PIPELINE = Pipeline(NOON, LEDGER, None, (EMIS,), 0, (BUSY,), None, ())
FACTS = Facts(NOON, PIPELINE, None, Own((1,) * 14 + (3,), 2, 4.4), True)


def test_every_queue_has_words_for_who_does_not_know_its_name() -> None:
    assert set(WORDS) == {queue.name for queue in QUEUES}


def test_a_plot_has_both_lines_and_says_what_they_show() -> None:
    plot = plot_of(BUSY)
    assert plot is not None
    assert plot.depth == "0.0,60.0 150.0,0.0 300.0,30.0"
    assert plot.done == "0.0,60.0 150.0,0.0 300.0,30.0"
    assert plot.told == (
        "calculator.extracts in the last 2 minutes: at most 50 messages waited, now 25; at most 4.0 were done a second,"
        " now 2.0."
    )
    assert plot_of(CALM) is None


def test_a_queue_says_when_it_is_empty_and_whether_anybody_works() -> None:
    row = queue_row(BUSY)
    assert (row.waiting, row.done, row.arriving, row.drain, row.workers) == ("30", "2.0", "0.5", "20 seconds", "2")
    assert queue_row(replace(BUSY, arriving=2.0)).drain == "not becoming emptier"
    assert queue_row(CALM).drain == "empty"
    assert queue_row(replace(CALM, consumers=0)).workers == "none"


@pytest.mark.parametrize(
    ("queue", "is_quiet"),
    [
        (CALM, True),
        (replace(CALM, consumers=0), False),
        (replace(CALM, dead=1), False),
        (replace(CALM, retrying=1), False),
        (replace(CALM, unacknowledged=1), False),
    ],
)
def test_a_queue_is_quiet_where_nobody_has_to_look_at_it(queue: QueueState, is_quiet: bool) -> None:
    assert queue_row(queue).is_quiet is is_quiet


def test_quiet_queues_are_apart_but_never_the_one_that_is_scaled() -> None:
    queues = (CALM, replace(CALM, name="declarations.log"), replace(CALM, name="ingest.outcomes", dead=1))
    view = operations_view(replace(FACTS, pipeline=replace(PIPELINE, queues=queues)))
    assert [row.name for row in view.queues] == ["calculator.extracts", "ingest.outcomes"]
    assert [row.name for row in view.quiet] == ["declarations.log"]


def test_suppliers_with_work_come_first_and_the_rest_are_counted() -> None:
    many = [replace(EMIS, name=str(number)) for number in range(SUPPLIERS_SHOWN + 2)]
    busy = replace(EMIS, name="busy", in_flight=3)
    view = operations_view(replace(FACTS, pipeline=replace(PIPELINE, suppliers=(*many, busy))))
    assert (view.suppliers[0].name, view.suppliers[1].name, view.more_suppliers) == ("busy", "0", 3)
    assert (view.suppliers[0].practices, view.suppliers[0].expected, view.suppliers[0].share) == ("1", "4", "25%")


def test_dead_letters_have_advice_and_unread_ones_a_command() -> None:
    queues = (replace(CALM, dead=2), replace(CALM, name="declarations.log", service="declarations", dead=1))
    reasons = (DeadReason("calculator.extracts", "NoRulesetError: wales 2012-13", 2),)
    view = operations_view(replace(FACTS, pipeline=replace(PIPELINE, queues=queues, dead_reasons=reasons)))
    known, unread = view.dead
    assert "Release the rule set" in known.advice
    assert (unread.letters, unread.advice) == ("1", "Their reasons are told by python -m qof_declarations dead.")


def test_signatures_and_parts_are_told() -> None:
    view = operations_view(FACTS)
    assert view.signed == "17 in the last 15 minutes, 3 in the last one"
    assert all(part.answers for part in view.parts)
    assert view.parts[-1].told == "answered in 4 ms; 2 events in its outbox"


def test_nothing_is_known_and_the_view_is_there() -> None:
    view = operations_view(Facts(NOON, None, "It took too long.", None, payments_answers=False))
    assert not any(part.answers for part in view.parts)
    assert (view.queues, view.suppliers, view.oldest, view.signed) == ([], [], "not known", "not known")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.2, "1 second"), (42, "42 seconds"), (119, "119 seconds"), (420, "7 minutes"), (9000, "2 hours")],
)
def test_a_duration_is_told_roughly(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_who_was_let_in_is_remembered_for_a_while_and_by_cookie_alone() -> None:
    now = 0.0
    known = RememberedOperators(lambda: now)
    asking = Asking(person=OPERATOR, csrf="x", draft=None, warning=None, token="a token", form={})
    known.keep("a cookie", asking)
    assert known.find("a cookie") is asking
    assert known.find("another") is None
    now = REMEMBERED_SECONDS + 1
    assert known.find("a cookie") is None
    now = 0.0
    for number in range(REMEMBERED_PEOPLE):
        known.keep(str(number), asking)
    assert known.find("a cookie") is None, "there is room for so many"
