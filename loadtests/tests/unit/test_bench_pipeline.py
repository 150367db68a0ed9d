"""The arithmetic of the pipelines' comparison, on runs that were never run."""

import json
from pathlib import Path

import pytest
from loadtests.benches.pipeline.catalogue import VARIANTS, variant_named
from loadtests.benches.pipeline.plan import SECONDS_AROUND, Run, expected_seconds, plan, still_wanted
from loadtests.benches.pipeline.report import markdown, write_json
from loadtests.benches.pipeline.results import Bench, Cost, Result, ResultFile
from loadtests.benches.pipeline.summary import best_framework, rates_at, ratio, summarise, verdicts
from loadtests.benches.pipeline.window import Stored, measured_window

BENCH = Bench(
    machine={
        "cores": 2,
        "processor": "some processor",
        "memory_gb": 8.0,
        "python": "3.11.7",
        "postgresql": "15.18",
        "rabbitmq": "3.10.8",
        "erlang": "25",
        "date": "2026-11-22 01:00 UTC",
    },
    job={"indicators": 148, "median_event_bytes": 12_855, "nation": "england", "qof_year": "2012-13"},
)


def make_result(
    variant: str,
    rate: int,
    *,
    backlog: int = 1_000,
    repetition: int = 0,
    lost: int = 0,
    cost: float = 1.0,
    peak_pss: int = 90_000_000,
) -> Result:
    return Result(
        variant=variant,
        backlog=backlog,
        repetition=repetition,
        jobs=rate * 2,
        seconds=2.0,
        cost=Cost(workers=cost / 2, broker=cost / 4, postgres=cost / 4),
        peak_pss=peak_pss,
        enqueued_per_second=500.0,
        lost=lost,
        doubled=0,
        left={},
        points_agree=True,
        others=0.02,
        wall_seconds=26.0,
    )


def is_met(results: list[Result], target: str) -> bool | None:
    (verdict,) = (verdict for verdict in verdicts(summarise(results)) if target in verdict.target)
    return verdict.is_met


# The measured part


def test_the_measured_part_begins_when_the_warm_up_is_stored() -> None:
    rows = [Stored(float(second), 100 + second % 2) for second in range(10)]
    window = measured_window(rows, 4, [{100}, {101}])
    assert (window.start, window.end, window.jobs) == (3.0, 9.0, 6)


def test_the_measured_part_waits_for_a_worker_that_begins_late() -> None:
    rows = [Stored(float(second), 101 if second >= 6 else 100) for second in range(10)]
    window = measured_window(rows, 4, [{100}, {101}])
    assert (window.start, window.end, window.jobs) == (6.0, 9.0, 3)


def test_a_worker_without_a_row_does_not_hold_the_measured_part_back() -> None:
    rows = [Stored(float(second), 100) for second in range(10)]
    assert measured_window(rows, 4, [{100}, {101}]).jobs == 6


def test_a_run_that_ends_within_its_warm_up_has_no_measured_part() -> None:
    assert measured_window([Stored(0.0, None)] * 4, 4, []).jobs == 0


# The plan


def test_every_repetition_has_all_variants_and_begins_with_another() -> None:
    runs = plan(["a", "b", "c"], [100, 10], 2)
    assert [(run.backlog, run.repetition, run.variant) for run in runs[:6]] == [
        (10, 0, "a"),
        (10, 0, "b"),
        (10, 0, "c"),
        (10, 1, "b"),
        (10, 1, "c"),
        (10, 1, "a"),
    ]
    assert len(runs) == 12


def test_a_run_that_is_done_is_not_wanted_again() -> None:
    done = [make_result("celery", 500)]
    assert not still_wanted(Run("celery", 1_000, 0), 1_000, done, None)
    assert still_wanted(Run("celery", 1_000, 1), 1_000, done, None)
    assert still_wanted(Run("celery", 10, 0), 1_000, done, None)


def test_a_slow_variant_is_wanted_once_at_the_largest_backlog_only() -> None:
    done = [make_result("celery", 500), make_result("openqof", 3_000)]
    assert not still_wanted(Run("celery", 1_000, 1), 1_000, done, 700)
    assert still_wanted(Run("openqof", 1_000, 1), 1_000, done, 700)
    assert still_wanted(Run("celery", 1_000, 1), 10_000, done, 700)


def test_the_expected_time_follows_what_runs_of_the_variant_took() -> None:
    run = Run("celery", 2_000, 0)
    assert expected_seconds(run, []) == SECONDS_AROUND + 2_000 * 2 / variant_named("celery").guess
    assert expected_seconds(run, [make_result("celery", 500)]) == SECONDS_AROUND + 2 * (26 - SECONDS_AROUND)


