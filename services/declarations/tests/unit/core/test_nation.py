from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.lifecycle import State
from qof_declarations.core.nation import HOURS, CommissionerProgress, SupplierProgress, hours_of, most_late_first

NOW = datetime(2013, 4, 2, 8, 41, tzinfo=UTC)


def commissioner(code: str, late: int = 0, **states: int) -> CommissionerProgress:
    return CommissionerProgress(code, None, {State[name]: count for name, count in states.items()}, late)


def test_every_practice_of_a_commissioner_is_in_one_group() -> None:
    one = commissioner("C1", AWAITING_EXTRACT=1, AWAITING_NATIONAL_FIGURES=2, AWAITING_SIGNATURE=4, RETURNED=8)
    assert (one.practices, one.not_ready, one.to_sign, one.signed) == (15, 3, 12, 0)


@given(st.dictionaries(st.sampled_from(State), st.integers(0, 9_000)))
def test_groups_are_all_practices_whatever_their_states(by_state: dict[State, int]) -> None:
    one = CommissionerProgress("C1", "NHS Alder", by_state, 0)
    assert one.not_ready + one.to_sign + one.signed == one.practices


def test_a_signature_stands_until_figures_move_or_it_is_returned() -> None:
    one = commissioner("C1", SIGNED=1, APPROVED=1, FINANCE_APPROVED=1, SUPERSEDED=1, RETURNED=1)
    assert (one.signed, one.to_sign) == (3, 2)


def test_the_latest_come_first_then_those_with_most_to_sign() -> None:
    calm = commissioner("C1", FINANCE_APPROVED=9)
    busy = commissioner("C3", AWAITING_SIGNATURE=3)
    same = commissioner("C2", AWAITING_SIGNATURE=3)
    late = commissioner("C4", late=1, AWAITING_SIGNATURE=1)
    assert most_late_first([calm, busy, same, late]) == [late, same, busy, calm]


def test_hours_without_signatures_are_there_too() -> None:
    full = NOW.replace(minute=0)
    hours = hours_of({full: 7, full - timedelta(hours=HOURS - 1): 1, full - timedelta(hours=HOURS): 99}, NOW)
    assert len(hours) == HOURS
    assert [one.signed for one in hours] == [1] + [0] * (HOURS - 2) + [7]
    assert hours[-1].hour == full


def test_practices_without_an_extract_are_missing() -> None:
    assert SupplierProgress("northstar", 10, 7, 6, 5, 1).missing == 3
