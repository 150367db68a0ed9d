"""The scorecard: passes a faultless run, fails with the failing line in words, and can be read again and compared."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from loadtests.check import Violation
from loadtests.compare import BETTER, GONE, NEW, SAME, WORSE, compare, main, table
from loadtests.record import PhaseRecord, Record, Sample
from loadtests.scorecard import Scorecard, make_scorecard, read_scorecard, words_of, write_scorecard
from loadtests.shapes import SHAPES
from loadtests.shapes.shape import Asked

PHASE = "eight o'clock"


def make_card(
    *, page: float = 0.1, signed_in: int = 100, found: tuple[Violation, ...] = (), memory: int = 400, dropped: int = 0
) -> Scorecard:
    phase = PhaseRecord(PHASE, 100, began=0.0, arrivals_ended=60.0, ended=70.0)
    phase.counts.update({"wanted to sign in": 100, "signed in": signed_in, "wanted to sign": 10, "signed": 10})
    if dropped:
        phase.counts["dropped sessions"] = dropped
    for at in range(100):
        phase.add("page home", at, page)
    sample = Sample(1.0, 100, 100, 10, 0, queue_depth=5, memory={"api": memory * 1024 * 1024})
    return make_scorecard(
        SHAPES["herd"],
        Record({PHASE: phase}, [sample]),
        found,
        collection="LOADTEST-1",
        asked=Asked(100, 60, 0, {}),
        began_at=datetime(2026, 4, 2, 8, tzinfo=UTC),
        locust_share=0.4,
    )


def test_a_faultless_run_passes_and_can_be_read_again(tmp_path: Path) -> None:
    card = make_card()
    assert card.has_passed
    write_scorecard(tmp_path, card)
    assert (
        read_scorecard(tmp_path) == read_scorecard(tmp_path / "scorecard.json") == json.loads(json.dumps(card.document))
    )
    assert card.document["has_passed"] is True
    assert card.document["phases"][0]["times"]["page home"] == {
        "count": 100,
        "p50": 0.1,
        "p90": 0.1,
        "p99": 0.1,
        "max": 0.1,
    }


@pytest.mark.parametrize(
    "violation",
    [Violation("lost", "receipt x leads nowhere"), Violation("doubled", "A1 has 2"), Violation("impolite", "500")],
)
def test_a_broken_promise_fails_the_run_in_words(violation: Violation) -> None:
    card = make_card(found=(violation,))
    assert not card.has_passed
    assert card.document["has_passed"] is False
    words = words_of(card, Path("results"))
    assert f"{violation.promise}: {violation.where}" in words
    assert "FAILED" in words


def test_a_missed_target_fails_the_run_in_words() -> None:
    card = make_card(page=2.5)
    assert not card.has_passed
    assert "FAIL  page p99: 2.5 (at most 2;" in words_of(card, Path())
    assert not make_card(signed_in=99).has_passed
    assert not make_card(dropped=1).has_passed


def test_times_that_measure_locust_are_said_to() -> None:
    assert "measure Locust" not in words_of(make_card(), Path())
    busy = dict(make_card().document) | {"locust": {"share_of_a_core": 0.9, "measures_itself": True}}
    assert "measure Locust" in words_of(Scorecard([], [], busy), Path())


def test_a_scorecard_of_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scorecard.json").write_text('{"format": 0}')
    with pytest.raises(ValueError, match="no scorecard of format"):
        read_scorecard(tmp_path)


def changes(before: Scorecard, after: Scorecard, **options: float) -> Mapping[str, str]:
    first, second = (json.loads(json.dumps(one.document)) for one in (before, after))
    return {one.metric: one.verdict for one in compare(first, second, **options)}


def test_two_equal_runs_stay_as_they_were() -> None:
    assert set(changes(make_card(), make_card()).values()) == {SAME}


def test_slower_pages_more_memory_and_lost_promises_are_worse() -> None:
    found = changes(make_card(), make_card(page=0.2, memory=600, dropped=1, found=(Violation("lost", "x"),)))
    assert found[f"{PHASE}: page home p99, s"] == WORSE
    assert found["highest memory, bytes"] == WORSE
    assert found[f"{PHASE}: dropped sessions"] == WORSE
    assert found["promise holds: lost"] == WORSE
    assert found["target holds: dropped sessions"] == WORSE
    assert found["promise holds: doubled"] == SAME


def test_what_is_within_the_tolerance_stays() -> None:
    assert changes(make_card(), make_card(page=0.115))[f"{PHASE}: page home p99, s"] == SAME
    assert changes(make_card(), make_card(page=0.115), tolerance=0.1)[f"{PHASE}: page home p99, s"] == WORSE
    assert changes(make_card(page=0.001), make_card(page=0.005))[f"{PHASE}: page home p99, s"] == SAME


def test_quicker_pages_are_better() -> None:
    assert changes(make_card(), make_card(page=0.05))[f"{PHASE}: page home p99, s"] == BETTER


def test_what_only_one_run_measured_is_gone_or_new() -> None:
    before: dict[str, Any] = json.loads(json.dumps(make_card().document))
    after: dict[str, Any] = json.loads(json.dumps(make_card().document))
    after["phases"][0]["times"]["page other"] = after["phases"][0]["times"].pop("page home")
    found = {one.metric: one.verdict for one in compare(before, after)}
    assert found[f"{PHASE}: page home p99, s"] == GONE
    assert found[f"{PHASE}: page other p99, s"] == NEW


def test_runs_of_different_sizes_are_not_compared() -> None:
    before = dict(make_card().document)
    with pytest.raises(ValueError, match="cannot be compared"):
        compare(before, before | {"asked": {"practices": 1}})


@pytest.mark.parametrize(("page", "code"), [(0.1, 0), (0.5, 1)])
def test_the_command_fails_where_something_became_worse(
    page: float, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, card in (("a", make_card()), ("b", make_card(page=page))):
        (tmp_path / name).mkdir()
        write_scorecard(tmp_path / name, card)
    assert main([str(tmp_path / "a"), str(tmp_path / "b")]) == code
    told = capsys.readouterr().out
    assert (f"{PHASE}: page home p99, s" in told) is bool(code)
    assert "stayed as they were" in told


def test_the_command_says_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert "compare-scorecards:" in capsys.readouterr().err


def test_the_table_leaves_out_what_stayed() -> None:
    document = json.loads(json.dumps(make_card().document))
    assert table(compare(document, document)).count("\n") == 1
