"""Where extracts are in a queue that several suppliers share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_ingest.core.waiting import Queue, Share, place_of, share_of
from qof_shared.pace import Pace
from qof_shared.testing.fakes import NOON

PACE = Pace(seconds_each=0.5, extracts=1000, unevenness=1)
QUEUE = Queue(NOON, {"emis": [3, 7, 12], "inps": [5, 9]}, PACE)


@pytest.mark.parametrize(
    ("number", "position", "waiting"),
    [(3, 1, 5), (5, 2, 5), (9, 4, 5), (12, 5, 5), (13, 5, 5), (1, 1, 5)],
    ids=["first", "of another", "fourth", "last", "came after the look", "left since the look"],
)
def test_a_place_counts_what_all_suppliers_sent_before(number: int, position: int, waiting: int) -> None:
    place = place_of(number, QUEUE)
    assert (place.position, place.waiting) == (position, waiting)
    assert place.forecast == PACE.forecast(position, NOON)


def test_a_share_is_through_with_its_last_extract() -> None:
    assert share_of("inps", QUEUE) == Share(2, 5, 4, 120, PACE.forecast(4, NOON))


def test_a_supplier_of_whom_nothing_waits_waits_for_nothing() -> None:
    assert share_of("microtest", QUEUE) == Share(0, 5, None, 120, None)


def test_without_a_pace_nobody_can_say() -> None:
    queue = Queue(NOON, QUEUE.waiting, None)
    assert place_of(5, queue).forecast is None
    assert share_of("emis", queue) == Share(3, 5, 5, None, None)


@given(st.dictionaries(st.sampled_from("abcd"), st.sets(st.integers(1, 60), min_size=1), min_size=1))
def test_places_are_those_of_one_queue(sets: dict[str, set[int]]) -> None:
    """However the numbers are dealt to suppliers: each number is one supplier's."""
    taken: set[int] = set()
    waiting = {}
    for supplier, numbers in sets.items():
        waiting[supplier] = sorted(numbers - taken)
        taken |= numbers
    queue = Queue(NOON, waiting, None)
    assert [queue.position(number) for number in sorted(taken)] == list(range(1, len(taken) + 1))
