"""Arrivals: as many as asked for, in order, within their time, and the same every time."""

import pytest
from loadtests.due import Due, as_people_come, evenly, from_moment, rising


def is_in_order(due: Due, seconds: float) -> bool:
    return list(due) == sorted(due) and due[0] >= 0 and due[-1] < seconds


@pytest.mark.parametrize("count", [1, 2, 1_436])
def test_every_schedule_has_so_many_in_order_within_its_time(count: int) -> None:
    for due in (evenly(count, 60), as_people_come(count, 60, seed=1), rising(count, 60, growth=4)):
        assert len(due) == count
        assert is_in_order(due, 60)


def test_programs_come_at_a_fixed_rate() -> None:
    assert evenly(4, 2) == (0.0, 0.5, 1.0, 1.5)


def test_nobody_comes_where_nobody_is_asked_for() -> None:
    assert evenly(0, 10) == as_people_come(0, 10, seed=1) == rising(0, 10, growth=4) == ()


def test_people_come_the_same_every_time_and_otherwise_for_another_seed() -> None:
    assert as_people_come(50, 10, seed="a") == as_people_come(50, 10, seed="a")
    assert as_people_come(50, 10, seed="a") != as_people_come(50, 10, seed="b")


def test_people_come_unevenly_but_all_the_time() -> None:
    due = as_people_come(6_000, 60, seed="x")
    in_seconds = [sum(second <= at < second + 1 for at in due) for second in range(60)]
    # A Poisson stream of 100 a second: standard deviation 10.
    assert 60 < min(in_seconds) < 95
    assert 105 < max(in_seconds) < 140


def test_a_rising_stream_is_four_times_as_dense_at_its_end() -> None:
    due = rising(10_000, 100, growth=4.0)
    first, last = sum(at < 5 for at in due), sum(at >= 95 for at in due)
    assert last / first == pytest.approx(4.0, rel=0.1)


def test_a_schedule_can_begin_later() -> None:
    assert from_moment((0.0, 1.5), 10.0) == (10.0, 11.5)
