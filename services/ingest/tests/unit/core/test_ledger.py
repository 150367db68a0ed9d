from dataclasses import replace
from datetime import timedelta

import pytest

from qof_ingest.core.ledger import (
    STANDING_SECONDS,
    Books,
    InQueues,
    SupplierCounts,
    close_books,
    oldest_in_flight,
    unaccounted,
)
from qof_shared.testing.fakes import NOON

EMIS = SupplierCounts("emis", "EMIS", "QOF", 12, 10, 100, 60, 50, 5, 35, NOON)
INPS = SupplierCounts("inps", "INPS", "QOF", 4, 4, 10, 10, 10, 0, 0, None)
BOOKS = Books((EMIS, INPS), outbox_rows=21, outbox_extracts=20)


def queues(messages: int, dead: int = 0) -> InQueues:
    return InQueues(messages=messages, dead=dead, events_per_message=25)


def test_every_accepted_extract_is_somewhere() -> None:
    ledger = close_books(BOOKS, queues(1, dead=2), standing_seconds=0)
    assert (ledger.accepted, ledger.calculated, ledger.rejected, ledger.dead, ledger.in_flight) == (110, 70, 5, 2, 33)
    assert ledger.balances
    assert ledger.problem is None


@pytest.mark.parametrize("lost", [{"in_flight": 34}, {"calculated": 61}, {"rejected": 4}, {"accepted": 99}])
def test_figures_that_do_not_add_up_are_told(lost: dict[str, int]) -> None:
    ledger = close_books(replace(BOOKS, suppliers=(replace(EMIS, **lost), INPS)), queues(9), standing_seconds=0)
    assert not ledger.balances
    assert "extracts were accepted, but" in str(ledger.problem)


def test_extracts_for_which_no_queue_has_room_are_unaccounted_for() -> None:
    assert unaccounted(BOOKS, queues(0)) == 15
    assert unaccounted(BOOKS, queues(1)) == 0


def test_what_is_nowhere_for_a_moment_is_on_its_way_and_for_long_is_lost() -> None:
    on_its_way = close_books(BOOKS, queues(0), standing_seconds=STANDING_SECONDS - 1)
    assert on_its_way.balances
    assert on_its_way.unaccounted == 15
    lost = close_books(BOOKS, queues(0), standing_seconds=STANDING_SECONDS)
    assert not lost.balances
    assert str(lost.problem).startswith("15 extracts have no outcome and are in no queue")


def test_without_a_broker_dead_letters_count_as_in_flight_and_nothing_is_called_lost() -> None:
    ledger = close_books(BOOKS, None, standing_seconds=STANDING_SECONDS)
    assert (ledger.dead, ledger.in_flight, ledger.unaccounted, ledger.balances) == (0, 35, 0, True)


def test_more_dead_letters_than_extracts_without_outcome_are_of_others() -> None:
    ledger = close_books(BOOKS, queues(99, dead=99), standing_seconds=0)
    assert (ledger.dead, ledger.in_flight) == (35, 0)


def test_the_oldest_is_the_oldest_of_all_suppliers() -> None:
    assert oldest_in_flight(BOOKS) == NOON
    later = replace(EMIS, oldest_in_flight=NOON + timedelta(hours=1))
    assert oldest_in_flight(Books((later, EMIS, INPS), 0, 0)) == NOON
    assert oldest_in_flight(Books((INPS,), 0, 0)) is None