# Medians, ratios, verdicts


def test_a_line_has_the_median_of_its_runs_and_their_extremes() -> None:
    (line,) = summarise(
        make_result("celery", rate, repetition=at, lost=at, cost=cost)
        for at, (rate, cost) in enumerate([(500, 4.0), (700, 2.0), (510, 3.0)])
    )
    assert (line.runs, line.rate, line.slowest, line.fastest) == (3, 510, 500, 700)
    assert line.cost == Cost(1.5, 0.75, 0.75)
    assert line.lost == 3


def test_lines_are_by_backlog_and_then_as_in_the_catalogue() -> None:
    lines = summarise(
        [
            make_result("celery", 1, backlog=50),
            make_result("openqof", 1, backlog=50),
            make_result("celery", 1, backlog=5),
        ]
    )
    assert [(line.backlog, line.variant) for line in lines] == [(5, "celery"), (50, "openqof"), (50, "celery")]


def test_the_best_framework_is_neither_ours_nor_raw() -> None:
    rates = rates_at(
        summarise(
            [
                make_result("openqof", 9),
                make_result("raw_batched", 8),
                make_result("taskiq", 3),
                make_result("celery", 2),
            ]
        ),
        1_000,
    )
    assert best_framework(rates) == "taskiq"
    assert ratio(rates, "openqof", "taskiq") == 3.0
    assert ratio(rates, "openqof", "dramatiq") is None
    assert best_framework({"openqof": 9.0}) is None


def test_a_ratio_has_to_reach_its_target_at_every_backlog() -> None:
    reached = [make_result("openqof", 2_500), make_result("dramatiq", 1_000)]
    missed = [make_result("openqof", 2_400, backlog=9), make_result("dramatiq", 1_000, backlog=9)]
    assert is_met(reached, "best framework") is True
    assert is_met([*reached, *missed], "best framework") is False
    assert is_met(reached, "times Celery") is None


@pytest.mark.parametrize(("large", "met"), [(1.14, True), (0.86, True), (1.16, False), (0.84, False)])
def test_the_cost_of_a_job_may_change_with_the_backlog_by_so_much_and_no_more(large: float, met: bool) -> None:
    results = [make_result("openqof", 1, backlog=10), make_result("openqof", 1, backlog=50, cost=large)]
    assert is_met(results, "costs the same") is met


def test_the_largest_peak_of_memory_is_judged() -> None:
    small, large = make_result("openqof", 1), make_result("openqof", 1, repetition=1, peak_pss=150_000_001)
    assert is_met([small], "a worker takes") is True
    assert is_met([small, large], "a worker takes") is False


def test_a_job_that_anybody_lost_is_a_missed_target() -> None:
    assert is_met([make_result("openqof", 1), make_result("celery", 1)], "nothing lost") is True
    assert is_met([make_result("openqof", 1), make_result("celery", 1, lost=1)], "nothing lost") is False


# What is written


def test_the_table_has_the_fastest_first_with_its_ratios() -> None:
    text = markdown(BENCH, [make_result("celery", 500), make_result("openqof", 3_000), make_result("dramatiq", 1_000)])
    rows = [row for row in text.splitlines() if row.startswith(("| OpenQOF", "| Dramatiq", "| Celery"))]
    assert rows[0].startswith("| OpenQOF | 1 | 3,000 (3,000-3,000) | 3.00 | 6.00 | 0.50 + 0.25 + 0.25 = 1.00 | 90 |")
    assert [row.split(" | ")[0] for row in rows] == ["| OpenQOF", "| Dramatiq", "| Celery"]
    assert "- met: at least 2.5 times the best framework (3.00 at 1,000)" in text
    assert "148 indicators, 12,855 bytes" in text


def test_runs_are_read_back_as_they_were_written_even_of_a_bench_cut_short(tmp_path: Path) -> None:
    file = ResultFile(tmp_path / "runs" / "one.ndjson")
    results = [make_result("celery", 500), make_result("openqof", 3_000)]
    file.begin(BENCH)
    for result in results:
        file.add(result)
    assert file.read() == (BENCH, results)


def test_the_document_names_every_run_and_how_each_variant_is_kept_safe(tmp_path: Path) -> None:
    file = tmp_path / "benchmarks" / "pipeline.json"
    write_json(file, BENCH, [make_result("celery", 500)])
    document = json.loads(file.read_text())
    assert document["lines"][0]["cost"]["total"] == 1.0
    assert document["runs"][0]["variant"] == "celery"
    assert set(document["variants"]) == {variant.name for variant in VARIANTS}
