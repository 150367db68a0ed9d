"""Where a practice is, and what people are told of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.waiting import (
    Journey,
    Pace,
    Queue,
    Stage,
    place_of,
    poll_after,
)
from qof_declarations.core.waiting_words import waiting_sentences
from qof_shared.testing.fakes import NOON

EMPTY = Queue(False, (), None, NOON)


@pytest.mark.parametrize(
    ("journey", "queue", "stage", "position", "waiting"),
    [
        (Journey(), EMPTY, Stage.AWAITING_EXTRACT, None, None),
        (Journey(received=7), Queue(False, (3, 5, 7, 9), None, NOON), Stage.IN_QUEUE, 3, 4),
        (Journey(received=7), EMPTY, Stage.IN_QUEUE, 1, 1),
        (Journey(received=7, points=4, pounds=4, version=1), Queue(True, (7,), None, NOON), Stage.RECALCULATING, 1, 1),
        (Journey(received=7, points=7), EMPTY, Stage.AWAITING_NATIONAL_FIGURES, None, None),
        (Journey(points=7), EMPTY, Stage.AWAITING_NATIONAL_FIGURES, None, None),
        (Journey(received=7, points=7), Queue(True, (3, 7, 8), None, NOON), Stage.AWAITING_POUNDS, None, 3),
        (Journey(received=7, points=7, pounds=7, version=1), EMPTY, Stage.READY, None, None),
        (Journey(received=6, points=7, pounds=7, version=1), EMPTY, Stage.READY, None, None),
        (
            Journey(received=7, points=7, pounds=7, version=1, is_recalculating=True),
            EMPTY,
            Stage.RECALCULATING,
            None,
            None,
        ),
        (Journey(received=7, rejected=7), Queue(False, (3,), None, NOON), Stage.REJECTED, None, None),
        (Journey(received=9, rejected=7), Queue(False, (3, 9), None, NOON), Stage.IN_QUEUE, 2, 2),
    ],
)
def test_the_stage_follows_from_what_has_come(
    journey: Journey, queue: Queue, stage: Stage, position: int | None, waiting: int | None
) -> None:
    place = place_of(journey, queue)
    assert (place.stage, place.position, place.waiting) == (stage, position, waiting)
    assert place.is_settled == (stage in (Stage.READY, Stage.REJECTED))
    said = " ".join(waiting_sentences(place, lambda moment: f"{moment:%H:%M}"))
    assert said.endswith(".")
    assert ("We cannot say yet" in said) == (stage in (Stage.IN_QUEUE, Stage.AWAITING_POUNDS) or bool(position))


def test_the_bound_is_said_with_its_odds() -> None:
    place = place_of(Journey(received=7), Queue(False, tuple(range(8)), Pace(10, 200, 1), NOON))
    said = waiting_sentences(place, lambda moment: f"{moment:%H:%M:%S}")
    assert said[0] == "We have your extract. It is number 8 of 8 in the queue."
    assert said[1] == "It should be ready at about 12:02:00. Nine times out of ten it is ready by 12:03:00."


@pytest.mark.parametrize(
    ("queue", "journey", "least", "most"),
    [
        (Queue(False, tuple(range(1, 1001)), Pace(1, 200, 1), NOON), Journey(received=1000), 60, 91),
        (Queue(False, tuple(range(1, 1001)), Pace(1, 200, 1), NOON), Journey(received=100), 10, 16),
        (EMPTY, Journey(received=7), 15, 24),
        (EMPTY, Journey(), 60, 91),
    ],
    ids=["far back", "a tenth of what is to go", "nobody can say", "nothing moves"],
)
@given(chance=st.floats(0, 1))
def test_a_page_asks_again_sooner_the_sooner_something_moves(
    queue: Queue, journey: Journey, least: int, most: int, chance: float
) -> None:
    assert least <= poll_after(place_of(journey, queue), NOON, chance) <= most
