"""What the bench says of answers: kept or not, by phase; and estimators compared on one trace."""

import random
from pathlib import Path

import pytest
from loadtests.benches.eta.backtest import compared, judged_by
from loadtests.benches.eta.figures import judge, lines, targets
from loadtests.benches.eta.report import of_the_lost, table, verdicts
from loadtests.benches.eta.trace import (
    DRAIN,
    LOSS,
    PRACTICE,
    SUPPLIER,
    SURGE,
    Said,
    Seen,
    Trace,
    Waited,
    read_trace,
    write_trace,
)

from qof_shared.pace import pace_of


def make_trace(said: list[Said], waited: list[Waited] | None = None) -> Trace:
    """Posted until second 10; a second wave from 100, whose worker is lost at 120."""
    seen = Seen(waited or [], [])
    return Trace(100, [10.0, 110.0], [0.0, 100.0], 120.0, 200.0, {PRACTICE: seen, SUPPLIER: seen}, said)


WAITED = [Waited(1, 0.0, 20.0), Waited(2, 0.0, 30.0), Waited(3, 100.0, 140.0)]


def test_an_answer_is_kept_when_the_wait_ended_by_the_stated_time() -> None:
    said = [
        Said(PRACTICE, 5.0, 1, 1, 18.0, 20.0),
        Said(PRACTICE, 5.0, 2, 2, 31.0, 29.9),
        Said(SUPPLIER, 15.0, 2, 2, None, None),
        Said(SUPPLIER, 110.0, 3, 1, 130.0, 139.0),
        Said(SUPPLIER, 130.0, 3, 1, 135.0, 141.0),
    ]
    judged = judge(make_trace(said, WAITED))
    assert [one.phase for one in judged] == [SURGE, SURGE, DRAIN, LOSS, LOSS]
    assert [one.is_kept for one in judged] == [True, False, False, False, True]
    assert [one.is_before_loss for one in judged] == [False, False, False, True, False]
    of = {(line.who, line.phase): line for line in lines(judged)}
    assert (of["all", SURGE].kept, of["all", SURGE].instants, of["all", SURGE].half) == (0.5, 1, 0.5)
    assert (of["all", DRAIN].cannot_say, of["all", DRAIN].answers) == (1, 1)
    assert of["all", "all"].kept == 0.5
    assert of[PRACTICE, SURGE].said_of_waited == pytest.approx((15 / 15 + 24.9 / 25) / 2)
    assert "said before the loss of waits that outlasted it: 0.0% of 1 kept; the others: 100.0% of 1" in of_the_lost(
        judged
    )
    assert "| surge | practice | 1 | 2 |" in table(judged)


def test_an_answer_about_an_extract_that_had_left_is_no_answer() -> None:
    said = [Said(PRACTICE, 21.0, 1, 1, 22.0, 23.0), Said(PRACTICE, 5.0, 9, 1, 1.0, 2.0)]
    assert judge(make_trace(said, WAITED)) == []


@pytest.mark.parametrize(("kept", "holds"), [(84, False), (85, True), (90, True), (95, True), (96, False)])
def test_too_cautious_fails_as_too_bold_does(kept: int, holds: bool) -> None:
    said = [Said(PRACTICE, 5.0, 1, 1, 18.0, 21.0 if number < kept else 19.0) for number in range(100)]
    judged = judge(make_trace(said, WAITED))
    assert {target.holds for target in targets(judged)} == {holds}
    assert len(verdicts(judged)) == 2


def test_estimators_are_compared_on_a_kept_trace(tmp_path: Path) -> None:
    """A queue of 4,000 that drains at an uneven hundred a second or so."""
    chance = random.Random(7)
    at, number, waited, arrivals = 0.0, 0, [], []
    while number < 4000:
        at += chance.gammavariate(4, 0.25 / 4)
        arrivals.append((at, 25))
        waited += [Waited(number + one, 0.0, at) for one in range(25)]
        number += 25
    trace = make_trace([], waited)
    trace.queues = {PRACTICE: Seen(waited, arrivals)}
    write_trace(tmp_path / "trace.json", trace)
    kept = read_trace(tmp_path / "trace.json")
    assert kept == trace
    judged = judged_by(kept, pace_of)
    found = next(line for line in lines(judged) if line.who == line.phase == "all")
    assert found.answers > 400
    assert found.kept > 0.8
    assert 1.0 < found.said_of_waited < 1.6
    assert "| nothing |" in compared([kept], {"nothing": lambda _arrivals, _now: None})
