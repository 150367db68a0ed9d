"""Where a practice is, and forecasts that come true nine times of ten."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.waiting import (
    SILENCE,
    Arrival,
    Forecast,
    Journey,
    Pace,
    Queue,
    Stage,
    pace_of,
    place_of,
    poll_after,
)
from qof_declarations.core.waiting_words import waiting_sentences
from qof_shared.testing.fakes import NOON

EMPTY = Queue(False, (), None)


def estimate(to_go: int, arrivals: Sequence[Arrival], now: datetime) -> Forecast | None:
    pace = pace_of(arrivals, now)
    return pace.forecast(to_go, now) if pace else None


def steady(every: float, extracts: int, count: int) -> list[Arrival]:
    """Batches that came at an even pace, the last one now."""
    return [Arrival(NOON - timedelta(seconds=every * (count - 1 - n)), extracts) for n in range(count)]


def seconds(forecast: Forecast | None) -> tuple[float, float]:
    assert forecast is not None
    return (forecast.expected_at - NOON).total_seconds(), (forecast.ready_by - NOON).total_seconds()


def test_an_even_pace_is_expected_to_go_on() -> None:
    expected, by = seconds(estimate(1000, steady(1, 10, 200), NOON))
    assert expected == pytest.approx(100, rel=0.01)
    assert expected <= by < 115


@pytest.mark.parametrize(
    "arrivals",
    [
        [],
        steady(1, 100, 1),
        steady(1, 1, 2),
        [Arrival(NOON - timedelta(seconds=9), 1), Arrival(NOON - timedelta(seconds=8), 1), Arrival(NOON, 500)],
        [Arrival(one.at - SILENCE - timedelta(seconds=1), one.extracts) for one in steady(1, 10, 100)],
    ],
    ids=["nothing came yet", "one batch", "two extracts", "one burst", "the calculator stands"],
)
def test_where_too_little_came_nobody_can_say(arrivals: list[Arrival]) -> None:
    assert estimate(100, arrivals, NOON) is None


def test_before_a_silence_was_another_run_of_work() -> None:
    slow = [Arrival(NOON - timedelta(seconds=200 + 5 * n), 1) for n in range(10, 0, -1)]
    fast = steady(1, 10, 60)
    assert estimate(100, [*slow, *fast], NOON) == estimate(100, fast, NOON)


batches = st.lists(st.tuples(st.floats(0.05, 5), st.integers(1, 100)), min_size=3, max_size=60)


@given(batches, st.integers(1, 100_000), st.integers(1, 10_000))
def test_more_to_go_is_never_sooner_and_the_bound_never_before_the_expected(
    came: list[tuple[float, int]], to_go: int, more: int
) -> None:
    at, arrivals = NOON, []
    for pause, extracts in reversed(came):
        arrivals.insert(0, Arrival(at, extracts))
        at -= timedelta(seconds=pause)
    sooner, later = estimate(to_go, arrivals, NOON), estimate(to_go + more, arrivals, NOON)
    assert (sooner is None) == (later is None)
    if sooner and later:
        assert sooner.expected_at <= sooner.ready_by
        assert sooner.expected_at <= later.expected_at
        assert sooner.ready_by <= later.ready_by


@pytest.mark.parametrize("batch", [1, 10, 100])
@pytest.mark.parametrize("unevenness", [0.3, 1.0])
def test_nine_of_ten_are_through_by_the_time_that_was_said(batch: int, unevenness: float) -> None:
    """Four hundred queues whose batches take gamma-distributed times, seen at a moment in the middle."""
    chance = random.Random(f"{batch} {unevenness}")
    kept = said = 0
    for _ in range(400):
        shape = 1 / unevenness**2
        moments, moment = [], 0.0
        while moment < 2000:
            moment += chance.gammavariate(shape, 2 / shape)
            moments.append(moment)
        begin = chance.uniform(60, 280)
        arrivals = [Arrival(NOON + timedelta(seconds=one - begin), batch) for one in moments if one <= begin]
        to_go = chance.randint(1, 100 * batch)
        forecast = estimate(to_go, arrivals, NOON)
        if forecast is None:
            continue
        said += 1
        to_come = [one for one in moments if one > begin]
        through = to_come[-(-to_go // batch) - 1] - begin
        kept += through <= (forecast.ready_by - NOON).total_seconds()
    assert said > 350
    assert 0.85 <= kept / said <= 0.98, f"{kept} of {said}"


@pytest.mark.parametrize(
    ("journey", "queue", "stage", "position", "waiting"),
    [
        (Journey(), EMPTY, Stage.AWAITING_EXTRACT, None, None),
        (Journey(received=7), Queue(False, (3, 5, 7, 9), None), Stage.IN_QUEUE, 3, 4),
        (Journey(received=7), EMPTY, Stage.IN_QUEUE, 1, 1),
        (Journey(received=7, points=4, pounds=4, version=1), Queue(True, (7,), None), Stage.RECALCULATING, 1, 1),
        (Journey(received=7, points=7), EMPTY, Stage.AWAITING_NATIONAL_FIGURES, None, None),
        (Journey(points=7), EMPTY, Stage.AWAITING_NATIONAL_FIGURES, None, None),
        (Journey(received=7, points=7), Queue(True, (3, 7, 8), None), Stage.AWAITING_POUNDS, None, 3),
        (Journey(received=7, points=7, pounds=7, version=1), EMPTY, Stage.READY, None, None),
        (Journey(received=6, points=7, pounds=7, version=1), EMPTY, Stage.READY, None, None),
        (
            Journey(received=7, points=7, pounds=7, version=1, is_recalculating=True),
            EMPTY,
            Stage.RECALCULATING,
            None,
            None,
        ),
        (Journey(received=7, rejected=7), Queue(False, (3,), None), Stage.REJECTED, None, None),
        (Journey(received=9, rejected=7), Queue(False, (3, 9), None), Stage.IN_QUEUE, 2, 2),
    ],
)
def test_the_stage_follows_from_what_has_come(
    journey: Journey, queue: Queue, stage: Stage, position: int | None, waiting: int | None
) -> None:
    place = place_of(journey, queue, NOON)
    assert (place.stage, place.position, place.waiting) == (stage, position, waiting)
    assert place.is_settled == (stage in (Stage.READY, Stage.REJECTED))
    said = " ".join(waiting_sentences(place, lambda moment: f"{moment:%H:%M}"))
    assert said.endswith(".")
    assert ("We cannot say yet" in said) == (stage in (Stage.IN_QUEUE, Stage.AWAITING_POUNDS) or bool(position))


def test_the_bound_is_said_with_its_odds() -> None:
    place = place_of(Journey(received=7), Queue(False, tuple(range(8)), Pace(1, 200, 1, 1)), NOON)
    said = waiting_sentences(place, lambda moment: f"{moment:%H:%M:%S}")
    assert said[0] == "We have your extract. It is number 8 of 8 in the queue."
    assert "Nine times out of ten it is ready by 12:00:1" in said[1]


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_a_page_asks_again_in_two_seconds_to_a_minute_and_a_half(chance: float, to_go: int) -> None:
    queue = Queue(False, tuple(range(1, to_go + 1)), pace_of(steady(1, 10, 200), NOON))
    place = place_of(Journey(received=to_go), queue, NOON)
    assert 2 <= poll_after(place, NOON, chance) <= 91
