"""How an event travels: the envelope, the registry of contracts, encoding and decoding."""

from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid4

import msgspec

from qof_shared.errors import PermanentError

CONTRACTS: dict[str, type["Contract"]] = {}
"""Every event type by its routing key: `extract.accepted.v1` -> ExtractAccepted."""

C = TypeVar("C", bound="Contract")


class UnknownContractError(Exception):
    """The message names a type or version that this release does not know."""


class ContractMismatchError(PermanentError):
    """An event's data does not fit its contract, and no retry will change that."""


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all events. A subclass names its `event` (noun.past-verb.vN), which is its routing key."""

    event: ClassVar[str] = ""

    def __init_subclass__(cls, **config: Any) -> None:
        super().__init_subclass__(**config)
        if cls.event:
            CONTRACTS[cls.event] = cls


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, as it lies in an outbox, a queue and an inbox.

    `message_id` is the identity for at-most-one-effect; `correlation_id` is the extract (or other first cause)
    that a whole journey shares; `causation_id` is the message that led to this one. `traceparent` (W3C Trace Context)
    is there where the journey is traced; it stands before the data, which a relay may fill in at the end.
    """

    message_id: UUID
    name: str
    occurred_at: datetime
    correlation_id: str
    causation_id: UUID | None = None
    traceparent: str | msgspec.UnsetType = msgspec.UNSET
    data: msgspec.Raw

    def content(self, contract: type[C]) -> C:
        """Decode the data as `contract`; raises ContractMismatchError naming the path that does not fit."""
        try:
            return msgspec.json.decode(self.data, type=contract)
        except msgspec.DecodeError as error:
            raise ContractMismatchError(f"{self.name} does not fit its contract: {error}") from error


_event_decoder = msgspec.json.Decoder(Event)


def decode_event(body: bytes) -> Event:
    """Read an envelope; raises msgspec.DecodeError (or its subclass ValidationError) where it is not one."""
    return _event_decoder.decode(body)


def routing_key(contract: type[Contract]) -> str:
    """The routing key of a contract, which is its `event` name."""
    if not contract.event:
        raise UnknownContractError(f"{contract.__name__} is not an event")
    return contract.event


def new_event(
    content: Contract, *, occurred_at: datetime, correlation_id: str, causation_id: UUID | None = None
) -> Event:
    """Wrap what happened in an envelope with an identity of its own, ready for an outbox."""
    return Event(
        message_id=uuid4(),
        name=routing_key(type(content)),
        occurred_at=occurred_at,
        correlation_id=correlation_id,
        causation_id=causation_id,
        data=msgspec.Raw(msgspec.json.encode(content)),
    )


def event_of_kept(
    contract: type[Contract], *, occurred_at: datetime, correlation_id: str, causation_id: UUID | None = None
) -> Event:
    """An envelope whose data the service keeps anyway, as bytes: they are `null` here, and the relay puts them in.

    For `Outbox.add(event, kept_id=...)`, which says under which id they are kept.
    """
    return Event(
        message_id=uuid4(),
        name=routing_key(contract),
        occurred_at=occurred_at,
        correlation_id=correlation_id,
        causation_id=causation_id,
        data=_KEPT,
    )


_KEPT = msgspec.Raw(b"null")


def encode_event(event: Event) -> bytes:
    """The envelope as it lies on the wire: UTF-8 JSON."""
    return msgspec.json.encode(event)
