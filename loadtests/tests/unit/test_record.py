"""Durations by phase and moment, quantiles, and straight lines through what should stay level."""

import pytest
from loadtests.record import PhaseRecord, Record, drift, quantile


def test_quantile_is_the_smallest_value_that_so_many_do_not_exceed() -> None:
    assert quantile([], 0.99) is None
    assert quantile([3.0], 0.5) == 3.0
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0
    assert quantile([float(one) for one in range(1, 101)], 0.99) == 99.0
    assert quantile([float(one) for one in range(1, 102)], 0.99) == 100.0


def test_durations_are_found_by_name_by_kind_and_by_moment() -> None:
    phase = PhaseRecord("p", 3)
    phase.add("page home", 1.0, 0.1)
    phase.add("page report", 2.0, 0.2)
    phase.add("provider /authorize", 3.0, 9.0)
    phase.add("page home", 4.0, 0.3)
    assert phase.of("page home") == [0.1, 0.3]
    assert sorted(phase.of("page ")) == [0.1, 0.2, 0.3]
    assert phase.times["page home"].since(1.5) == [0.3]
    assert phase.done_by("page home", 3.9) == 1
    assert phase.share("nothing", 0.5) is None


def test_counts_add_up_over_phases() -> None:
    record = Record({"a": PhaseRecord("a", 1), "b": PhaseRecord("b", 1)})
    record.phases["a"].counts["signed"] = 2
    record.phases["b"].counts["signed"] = 3
    assert record.total("signed") == 5


def test_drift_is_the_part_by_which_a_value_moved() -> None:
    assert drift([(at, 100.0 + at) for at in range(101)]) == pytest.approx(90 / 110, rel=0.01)
    assert drift([(at, 100.0) for at in range(101)]) == pytest.approx(0.0)
    assert drift([(at, 200.0 - at) for at in range(101)]) == pytest.approx(-90 / 190, rel=0.01)


def test_drift_does_not_mind_the_warm_up() -> None:
    warm = [(float(at), 50.0 if at < 10 else 100.0) for at in range(101)]
    assert drift(warm) == pytest.approx(0.0)


def test_a_minute_that_the_machine_lost_is_no_drift() -> None:
    calm = [(float(at), 0.05 + 0.001 * (at % 3)) for at in range(60)]
    lost = [(at, 7.0 if at >= 52 else value) for at, value in calm]
    assert abs(drift(lost) or 1) < 0.05
    worse = [(at, value * (1 + at / 60)) for at, value in lost]
    assert (drift(worse) or 0) > 0.5


def test_two_points_are_no_line() -> None:
    assert drift([]) is None
    assert drift([(0.0, 1.0), (1.0, 2.0)]) is None
