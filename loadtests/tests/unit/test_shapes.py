"""What the shapes say: who comes, how many, when; and what their targets make of a run."""

from dataclasses import replace
from typing import Any

import pytest
from loadtests.record import PhaseRecord, Record, Sample
from loadtests.shapes import SHAPES
from loadtests.shapes.noisy_supplier import OTHERS_RECEIPT
from loadtests.shapes.shape import PRACTICE_VISITS, Asked, Phase, Shape, Visit

SHARES = {"northstar": 0.55, "meridian": 0.30, "fellside": 0.10, "harbour": 0.05}


def lay_out(shape: Shape, **asked: float) -> dict[str, Phase]:
    wanted = Asked(shape.practices, shape.seconds, shape.rate, SHARES)
    return {phase.name: phase for phase in shape.lay_out(replace(wanted, **asked))}  # type: ignore[arg-type]


def of(phase: Phase, *visits: Visit) -> int:
    return sum(len(flow.due) for flow in phase.flows if flow.visit in visits)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("practices", [1, 7, 300])
def test_every_arrival_is_in_order_and_within_its_phase(shape: Shape, practices: int) -> None:
    for phase in lay_out(shape, practices=practices).values():
        for flow in phase.flows:
            assert list(flow.due) == sorted(flow.due)
            assert all(at >= 0 for at in flow.due)
        latest = max(at for flow in phase.flows for at in flow.due)
        assert latest <= max(phase.seconds, 10.0)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("practices", [2, 60, 1_000])
def test_nobody_signs_twice_and_no_practice_is_posted_twice(shape: Shape, practices: int) -> None:
    phases = lay_out(shape, practices=practices).values()
    assert sum(of(phase, Visit.SIGN, Visit.IMPATIENT_SIGN) for phase in phases) <= practices
    posted = sum(
        len(flow.due) * flow.lines
        for phase in phases
        for flow in phase.flows
        if flow.visit in (Visit.POST, Visit.POST_BULK)
    )
    assert posted == (practices if shape.name == "surge" else 0)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_shape_says_what_it_rehearses_and_has_targets(shape: Shape) -> None:
    assert shape.rehearses
    assert shape.targets
    assert shape.lay_out.__module__.rpartition(".")[2] == shape.name.replace("-", "_")


def test_herd_is_nine_thousand_people_in_a_minute() -> None:
    (phase,) = lay_out(SHAPES["herd"]).values()
    assert of(phase, *PRACTICE_VISITS) == 9_000
    assert phase.seconds == 60


def test_replay_has_the_two_known_totals_in_their_time() -> None:
    day, morning = lay_out(SHAPES["replay-2007"], seconds=180).values()
    assert (of(day, Visit.SIGN), of(morning, Visit.SIGN)) == (1_436, 500)
    # 14 hours and 4 hours share what the night leaves: 9.5 s an hour.
    assert max(day.flows[0].due) <= 14 * 9.5
    assert morning.seconds == pytest.approx(4 * 9.5)
    assert day.seconds + morning.seconds == pytest.approx(180)


def test_a_small_replay_keeps_the_proportion() -> None:
    day, morning = lay_out(SHAPES["replay-2007"], practices=100).values()
    assert (of(day, Visit.SIGN), of(morning, Visit.SIGN)) == (74, 26)


def test_deadline_is_busiest_at_its_end() -> None:
    (phase,) = lay_out(SHAPES["deadline"], seconds=100).values()
    due = phase.flows[0].due
    assert sum(at > 90 for at in due) > 3 * sum(at < 10 for at in due)


def test_retry_storm_is_as_many_at_the_same_moments_as_the_calm() -> None:
    calm, storm = lay_out(SHAPES["retry-storm"]).values()
    assert calm.flows[0].due == storm.flows[0].due
    assert (calm.flows[0].visit, storm.flows[0].visit) == (Visit.SIGN, Visit.IMPATIENT_SIGN)


def test_noisy_supplier_posts_seven_times_its_share() -> None:
    quiet, noisy = lay_out(SHAPES["noisy-supplier"], rate=100, seconds=20).values()
    assert of(quiet, Visit.CORRECT) == 1_000
    (loud,) = (flow for flow in noisy.flows if flow.supplier)
    assert loud.supplier == "meridian"
    assert len(loud.due) == 6 * 300


def recorded(**phases: PhaseRecord) -> Record:
    return Record({name.replace("_", " "): phase for name, phase in phases.items()})


def verdicts(name: str, record: Record) -> dict[str, Any]:
    """Target -> what was measured, and whether it holds."""
    found = {}
    for target in SHAPES[name].targets:
        value = target.measure(record)
        found[target.name] = (value, value is not None and target.holds(value))
    return found


