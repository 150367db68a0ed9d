"""Forecasts that come true nine times of ten: of even queues, uneven ones, and such as lose half their workers."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_shared.pace import SILENCE, Arrival, Forecast, ask_again_after, pace_of
from qof_shared.testing.fakes import NOON


def estimate(to_go: int, arrivals: Sequence[Arrival], now: datetime) -> Forecast | None:
    pace = pace_of(arrivals, now)
    return pace.forecast(to_go, now) if pace else None


def steady(every: float, extracts: int, count: int, until: datetime = NOON) -> list[Arrival]:
    """Batches that came at an even pace, the last one then."""
    return [Arrival(until - timedelta(seconds=every * (count - 1 - n)), extracts) for n in range(count)]


def seconds(forecast: Forecast | None) -> tuple[float, float]:
    assert forecast is not None
    return (forecast.expected_at - NOON).total_seconds(), (forecast.ready_by - NOON).total_seconds()


def test_an_even_pace_is_expected_to_go_on() -> None:
    expected, by = seconds(estimate(1000, steady(1, 10, 200), NOON))
    assert expected == pytest.approx(100, rel=0.01)
    assert expected < by < 150


@pytest.mark.parametrize(
    "arrivals",
    [
        [],
        steady(1, 100, 1),
        steady(1, 1, 2),
        [Arrival(NOON - timedelta(seconds=9), 1), Arrival(NOON - timedelta(seconds=8), 1), Arrival(NOON, 500)],
        [Arrival(one.at - SILENCE - timedelta(seconds=1), one.extracts) for one in steady(1, 10, 100)],
        steady(0.1, 10, 100, NOON - timedelta(seconds=6)),
    ],
    ids=["nothing came yet", "one batch", "two extracts", "one burst", "long silent", "stands, for so quick a run"],
)
def test_where_too_little_came_nobody_can_say(arrivals: list[Arrival]) -> None:
    assert estimate(100, arrivals, NOON) is None


def test_before_a_silence_was_another_run_of_work() -> None:
    slow = [Arrival(NOON - timedelta(seconds=200 + 5 * n), 1) for n in range(10, 0, -1)]
    fast = steady(1, 10, 60)
    assert estimate(100, [*slow, *fast], NOON) == estimate(100, fast, NOON)


@pytest.mark.parametrize(("after", "factor"), [(10, 2), (30, 2), (10, 0.5)], ids=["slower", "slower, later", "quicker"])
def test_another_pace_is_noticed_within_ten_seconds(after: float, factor: float) -> None:
    """Two workers, then one; and one, then two."""
    before = steady(0.25, 100, 240, NOON - timedelta(seconds=after))
    count = int(after / (0.25 * factor))
    expected, _ = seconds(estimate(4000, [*before, *steady(0.25 * factor, 100, count)], NOON))
    assert expected == pytest.approx(4000 / (400 / factor), rel=0.1)


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
        assert NOON <= sooner.expected_at <= sooner.ready_by
        assert sooner.expected_at <= later.expected_at
        assert sooner.ready_by <= later.ready_by


def queue(chance: random.Random, unevenness: float, paces: Sequence[tuple[float, float]]) -> list[float]:
    """Moments at which batches come out; `paces` are (until, seconds a batch takes on average)."""
    shape, moments, moment = 1 / unevenness**2, [], 0.0
    for until, each in paces:
        while moment < until:
            moment += chance.gammavariate(shape, each / shape)
            moments.append(moment)
    return moments


def through(moments: Sequence[float], batch: int, begin: float, to_go: int) -> tuple[Forecast | None, float]:
    """What is said at `begin`, and after how many seconds it was so."""
    arrivals = [Arrival(NOON + timedelta(seconds=one - begin), batch) for one in moments if one <= begin]
    to_come = [one for one in moments if one > begin]
    return estimate(to_go, arrivals, NOON), to_come[-(-to_go // batch) - 1] - begin


@pytest.mark.parametrize("batch", [1, 10, 100])
@pytest.mark.parametrize("unevenness", [0.3, 1.0])
def test_about_nine_of_ten_are_through_by_the_time_that_was_said(batch: int, unevenness: float) -> None:
    """Four hundred queues whose batches take gamma-distributed times and whose pace drifts, seen in the middle."""
    chance = random.Random(f"{batch} {unevenness}")
    kept = said = 0
    for _ in range(400):
        begin = chance.uniform(60, 280)
        drifted = 2 * chance.lognormvariate(0, 0.2)
        moments = queue(chance, unevenness, [(begin, 2), (700, drifted)])
        to_go = chance.randint(1, 100 * batch)
        forecast, waited = through(moments, batch, begin, to_go)
        if forecast:
            said += 1
            kept += waited <= (forecast.ready_by - NOON).total_seconds()
    assert said > 320
    assert 0.85 <= kept / said <= 0.98, f"{kept} of {said}"


def test_after_a_worker_is_lost_what_is_said_is_kept_again_within_ten_seconds() -> None:
    chance = random.Random("lost")
    kept = said = 0
    for _ in range(400):
        lost, since = chance.uniform(30, 120), chance.uniform(10, 40)
        moments = queue(chance, 0.6, [(lost, 0.25), (lost + 600, 0.5)])
        forecast, waited = through(moments, 100, lost + since, chance.randint(1, 20_000))
        if forecast:
            said += 1
            kept += waited <= (forecast.ready_by - NOON).total_seconds()
    assert said > 320
    assert kept / said >= 0.85, f"{kept} of {said}"


@given(st.floats(0, 1), st.one_of(st.none(), st.floats(0, 10_000)))
def test_one_asks_again_in_two_seconds_to_a_minute_and_a_half(chance: float, to_go: float | None) -> None:
    forecast = None if to_go is None else Forecast(NOON + timedelta(seconds=to_go), NOON + timedelta(seconds=to_go))
    assert 2 <= ask_again_after(forecast, NOON, chance) <= 91
