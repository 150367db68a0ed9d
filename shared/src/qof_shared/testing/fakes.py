"""Fakes at the ports, for handler tests that touch nothing outside the process."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import UUID

import msgspec

from qof_shared.contracts import Contract, Event
from qof_shared.people import Person

NOON = datetime(2013, 4, 2, 12, 0, tzinfo=UTC)
"""2 April, noon: when year end is at its busiest."""


def nothing_kept(kept_id: UUID) -> bytes:
    raise AssertionError(f"this fake keeps no bodies, so none for {kept_id}")


class FakeOutbox:
    """Keeps what a handler wants to tell, in order, and as the relay would publish it.

    `kept_body` gives the data of an event that leaves them out because the service keeps them anyway.
    """

    def __init__(self, kept_body: Callable[[UUID], bytes] = nothing_kept) -> None:
        self.events: list[Event] = []
        self.kept_body = kept_body

    def add(self, event: Event, *, kept_id: UUID | None = None) -> None:
        if kept_id is not None:
            event = msgspec.structs.replace(event, data=msgspec.Raw(self.kept_body(kept_id)))
        self.events.append(event)

    def contents(self, contract: type[Contract]) -> list[Contract]:
        """The events of one type, decoded."""
        return [event.content(contract) for event in self.events if event.name == contract.event]


class FakeUnitOfWork:
    """A unit of work in memory. A service's fake adds its repositories; `committed` tells whether it was committed.

    One fake stands for the whole database: entering it again keeps what it holds.
    """

    def __init__(self) -> None:
        self.outbox = FakeOutbox()
        self.committed = 0
        self._handled: set[tuple[str, UUID]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    async def keep_new(self, consumer: str, events: Sequence[Event]) -> list[Event]:
        new = []
        for event in events:
            if (consumer, event.message_id) not in self._handled:
                self._handled.add((consumer, event.message_id))
                new.append(event)
        return new

    async def commit(self) -> None:
        self.committed += 1


class FakePeople:
    """People by token."""

    def __init__(self, people: dict[str, Person]) -> None:
        self._people = people

    async def by_token(self, token: str) -> Person | None:
        return self._people.get(token)

    async def by_person(self, person: str) -> Person | None:
        return next((found for found in self._people.values() if found.person == person), None)