def make_phase(name: str, *, signed_each: float, count: int, seconds: float = 10.0) -> PhaseRecord:
    """People who came evenly; the signature of each took so long."""
    phase = PhaseRecord(name, count, began=0.0, arrivals_ended=seconds)
    for at in range(count):
        phase.add("due to signed", at * seconds / count + signed_each, signed_each)
    phase.counts.update({"wanted to sign": count, "signed": count, "wanted to sign in": count, "signed in": count})
    return phase


def test_goodput_is_measured_until_95_of_100_have_signed() -> None:
    calm = make_phase("calm", signed_each=0.0, count=100)
    kept = recorded(calm=calm, storm=make_phase("storm", signed_each=0.3, count=100))
    lost = recorded(calm=calm, storm=make_phase("storm", signed_each=2.0, count=100))
    assert verdicts("retry-storm", kept)["goodput"] == (pytest.approx(9.4 / 9.7), True)
    assert verdicts("retry-storm", lost)["goodput"] == (pytest.approx(9.4 / 11.4), False)


def test_goodput_of_a_storm_in_which_half_gave_up_is_theirs_who_did_not() -> None:
    storm = make_phase("storm", signed_each=0.0, count=50)
    storm.counts["wanted to sign"], storm.ended = 100, 40.0
    found = verdicts("retry-storm", recorded(calm=make_phase("calm", signed_each=0.0, count=100), storm=storm))
    assert found["goodput"] == (pytest.approx(50 / 40 / (95 / 9.4)), False)


def test_one_of_a_thousand_who_was_not_signed_in_is_too_many_of_a_herd_of_fifty() -> None:
    phase = make_phase("eight o'clock", signed_each=1, count=50)
    phase.counts["signed in"] = 49
    assert verdicts("herd", Record({"eight o'clock": phase}))["signed in"] == (0.98, False)


def test_dropped_sessions_and_slow_pages_fail_a_herd() -> None:
    phase = make_phase("eight o'clock", signed_each=1, count=50)
    for at in range(100):
        phase.add("page home", at, 3.0 if at >= 97 else 0.1)
    phase.counts["dropped sessions"] = 1
    found = verdicts("herd", Record({"eight o'clock": phase}))
    assert found["dropped sessions"] == (1.0, False)
    assert found["page p99"] == (3.0, False)


@pytest.mark.parametrize(("noisy", "passes"), [(0.11, True), (0.13, False)])
def test_others_may_slow_down_by_a_fifth_beside_a_loud_supplier(noisy: float, passes: bool) -> None:
    quiet_phase, noisy_phase = PhaseRecord("quiet", 1), PhaseRecord("noisy", 1)
    quiet_phase.add(OTHERS_RECEIPT, 1.0, 0.1)
    noisy_phase.add(OTHERS_RECEIPT, 1.0, noisy)
    value, has_passed = verdicts("noisy-supplier", recorded(quiet=quiet_phase, noisy=noisy_phase))[OTHERS_RECEIPT]
    assert value == pytest.approx(noisy / 0.1)
    assert has_passed is passes


@pytest.mark.parametrize(("growth", "passes"), [(0.0, True), (0.08, True), (0.2, False)])
def test_memory_that_grows_by_more_than_a_tenth_fails_a_soak(growth: float, passes: bool) -> None:
    record = recorded(soak=make_phase("soak", signed_each=1, count=10, seconds=100))
    record.samples = [
        Sample(at, 0, 0, 0, 0, memory={"a": int(1e6 * (1 + growth * at / 100)), "b": 50_000_000}) for at in range(101)
    ]
    value, has_passed = verdicts("soak", record)["memory drift"]
    assert value == pytest.approx(growth * 0.9, abs=0.01)
    assert has_passed is passes


def test_tables_grow_with_their_rows_but_a_row_may_not() -> None:
    record = recorded(soak=make_phase("soak", signed_each=1, count=10, seconds=100))
    record.samples = [Sample(at, 0, 0, 0, 0, table_bytes=1_000 * (at + 1), table_rows=at + 1) for at in range(101)]
    assert verdicts("soak", record)["table drift"] == (pytest.approx(0.0, abs=1e-9), True)
    record.samples = [Sample(at, 0, 0, 0, 0, table_bytes=1_000 + 10 * at, table_rows=10) for at in range(101)]
    assert verdicts("soak", record)["table drift"][1] is False


def test_pages_that_become_slower_fail_a_soak() -> None:
    phase = make_phase("soak", signed_each=1, count=10, seconds=100)
    for at in range(1_000):
        phase.add("page home", at / 10, 0.1 + at / 10_000)
    assert verdicts("soak", recorded(soak=phase))["page p99 drift"][1] is False


def test_a_target_that_nothing_was_measured_for_does_not_hold() -> None:
    empty = recorded(soak=PhaseRecord("soak", 0))
    assert verdicts("soak", empty)["memory drift"] == (None, False)
