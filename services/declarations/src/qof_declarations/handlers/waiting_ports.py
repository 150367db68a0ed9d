"""What waiting needs from the outside: who is on the way, what came out, and a look at the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qof_declarations.core.waiting import Half, Journey, Queue


@dataclass(frozen=True, slots=True)
class Received:
    """The newest extract that ingest accepted of a practice."""

    collection: str
    practice: str
    extract_number: int
    received_at: datetime


class Waiting(Protocol):
    """Who is on the way, as it is written."""

    async def record_received(self, extracts: Sequence[Received]) -> None:
        """Keep each that is newer than what is there, one per practice."""

    async def record_arrivals(self, half: Half, extracts: Mapping[str, int], at: datetime) -> None:
        """So many extracts of each collection have this half from now on."""


class Journeys(Protocol):
    """How far practices are; made with a scope, as standings are."""

    async def find(self, collection: str, practice: str) -> Journey:
        """Where nothing has come, or the practice is out of scope, a journey that has not begun."""


class Queues(Protocol):
    """A look at queues that many share: nothing in it names a practice."""

    async def look(self, collection: str) -> Queue:
        """As it was at most a second or two ago."""
