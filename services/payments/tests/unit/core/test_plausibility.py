"""All gates together: in which order they tell, and that the order of the practices decides nothing."""

from collections.abc import Callable
from datetime import date
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from qof_payments.adapters.gates import load_thresholds
from qof_payments.core.gates import Earlier, Finding, Reported
from qof_payments.core.national import national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.plausibility import GATES, Circumstances, findings

MakeParameters = Callable[..., Parameters]
DAY = date(2013, 3, 31)


def nation(random: Random) -> list[Reported]:
    """A hundred and sixty practices of three suppliers; here and there something is wrong."""
    practices = []
    for number in range(160):
        count = random.choice([90, 95, 100, 105, 110]) * (random.random() > 0.02 or 60)
        day = DAY if random.random() > 0.05 else date(2013, 3, 30)
        supplier = ("north", "south", "west")[number % 3]
        practices.append(Reported(f"P{number:03}", supplier, 5000 - number % 7, {"AF": count, "DM": number}, day))
    return practices


def found_in(practices: list[Reported], year: Parameters, excluded: dict[str, str]) -> list[Finding]:
    figures = national_figures(
        ((one.practice, one.list_size, one.registers) for one in practices), year, exclusions=excluded
    )
    before = {one.practice: (5000, {"AF": 100, "DM": 80}) for one in practices}
    circumstances = Circumstances(
        achievement_date=DAY,
        expected={one.practice: one.supplier for one in practices} | {"LATE": "north"},
        excluded=excluded.keys(),
        parameters=year,
        parameters_before=None,
        earlier=[Earlier("last year", before)],
    )
    return findings(practices, figures, circumstances, load_thresholds())


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_order_of_practices_decides_no_finding(make_parameters: MakeParameters, seed: int) -> None:
    practices, year = nation(Random(seed)), make_parameters(list_date=date(2013, 1, 1), prevalence_date=DAY)
    shuffled = Random(seed + 1).sample(practices, len(practices))
    one, other = found_in(practices, year, {}), found_in(shuffled, year, {})
    assert {found.finding for found in one if found.gate != "one-decides"} == {
        found.finding for found in other if found.gate != "one-decides"
    }
    assert [found.severity for found in one] == [found.severity for found in other]


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_every_finding_has_an_id_of_its_own_and_its_gate_in_front(make_parameters: MakeParameters, seed: int) -> None:
    found = found_in(nation(Random(seed)), make_parameters(), {})
    ids = [one.finding for one in found]
    assert len(set(ids)) == len(ids)
    assert all(one.finding.startswith(f"{one.gate}/") and one.gate in GATES and one.mend for one in found)


def test_practice_that_is_excluded_is_in_no_finding(make_parameters: MakeParameters) -> None:
    practices = [*nation(Random(1)), Reported("WRONG", "north", 5000, {"AF": 9000, "DM": 1}, date(2013, 3, 30))]
    year = make_parameters()
    assert any("WRONG" in one.where for one in found_in(practices, year, {}))
    without = found_in(practices, year, {"WRONG": "counted twice", "LATE": "closed"})
    assert not any("WRONG" in one.where or "WRONG" in one.says for one in without)
    assert not any(one.gate == "completeness" for one in without)
