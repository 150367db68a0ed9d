"""Figures of the overload bench: goodput by cost, late answers are no good, and targets fail where they should."""

from collections import Counter

import pytest
from loadtests.benches.overload.figures import WITH, WITHOUT, Round, Run, run_of, targets
from loadtests.benches.overload.open_load import Outcome
from loadtests.benches.overload.plan import MIX, Kind, arrivals
from loadtests.benches.overload.report import tables
from loadtests.benches.overload.wire import Answer
from loadtests.benches.pages.year import Reader

COSTS = {Kind.SIGN: 0.005, Kind.REPORT: 0.02, Kind.STATUS: 0.002, Kind.PREVIEW: 0.03}
AVERAGE = 0.1 * 0.005 + 0.4 * 0.02 + 0.3 * 0.002 + 0.2 * 0.03
CORES = {"server": 0.9, "postgres": 0.2, "load": 0.1}
READERS = [Reader(f"A{number}", "p", "c", "csrf", "t", "digest") for number in range(400)]


def outcome(kind: Kind, status: int, latency_ms: float = 10.0, practice: str = "A1") -> Outcome:
    return Outcome(kind, practice, status, latency_ms, 0.5, 7 if status == 503 else None)


def run(
    outcomes: list[Outcome], *, subject: str = WITH, factor: float = 1.0, signed: dict[str, int] | None = None
) -> Run:
    return run_of(subject, factor, 10.0, [Round(outcomes, signed or {}, CORES)], COSTS)


def test_arrivals_are_the_mix_at_the_rate_and_everybody_signs_once() -> None:
    asked = arrivals(200.0, 10.0, READERS, "england")
    assert len(asked) == pytest.approx(2000, rel=0.1)
    assert [one.at for one in asked] == sorted(one.at for one in asked)
    counted = Counter(one.kind for one in asked)
    assert all(counted[kind] / len(asked) == pytest.approx(share, abs=0.04) for kind, share in MIX.items())
    signers = [one.practice for one in asked if one.kind is Kind.SIGN]
    assert len(signers) == len(set(signers))


def test_more_signatures_than_practices_are_refused() -> None:
    with pytest.raises(ValueError, match="more signatures than practices"):
        arrivals(200.0, 10.0, READERS[:10], "england")


def test_goodput_counts_good_answers_by_their_cost() -> None:
    found = run([outcome(Kind.REPORT, 200), outcome(Kind.REPORT, 200, 2500.0), outcome(Kind.PREVIEW, 503)])
    assert found.goodput == pytest.approx(0.02 / AVERAGE / 10)
    assert found.answers_per_second == pytest.approx(0.1)
    reports, previews = found.kinds[Kind.REPORT], found.kinds[Kind.PREVIEW]
    assert (reports.well, reports.late, reports.share) == (1, 1, 0.5)
    assert (previews.shed, previews.lost, found.retry_after) == (1, 0, (7, 7))


def test_rounds_are_one_run_and_signatures_are_looked_for_in_their_own_round() -> None:
    signed = [outcome(Kind.SIGN, 303, practice="A1"), outcome(Kind.REPORT, 200)]
    rounds = [Round(signed, {"A1": 1}, CORES), Round(signed[:1], {}, {**CORES, "server": 0.7})]
    found = run_of(WITH, 2.0, 10.0, rounds, COSTS)
    assert found.goodput == pytest.approx(0.03 / AVERAGE / 20)
    assert found.goodputs == pytest.approx([0.025 / AVERAGE / 10, 0.005 / AVERAGE / 10])
    assert (found.seconds, found.kinds[Kind.SIGN].well, found.signatures_lost) == (20.0, 2, 1)
    assert found.server_cores == pytest.approx(0.8)


def test_what_nobody_answered_or_was_answered_wrongly_is_lost() -> None:
    found = run([outcome(Kind.STATUS, 0), outcome(Kind.STATUS, 500)])
    assert found.kinds[Kind.STATUS].lost == 2


def test_a_signature_that_was_answered_but_not_kept_once_is_lost() -> None:
    signed = [outcome(Kind.SIGN, 303, practice=practice) for practice in ("A1", "A2", "A3")]
    assert run(signed, signed={"A1": 1, "A2": 2}).signatures_lost == 2


def test_targets_tell_what_holds() -> None:
    well = [outcome(kind, 200 if kind is not Kind.SIGN else 303, practice="A9") for kind in Kind]
    upside_down = [outcome(Kind.PREVIEW, 200), outcome(Kind.REPORT, 503, 2100.0)]
    runs = [
        run(well, signed={"A9": 1}),
        run(upside_down, factor=2.0),
        run(upside_down, subject=WITHOUT, factor=4.0),
    ]
    verdicts = {target.aim: target.holds for target in targets(runs)}
    assert {aim: holds for aim, holds in verdicts.items() if "1x" in aim.rpartition("at")[2]} == {
        "shares answered in order of worth, at 1x (least step)": True,
        "no signature lost, at 1x": True,
    }
    assert not verdicts["shares answered in order of worth, at 2x (least step)"]
    assert not verdicts["0.95 of the goodput at 1x, at 2x"]
    assert not any("4x" in aim for aim in verdicts)
    assert "| 2x | with the door |" in tables(runs)


def test_headers_of_an_answer_are_found_whatever_their_case() -> None:
    answer = Answer(503, b"HTTP/1.1 503 X\r\nRetry-After: 7\r\nset-cookie: a=1; Path=/\r\nSet-Cookie: b=2")
    assert answer.value(b"retry-after") == "7"
    assert answer.values(b"set-cookie") == ["a=1; Path=/", "b=2"]
    assert answer.value(b"refresh") is None
