from pathlib import Path
from typing import Any

import msgspec
import pytest
from loadtests.benches.client import Answered
from loadtests.benches.ingest.figures import (
    BARE,
    BULK,
    NAIVE,
    ONE_BY_ONE,
    OURS,
    Run,
    medians,
    percentile,
    run_of,
    targets,
)
from loadtests.benches.ingest.report import table, verdicts, write_json


def run(subject: str, per_second: float, *, p99_ms: float = 50.0, peak_mb: float = 100.0) -> Run:
    return Run(subject, 6000, per_second, 20.0, p99_ms, 400.0, 100.0, 0.0, 40.0, peak_mb)


RATES: dict[str, float] = {OURS: 1500, BARE: 4000, NAIVE: 500, ONE_BY_ONE: 300, BULK: 4500}


def runs(**changed: float) -> list[Run]:
    return [run(subject, rate) for subject, rate in (RATES | changed).items()]


@pytest.mark.parametrize(("percent", "expected"), [(50, 5), (99, 10), (90, 9), (91, 10), (1, 1)])
def test_a_percentile_is_a_value_that_was_measured(percent: float, expected: float) -> None:
    assert percentile(range(1, 11), percent) == expected


def test_figures_are_for_one_extract() -> None:
    posted = Answered(2.0, 0.1, {202: 900, 503: 100}, [0.001 * number for number in range(1, 1001)])
    found = run_of(OURS, posted, {"server": 0.4, "postgres": 0.1, "broker": 0.0}, 90_000_000)
    assert (found.extracts, found.per_second, found.peak_mb) == (1000, 500.0, 90.0)
    assert [found.p50_ms, found.p99_ms] == pytest.approx([500, 990])
    assert [found.server_us, found.postgres_us, found.load_us] == pytest.approx([400, 100, 100])


def test_the_median_is_taken_of_each_figure() -> None:
    of = medians([run(OURS, 900, p99_ms=3), run(BARE, 1), run(OURS, 1000, p99_ms=1), run(OURS, 3000, p99_ms=2)])
    assert (of[OURS].per_second, of[OURS].p99_ms, of[OURS].subject) == (1000, 2, OURS)
    assert list(of) == [OURS, BARE]


@pytest.mark.parametrize(
    ("changed", "failing"),
    [
        ({}, []),
        ({NAIVE: 501}, ["3 times the usual"]),
        ({BARE: 4300}, ["0.35 of a bare"]),
        ({BULK: 4499}, ["in bulk 3 times"]),
        ({ONE_BY_ONE: 1501}, ["in bulk 3 times"]),
    ],
)
def test_a_target_holds_or_fails_by_its_ratio(changed: dict[str, float], failing: list[str]) -> None:
    found = [target.aim for target in targets(medians(runs(**changed))) if not target.holds]
    assert len(found) == len(failing)
    assert all(aim.startswith(start) for aim, start in zip(found, failing, strict=True))


def test_slow_answers_and_memory_fail_too() -> None:
    of = medians(runs())
    of[NAIVE] = msgspec.structs.replace(of[NAIVE], p99_ms=49.0)
    of[BULK] = msgspec.structs.replace(of[BULK], peak_mb=301.0)
    assert [target.holds for target in targets(of)] == [True, True, False, True, True, False]


def test_the_report_has_a_row_for_each_subject(tmp_path: Path) -> None:
    rows = table(runs()).splitlines()
    assert [row.split("|")[1].strip() for row in rows[2:]] == list(RATES)
    assert verdicts(runs())[0] == "holds: 3 times the usual handler's extracts/s (found: 3.00)"
    write_json(tmp_path / "new" / "ingest.json", {"cores": 2}, {"connections": 64}, runs())
    document: Any = msgspec.json.decode((tmp_path / "new" / "ingest.json").read_bytes())
    assert document["medians"][OURS]["per_second"] == 1500
    assert len(document["runs"]) == len(RATES)
