from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_shared.contracts import (
    AchievementCalculated,
    EntitlementsDue,
    Event,
    PaymentInstructed,
    ReportPublished,
    encode_event,
    event_of_kept,
    new_event,
)
from qof_shared.errors import PermanentError
from qof_shared.messaging.chunks import CHUNK_BYTES, CHUNK_EVENTS, OutboxRow, chunks, read_chunk, with_kept_body
from qof_shared.testing.fakes import NOON

KEYS = (PaymentInstructed.event, ReportPublished.event, EntitlementsDue.event)


def an_event(name: str = PaymentInstructed.event, data: bytes = b'{"a":null}') -> Event:
    return Event(message_id=uuid4(), name=name, occurred_at=NOON, correlation_id="c", data=msgspec.Raw(data))


def a_row(number: int, event: Event | None = None, body: bytes | None = None) -> OutboxRow:
    event = event or an_event()
    return OutboxRow(number, str(event.message_id), event.name, body or encode_event(event))


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, 3))))
def test_every_row_travels_once_and_in_its_order_within_a_routing_key(sent: list[tuple[str, int]]) -> None:
    rows = [a_row(number, an_event(key, b'"%s"' % (b"x" * 100_000 * size))) for number, (key, size) in enumerate(sent)]
    made = list(chunks(rows))
    for key in KEYS:
        travelled = [row.outbox_id for chunk in made if chunk.routing_key == key for row in chunk.rows]
        assert travelled == [row.outbox_id for row in rows if row.routing_key == key]
    for chunk in made:
        assert {row.routing_key for row in chunk.rows} == {chunk.routing_key}
        assert 1 <= len(chunk.rows) <= CHUNK_EVENTS
        assert len(chunk.rows) == 1 or sum(len(row.body) for row in chunk.rows) <= CHUNK_BYTES


def test_events_that_are_much_work_travel_alone() -> None:
    rows = [a_row(number, an_event(EntitlementsDue.event)) for number in range(3)]
    assert [len(chunk.rows) for chunk in chunks(rows)] == [1, 1, 1]


@pytest.mark.parametrize("count", [1, 2, CHUNK_EVENTS])
def test_what_was_put_in_a_chunk_is_read_from_it(count: int) -> None:
    events = [an_event(data=b'{"text":\n "one, another\\n"}') for _ in range(count)]
    (chunk,) = chunks([a_row(number, event) for number, event in enumerate(events)])
    arrivals = read_chunk(chunk.body)
    assert [arrival.event for arrival in arrivals] == events
    assert [arrival.message_id for arrival in arrivals] == [str(event.message_id) for event in events]
    assert [arrival.fault for arrival in arrivals] == [None] * count
    assert chunk.message_id == arrivals[0].message_id


def test_an_event_alone_is_its_envelope() -> None:
    row = a_row(1)
    (chunk,) = chunks([row])
    assert chunk.body == row.body


def test_a_part_that_is_no_envelope_costs_only_itself() -> None:
    first, last = an_event(), an_event()
    body = b"[" + encode_event(first) + b',{"name":"x"},' + encode_event(last) + b"]"
    arrivals = read_chunk(body)
    assert [arrival.event for arrival in arrivals] == [first, None, last]
    assert isinstance(arrivals[1].fault, PermanentError)
    assert arrivals[1].body == b'{"name":"x"}'
    assert arrivals[0].body == encode_event(first)


def test_an_event_nobody_knows_is_a_fault_and_keeps_its_body() -> None:
    event = an_event("never.heard.v1")
    (arrival,) = read_chunk(encode_event(event))
    assert "unknown event type 'never.heard.v1'" in str(arrival.fault)
    assert arrival.body == encode_event(event)


@pytest.mark.parametrize("body", [b"", b"[", b"[1,", b"{}", b"[nonsense]"])
def test_what_is_no_message_of_ours_is_one_fault(body: bytes) -> None:
    arrivals = read_chunk(body)
    assert len(arrivals) == 1
    assert isinstance(arrivals[0].fault, PermanentError)
    assert arrivals[0].body == body


def test_a_kept_body_stands_where_the_event_left_it_out() -> None:
    event = event_of_kept(AchievementCalculated, occurred_at=NOON, correlation_id="null}")
    row = with_kept_body(a_row(1, event), b'{"points": null}')
    (arrival,) = read_chunk(row.body)
    assert arrival.event == msgspec.structs.replace(event, data=msgspec.Raw(b'{"points": null}'))


def test_a_body_kept_within_the_data_stands_at_their_end() -> None:
    event = an_event(data=b'{"of":"A81001","extract":null}')
    row = with_kept_body(a_row(1, event), b'{"list_size":1}')
    (arrival,) = read_chunk(row.body)
    assert arrival.event is not None
    assert msgspec.json.decode(arrival.event.data) == {"of": "A81001", "extract": {"list_size": 1}}


def test_an_event_that_leaves_nothing_out_takes_no_kept_body() -> None:
    whole = new_event(
        EntitlementsDue(snapshot_id=uuid4(), collection="c", practices=[]), occurred_at=NOON, correlation_id="c"
    )
    with pytest.raises(ValueError, match="does not end in a null"):
        with_kept_body(a_row(1, whole), b"{}")
