"""Goodput does not fall with load, and the worthiest are answered: on a simulated processor, so on any machine."""

import pytest
from loadtests.benches.overload.simulate import ENDLESS, MIX, Simulated, simulate

from qof_shared.http.admission import Limits, Worth

LEAST = {2.0: 0.95, 4.0: 0.95}
"""Of the goodput at the capacity; a twentieth of the processor goes into saying no at four times it."""


@pytest.fixture(scope="module")
def loads() -> dict[float, Simulated]:
    return {factor: simulate(factor, Limits()) for factor in (1.0, 2.0, 4.0)}


@pytest.mark.parametrize("factor", [2.0, 4.0])
def test_goodput_does_not_fall_with_load(loads: dict[float, Simulated], factor: float) -> None:
    assert loads[factor].goodput >= LEAST[factor] * loads[1.0].goodput


@pytest.mark.parametrize("factor", [1.0, 2.0, 4.0])
def test_the_worthiest_are_answered(loads: dict[float, Simulated], factor: float) -> None:
    shares = [loads[factor].share(worth) for worth in MIX]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.99
    assert loads[factor].shed[Worth.SIGN] == 0


def test_at_twice_the_capacity_reports_go_on_and_previews_wait(loads: dict[float, Simulated]) -> None:
    assert loads[2.0].share(Worth.REPORT) > 0.85
    assert loads[2.0].share(Worth.PREVIEW) < 0.2


@pytest.mark.parametrize("factor", [2.0, 4.0])
def test_without_a_door_everybody_is_answered_late(factor: float) -> None:
    assert simulate(factor, ENDLESS).goodput < 0.3


def test_a_quiet_hour_sheds_nobody() -> None:
    assert simulate(0.5, Limits()).shed.total() == 0
