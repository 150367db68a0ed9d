"""Tickets are ours, of all our processes, and only for half an hour."""

from hypothesis import given
from hypothesis import strategies as st

from qof_shared.http.admission import Worth
from qof_shared.http.outside import Ticket
from qof_shared.http.tickets import KEPT_SECONDS, LONGEST, Tickets

NOW = 1_775_116_800.0
TICKET = Ticket(NOW - 61.5, int(NOW) + 12, Worth.ARRIVE)


def test_another_process_of_the_service_reads_it() -> None:
    written = Tickets("postgresql://secret").write(TICKET)
    assert len(written) <= LONGEST
    assert Tickets("postgresql://secret").read(written, NOW) == TICKET


def test_another_services_ticket_is_none() -> None:
    assert Tickets("ours").read(Tickets("theirs").write(TICKET), NOW) is None


@given(st.text(max_size=80))
def test_nobody_makes_one_up(written: str) -> None:
    assert Tickets("ours").read(written, NOW) is None


def test_an_earlier_moment_cannot_be_written_into_it() -> None:
    written = Tickets("ours").write(TICKET)
    moment, rest = written.split(".", 1)
    assert Tickets("ours").read(f"{int(moment) - 60_000}.{rest}", NOW) is None


def test_an_old_one_and_one_from_the_future_are_none() -> None:
    tickets = Tickets("ours")
    assert tickets.read(tickets.write(Ticket(NOW - KEPT_SECONDS - 1, 0, Worth.SIGN)), NOW) is None
    assert tickets.read(tickets.write(Ticket(NOW + 60, 0, Worth.SIGN)), NOW) is None
