"""How many events travel in one message? Alone an event is its envelope; many to the same queues are a JSON array.

A message costs the broker and both clients some 300 microseconds whatever it holds, more than the work on most events.
So a relay that finds many events sends them in chunks, and a quiet one sends each by itself, at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from qof_shared.contracts import CONTRACTS, Event, decode_event, encode_event
from qof_shared.errors import PermanentError
from qof_shared.messaging.topology import QUEUES

CHUNK_EVENTS = 25
"""The knee of throughput is at 25; beyond it only what is delivered again after a crash grows."""

CHUNK_BYTES = 256 * 1024

TRAVEL_ALONE = frozenset(key for queue in QUEUES if queue.is_long_work for key in queue.routing_keys)
"""Routing keys of events that are much work each: in a chunk, one worker would get them all."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An event waiting to be published, encoded as it will lie on the wire."""

    outbox_id: int
    message_id: str
    routing_key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """Events of one routing key that make one message."""

    rows: Sequence[OutboxRow]

    @property
    def routing_key(self) -> str:
        return self.rows[0].routing_key

    @property
    def message_id(self) -> str:
        """The first event's: enough to find the message by."""
        return self.rows[0].message_id

    @property
    def body(self) -> bytes:
        bodies = [row.body for row in self.rows]
        return bodies[0] if len(bodies) == 1 else b"[" + b",".join(bodies) + b"]"


def chunks(rows: Sequence[OutboxRow]) -> Iterator[Chunk]:
    """Part a window of the outbox into messages; events of one routing key stay in their order."""
    by_key: dict[str, list[OutboxRow]] = {}
    for row in rows:
        by_key.setdefault(row.routing_key, []).append(row)
    for key, of_key in by_key.items():
        most = 1 if key in TRAVEL_ALONE else CHUNK_EVENTS
        held: list[OutboxRow] = []
        size = 0
        for row in of_key:
            if held and (len(held) == most or size + len(row.body) > CHUNK_BYTES):
                yield Chunk(held)
                held, size = [], 0
            held.append(row)
            size += len(row.body)
        yield Chunk(held)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event as it came, or the fault that makes it none."""

    event: Event | None
    fault: Exception | None = None
    unreadable: bytes = b""
    """What came where it is no event."""

    @property
    def message_id(self) -> str | None:
        return str(self.event.message_id) if self.event else None

    @property
    def body(self) -> bytes:
        """The event as a message of its own."""
        return encode_event(self.event) if self.event else self.unreadable


_events_decoder = msgspec.json.Decoder(list[Event])
_parts_decoder = msgspec.json.Decoder(list[msgspec.Raw])


def read_chunk(body: bytes) -> list[Arrival]:
    """The events of a message; what cannot be read carries its fault and will go to the dead-letter queue."""
    if body[:1] != b"[":
        return [_read_event(body)]
    try:
        return [_known(event) for event in _events_decoder.decode(body)]
    except msgspec.MsgspecError:
        return _read_parts(body)


def _read_parts(body: bytes) -> list[Arrival]:
    """A chunk of which something is no envelope: the others are none the worse for it."""
    try:
        parts = _parts_decoder.decode(body)
    except msgspec.MsgspecError as error:
        return [Arrival(None, PermanentError(f"not an array of event envelopes: {error}"), body)]
    return [_read_event(bytes(part)) for part in parts]


def _read_event(body: bytes) -> Arrival:
    try:
        return _known(decode_event(body))
    except msgspec.MsgspecError as error:
        return Arrival(None, PermanentError(f"not an event envelope: {error}"), body)


def _known(event: Event) -> Arrival:
    if event.name in CONTRACTS:
        return Arrival(event)
    return Arrival(event, PermanentError(f"unknown event type {event.name!r}"))


def with_kept_body(row: OutboxRow, kept: bytes) -> OutboxRow:
    """Put a body that is kept elsewhere where the row says `null`: at its end, before the closing braces."""
    before, null, after = row.body.rpartition(b"null")
    if not null or after.strip(b"}"):
        raise ValueError(f"event {row.message_id} does not end in a null that its kept body could stand for")
    return replace(row, body=before + kept + after)
