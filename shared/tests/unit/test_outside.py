"""Who was asked to come back is told the truth, and is not waited for when they never do."""

from hypothesis import given
from hypothesis import strategies as st

from qof_shared.http.admission import Worth
from qof_shared.http.outside import GRACE_SECONDS, LATEST, SOONEST, Outside, Pace, look_after


@given(st.none() | st.floats(0, 1e6), st.floats(0, 1))
def test_the_next_look_is_within_its_bounds(through_in: float | None, chance: float) -> None:
    assert SOONEST <= look_after(through_in, chance) <= LATEST


def test_two_people_are_not_told_the_same_second() -> None:
    assert len({look_after(30.0, chance / 20) for chance in range(20)}) > 10


def test_whoever_came_earlier_for_the_same_or_more_is_before() -> None:
    outside = Outside()
    outside.send_away(Worth.ARRIVE, 0.0, 0.0, 0.5, 0.0)
    outside.send_away(Worth.ARRIVE, 10.0, 10.0, 0.5, 0.0)
    outside.send_away(Worth.REPORT, 12.0, 12.0, 0.5, 0.0)
    outside.send_away(Worth.PREVIEW, 0.0, 12.0, 0.5, 0.0)
    assert outside.before(Worth.ARRIVE, 20.0) == 3
    assert outside.before(Worth.ARRIVE, 5.0) == 2
    assert outside.before(Worth.SIGN, 20.0) == 0


def test_the_time_is_how_many_are_before_by_how_many_get_in() -> None:
    outside = Outside()
    for moment in range(100):
        outside.let_in(Worth.ARRIVE, moment / 10)
        outside.send_away(Worth.ARRIVE, 0.0, moment / 10, 0.5, 0.0)
    told = outside.send_away(Worth.ARRIVE, 10.0, 10.0, 0.5, 0.0)
    assert told.before == 100
    assert told.through_in is not None
    assert 8 < told.through_in < 12


def test_nobody_knows_how_long_while_nobody_gets_in() -> None:
    outside = Outside()
    outside.send_away(Worth.ARRIVE, 0.0, 0.0, 0.5, 0.0)
    assert outside.send_away(Worth.ARRIVE, 10.0, 10.0, 0.5, 0.0).through_in is None


def test_however_few_get_in_nobody_sleeps_while_there_is_room() -> None:
    outside = Outside()
    for _ in range(100):
        outside.send_away(Worth.ARRIVE, 0.0, 0.0, 0.5, 40.0)
    assert outside.send_away(Worth.ARRIVE, 10.0, 10.0, 0.5, 40.0).through_in == 10.0


def test_whoever_comes_back_waits_no_more_and_a_ticket_counts_once() -> None:
    outside = Outside()
    one = outside.send_away(Worth.ARRIVE, 0.0, 0.0, 0.5, 0.0)
    outside.send_away(Worth.ARRIVE, 0.0, 0.0, 0.9, 0.0)
    for _ in range(3):
        outside.come_back(one.ticket)
    assert outside.waiting == 1


@given(st.lists(st.tuples(st.sampled_from(Worth), st.floats(0, 600), st.floats(0, 1)), max_size=60))
def test_whoever_never_comes_back_is_forgotten(came: list[tuple[Worth, float, float]]) -> None:
    outside = Outside()
    for worth, now, chance in sorted(came, key=lambda one: one[1]):
        outside.send_away(worth, now, now, chance, 20.0)
    late = 600.0 + LATEST + GRACE_SECONDS + 2
    outside.send_away(Worth.SIGN, late, late, 0.5, 0.0)
    outside.send_away(Worth.SIGN, late, late + 1, 0.5, 0.0)
    assert outside.waiting == 2


def test_a_pace_is_right_from_the_first_moments_and_falls_when_nothing_comes() -> None:
    pace = Pace()
    for number in range(21):
        pace.count(number / 10)
    assert 8 < pace.per_second(2.0) < 13
    assert pace.per_second(60.0) < 0.5
