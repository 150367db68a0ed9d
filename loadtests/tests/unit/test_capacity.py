"""Does the simulation do what arithmetic says where arithmetic can, and does the sizing keep its goals?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadtests.capacity.costs import Costs, costs_of, process_of
from loadtests.capacity.prediction import RECEIVING, fit, held_against
from loadtests.capacity.simulation import Machines, Station, fitted_pause, reports, simulate, surge
from loadtests.capacity.sizing import BUSY, POOL, Goals, Pages, Storage, plan
from loadtests.capacity.trial import Size, Trial

PAGES = Pages(0.02, 0.004, 0.003, 0.001, 0.001, 0.001)
STORAGE = Storage({"ingest": 10_000.0}, queue_memory=100.0, queue_disk=12_000.0)


def station(**changed: object) -> Station:
    told = {"name": "one", "takes": "in", "gives": ["out"], "own": 0.01, "served": 0.0, "batch": 10}
    return Station(**{**told, **changed})  # type: ignore[arg-type]


def some_costs(**changed: object) -> Costs:
    told = {
        "practices": 1000,
        "calculators": 2,
        "surge": {
            "ingest-api": 0.0005,
            "calculator-worker": 0.001,
            "payments-worker": 0.0005,
            "PostgreSQL": 0.0007,
            "RabbitMQ": 0.0007,
        },
        "reports": {"payments-worker": 0.001, "declarations-worker": 0.002, "PostgreSQL": 0.001, "RabbitMQ": 0.0005},
        "accepted_seconds": 2.0,
        "surge_seconds": 3.0,
        "reports_seconds": 4.0,
        "freeze_seconds": 0.5,
        "surge_yardstick": 0.001,
        "reports_yardstick": 0.001,
        "peak_bytes": {},
    }
    return Costs(**{**told, **changed})  # type: ignore[arg-type]


def test_one_process_takes_the_sum_of_its_work_and_its_waiting() -> None:
    course = simulate([station()], 100, Machines(1), pauses={"one": 0.5})

    assert course.finished_by("one") == pytest.approx(100 * 0.01 + 10 * 0.5)


def test_a_second_process_halves_it_where_a_core_is_free_and_not_where_none_is() -> None:
    alone = simulate([station()], 1000, Machines(2), pauses={}).finished_by("one")
    both = simulate([station(replicas=2)], 1000, Machines(2), pauses={}).finished_by("one")
    crowded = simulate([station(replicas=2)], 1000, Machines(1), pauses={}).finished_by("one")

    assert both == pytest.approx(alone / 2, rel=0.02)
    assert crowded == pytest.approx(alone, rel=0.02)


def test_a_line_of_stations_is_paced_by_the_slowest() -> None:
    line = [station(name="quick", gives=["between"], own=0.001), station(name="slow", takes="between", own=0.01)]

    course = simulate(line, 1000, Machines(4), pauses={})

    assert course.finished_by("slow") == pytest.approx(1000 * 0.01, rel=0.02)
    assert course.finished_by("quick") < course.finished_by("slow") / 5


@given(practices=st.integers(1, 400), calculators=st.integers(1, 4), cores=st.integers(1, 4))
def test_every_practice_comes_through_every_station_once(practices: int, calculators: int, cores: int) -> None:
    course = simulate(surge(some_costs(), calculators=calculators), practices, Machines(cores), pauses={})

    for moments in course.done.values():
        assert moments[-1][1] == practices
        assert [count for _, count in moments] == sorted(count for _, count in moments)


@given(practices=st.integers(1, 300), cores=st.integers(1, 3))
def test_no_machine_is_quicker_than_its_cores(practices: int, cores: int) -> None:
    line = reports(some_costs())
    work = sum(one.own + one.served for one in line) * practices

    course = simulate(line, practices, Machines(cores), pauses={})

    assert max(moments[-1][0] for moments in course.done.values()) >= work / cores * 0.999


def test_the_fitted_pause_repeats_what_was_measured() -> None:
    def takes(pause: float) -> float:
        return simulate([station()], 1000, Machines(2), pauses={"one": pause}).finished_by("one")

    assert takes(fitted_pause(takes, 35.0)) == pytest.approx(35.0, rel=0.01)
    assert fitted_pause(takes, 1.0) == 0


def test_a_fit_repeats_the_run_that_it_was_made_of() -> None:
    costs = some_costs(accepted_seconds=2.5, surge_seconds=4.0, reports_seconds=6.0)
    trial = Trial(Size(1000, 2), costs, grown={}, course=[])

    told = held_against(fit(trial, cores=2), [trial])[0]

    assert told.surge_course.finished_by(RECEIVING) == pytest.approx(2.5, rel=0.1)
    assert told.surge == pytest.approx(4.0, rel=0.05)
    assert told.reports == pytest.approx(6.0, rel=0.05)
    assert told.is_close


def test_a_prediction_is_for_the_machine_as_it_was_when_it_was_tried() -> None:
    trial = Trial(Size(1000, 2), some_costs(surge_seconds=4.0, reports_seconds=6.0), grown={}, course=[])
    slow = some_costs(surge_seconds=8.0, reports_seconds=12.0, surge_yardstick=0.002, reports_yardstick=0.002)

    told = held_against(fit(trial, cores=2), [trial, Trial(Size(1000, 2), slow, grown={}, course=[])])

    assert [one.slower for one in told] == [1.0, pytest.approx(2.0)]
    assert told[0].surge < told[1].surge <= 2 * told[0].surge
    assert told[0].reports < told[1].reports <= 2 * told[0].reports


def test_costs_are_for_one_practice_and_calculators_are_one() -> None:
    def stage(name: str, **cpu_seconds: float) -> dict[str, object]:
        return {
            "name": name,
            "seconds": 9.0,
            "cpu_seconds": {key.replace("_", "-"): n for key, n in cpu_seconds.items()},
            "yardstick": 0.002,
        }

    stages = [
        stage("extracts accepted (first POST to last receipt)"),
        stage("calculated (first POST to last achievement)", calculator_worker_1=1.0, calculator_worker_2=3.0),
        stage("national figures frozen"),
        stage("entitlements and reports (freeze to last report)", payments_worker=2.0),
    ]
    record = {
        "practices": 100,
        "stages": stages,
        "peak_pss_bytes": {"calculator-worker-1": 1, "calculator-worker-2": 1},
    }

    costs = costs_of(record)

    assert costs.surge == {"calculator-worker": pytest.approx(0.04)}
    assert costs.reports == {"payments-worker": pytest.approx(0.02)}
    assert costs.calculators == 2
    assert (costs.surge_yardstick, costs.reports_yardstick) == (0.002, 0.002)
    assert process_of("ingest-api") == "ingest-api"


@given(practices=st.integers(1, 2_000_000))
def test_no_process_of_a_plan_is_busier_than_planned(practices: int) -> None:
    goals, costs = Goals(), some_costs()

    planned = plan(costs, PAGES, STORAGE, practices, goals)

    for stage, seconds in ((costs.surge, goals.posting), (costs.reports, goals.reporting)):
        for name, cost in stage.items():
            if name in planned.replicas:
                assert cost * practices / seconds / planned.replicas[name] <= BUSY + 1e-9
    assert planned.connections["payments"] == planned.replicas["payments-worker"] * POOL
    assert planned.database_bytes == {"ingest": practices * 10_000.0}


def test_twice_the_nation_takes_no_more_than_twice_the_replicas() -> None:
    one, two = (plan(some_costs(), PAGES, STORAGE, practices, Goals()) for practices in (100_000, 200_000))

    for name, count in one.replicas.items():
        assert count <= two.replicas[name] <= 2 * count


@given(practices=st.integers(1, 2_000_000))
def test_a_herd_reads_its_reports_within_the_goal(practices: int) -> None:
    planned = plan(some_costs(), PAGES, STORAGE, practices, Goals())

    each = 3 * PAGES.again + PAGES.first_reading
    assert planned.herd_seconds == pytest.approx(practices * each / planned.replicas["declarations-api"])
    assert planned.herd_seconds <= Goals().herd + 1e-9
