"""Are the nation's figures put together as they should be?"""

from typing import Any

import pytest
from loadtests.benches.nation.report import markdown
from loadtests.benches.nation.runs import WHOLE, Nation, lines, measured, plan, verdicts

MACHINE = {
    "cores": 2,
    "processor": "P",
    "memory_gb": 1.0,
    "python": "3",
    "postgresql": "18",
    "rabbitmq": "4",
    "erlang": "27",
    "date": "today",
}


def a_run(practices: int, seconds: float) -> Nation:
    cpu = {"PostgreSQL": seconds / 2, "ingest-api": seconds / 4}
    return Nation(practices, seconds, cpu, "paced by the machine", 7_000_000, {WHOLE: seconds})


def test_sizes_are_interleaved_and_the_largest_runs_once() -> None:
    assert plan([90_000, 900, 9_000], 2) == [900, 9_000, 90_000, 900, 9_000]


def test_the_middle_run_stands_for_its_size() -> None:
    (line,) = lines([a_run(900, 3.0), a_run(900, 1.8), a_run(900, 2.0)])
    assert (line.runs, line.seconds, line.fastest, line.slowest) == (3, 2.0, 1.8, 3.0)
    assert line.per_thousand == pytest.approx(2.2222, abs=1e-4)
    assert line.cpu_per_thousand == pytest.approx(1.6667, abs=1e-4)


@pytest.mark.parametrize(("last", "is_flat"), [(200.0, True), (238.0, True), (250.0, False), (150.0, False)])
def test_a_nation_out_of_proportion_is_told(last: float, is_flat: bool) -> None:
    found = lines([a_run(900, 2.0), a_run(9_000, 20.0), a_run(90_000, last)])
    told = {verdict.target.split(" in ")[0].split(" (")[0]: verdict.is_met for verdict in verdicts(found)}
    assert told == {"9,000 practices": True, "seconds per 1,000 practices flat": is_flat}


def test_a_slow_nation_misses_its_target() -> None:
    (verdict,) = verdicts(lines([a_run(9_000, 20.1)]))
    assert not verdict.is_met
    assert "MISSED: 9,000 practices in 20 s at most (20.1 s)" in markdown(MACHINE, [a_run(9_000, 20.1)])


def test_what_a_demonstration_records_is_read() -> None:
    document: dict[str, Any] = {
        "practices": 900,
        "stages": [{"name": WHOLE, "pieces": 900, "seconds": 2.0, "cpu_seconds": {"PostgreSQL": 1.0}}],
        "pace": {WHOLE: "paced by waiting"},
        "peak_pss_bytes": {"PostgreSQL": 900, "ingest-api": 5, "payments-worker": 9, "this demonstration": 1000},
    }
    nation = measured(document)
    assert (nation.practices, nation.seconds, nation.largest_pss, nation.pace) == (900, 2.0, 9, "paced by waiting")
