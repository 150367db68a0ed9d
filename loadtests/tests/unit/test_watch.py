"""What is read from the outside: queues, metrics, processes; and the answer to a bulk."""

import json
import os
from pathlib import Path

from loadtests.people.bulk import read_bulk
from loadtests.watch import queue_depth, read_metric, resident


def test_queue_depth_is_what_waits_and_what_is_in_work() -> None:
    queues = [{"ready": 3, "unacknowledged": 2}, {"ready": 0, "unacknowledged": 1}]
    assert queue_depth({"queues": queues, "ledger": {"in_flight": 9}}) == 6


def test_without_the_brokers_figures_the_depth_is_what_is_in_flight() -> None:
    assert queue_depth({"queues": None, "ledger": {"in_flight": 9}}) == 9
    assert queue_depth({}) is None


def test_a_metric_is_found_by_its_whole_name() -> None:
    name = "process_resident_memory_bytes"
    assert read_metric(f"# HELP {name} x\n{name}_max 1\n{name} 1.5e+07\n", name) == 15_000_000
    assert read_metric(f"{name} 1\n", "openqof_other") is None


def test_memory_is_read_of_processes_that_are_written_down_and_run(tmp_path: Path) -> None:
    (tmp_path / "me.json").write_text(json.dumps({"child": {"number": os.getpid()}}))
    (tmp_path / "none.json").write_text(json.dumps({"child": None}))
    (tmp_path / "gone.json").write_text(json.dumps({"child": {"number": 2**30}}))
    (tmp_path / "torn.json").write_text("{")
    found = resident(tmp_path)
    assert list(found) == ["me"]
    assert found["me"] > 1_000_000


def test_the_answer_to_a_bulk_tells_of_each_line_that_it_got_to() -> None:
    lines = [
        {"line": 1, "status": 202, "receipt": {"extract_id": "x"}},
        {"line": 2, "status": 422, "problem": {}},
        {"line": 3, "status": 503, "problem": {}},
        {"summary": {"accepted": 1, "complete": False}},
    ]
    content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    assert read_bulk(content) == {1: (202, {"extract_id": "x"}), 2: (422, {}), 3: (503, {})}
