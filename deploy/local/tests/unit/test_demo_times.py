"""Is what sets the pace called by its name?"""

import json
import time
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from qof_local.demo_meter import Meter, Usage
from qof_local.demo_outcome import Moment, Outcome
from qof_local.demo_times import TO_REPORTS, Stage, bottleneck, record, show_stages, stages
from qof_local.yardstick import Yardstick


def a_run() -> Outcome:
    moments = {
        "began": Moment(10.0, {"PostgreSQL": 5.0}),
        "accepted": Moment(12.0, {"PostgreSQL": 6.0, "ingest-api": 1.5}),
        "complete": Moment(13.5, {"PostgreSQL": 6.5, "ingest-api": 1.5}),
        "frozen": Moment(14.0, {"PostgreSQL": 6.5, "ingest-api": 1.5}),
        "reported": Moment(20.0, {"PostgreSQL": 10.0, "ingest-api": 1.5}),
    }
    return Outcome(figures={"accepted": 100}, moments=moments)


def test_a_stage_has_the_seconds_and_the_processor_time_between_its_moments() -> None:
    first = stages(a_run(), Yardstick())[0]
    assert (first.seconds, first.pieces) == (2.0, 100)
    assert first.cpu == {"PostgreSQL": 1.0, "ingest-api": 1.5}
    assert first.largest[0] == ("ingest-api", 1.5)


def test_a_run_that_stops_at_the_reports_has_no_later_stages() -> None:
    assert stages(a_run(), Yardstick())[-1].name == TO_REPORTS


def test_the_machines_speed_stands_beside_each_stage() -> None:
    yardstick = Yardstick()
    yardstick.marks += [(9.0, 0.001), (11.0, 0.002), (11.5, 0.002), (15.0, 0.004), (30.0, 0.009)]
    accepted, *_, whole = stages(a_run(), yardstick)
    assert (accepted.yardstick, whole.yardstick) == (0.002, 0.002)

    written = StringIO()
    show_stages(Console(file=written, width=200), a_run(), yardstick)
    said = {line.split("  ")[0]: line.split()[-1] for line in written.getvalue().splitlines()}
    assert said["extracts accepted (first POST to last receipt)"] == "50%"
    assert said["entitlements and reports (freeze to last report)"] == "25%"


def test_a_yardstick_measures_until_it_is_put_away() -> None:
    began = time.monotonic()
    with Yardstick() as yardstick:
        while not yardstick.marks and time.monotonic() - began < 30:
            time.sleep(0.01)
    told = yardstick.usual(began, time.monotonic())
    assert 0 < yardstick.quickest <= told
    assert yardstick.usual(0.0, 0.0) == 0


@pytest.mark.parametrize(
    ("cpu", "says"),
    [
        ({"worker": 9.5, "api": 1.0}, "paced by worker, which keeps a core 95% busy"),
        ({"worker": 9.5, "api": 9.5}, "paced by the machine, whose 2 cores are 95% busy"),
        ({"worker": 3.0, "api": 1.0}, "paced by waiting, as the 2 cores are only 20% busy"),
        ({}, "nothing was measured"),
    ],
)
def test_what_sets_the_pace_is_named(cpu: dict[str, float], says: str) -> None:
    assert bottleneck(Stage("s", 1, 10.0, cpu), cores=2).startswith(says)


def test_what_was_measured_can_be_read_by_others(tmp_path: Path) -> None:
    meter = Meter()
    meter.usages["PostgreSQL"] = Usage("PostgreSQL", pss=7)
    record(tmp_path / "run.json", 100, a_run(), meter)
    written = json.loads((tmp_path / "run.json").read_text())
    whole = next(stage for stage in written["stages"] if stage["name"] == TO_REPORTS)
    assert (written["practices"], whole["seconds"]) == (100, 10.0)
    assert whole["cpu_seconds"] == {"PostgreSQL": 5.0, "ingest-api": 1.5}
    assert written["peak_pss_bytes"] == {"PostgreSQL": 7}
