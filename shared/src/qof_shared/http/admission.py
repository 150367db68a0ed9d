"""May this request be answered now, does it wait a moment, or is it asked to come back? Pure: times are arguments.

A process has one processor and a handful of connections to its database. More requests in hand than those can work at
make none of them faster: everybody becomes slow, until nobody is answered in time. So a bounded number is in hand, a
bounded number waits in a room in order of worth and age, and whoever would wait too long is told at once.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any


class Worth(IntEnum):
    """What a request is worth; the smaller, the later it is asked to come back."""

    SIGN = 0
    """An act: signing, approving, any form, and a sign-in that is under way."""
    REPORT = 1
    """A page or document that somebody who is signed in asked for."""
    ARRIVE = 2
    """A browser that nobody is signed in to: who is inside is served first, so that they get done and leave."""
    STATUS = 3
    """How far is it? Programs ask again in any case."""
    PREVIEW = 4
    """What is useful, but not needed to sign: what if, comparisons, lists as files."""


class State(Enum):
    """Where a request is."""

    WAITING = "waiting"
    IN_HAND = "in hand"
    SHED = "shed"
    """Told to come back."""
    GONE = "gone"
    """Answered, or its client has left."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once."""

    in_hand: int = 5
    """Requests that are worked at. Enough to keep the processor busy while some wait for the database; each more makes
    everybody wait for one more page to be written, also those who are only told to come back."""
    waiting: int = 256
    """Requests in the room."""
    patience: Mapping[Worth, float] = field(
        default_factory=lambda: {
            Worth.SIGN: 10.0,
            Worth.REPORT: 1.0,
            Worth.ARRIVE: 1.0,
            Worth.STATUS: 0.75,
            Worth.PREVIEW: 0.5,
        }
    )
    """Seconds in the room."""
    share: Mapping[Worth, float] = field(
        default_factory=lambda: {
            Worth.SIGN: 1.0,
            Worth.REPORT: 0.85,
            Worth.ARRIVE: 0.75,
            Worth.STATUS: 0.65,
            Worth.PREVIEW: 0.5,
        }
    )
    """A request of this worth is taken in hand while fewer than this share of `in_hand` are: the rest is kept free for
    what is worth more, which then need not wait for a long preview to end."""

    def most(self, worth: Worth) -> int:
        """In hand, at which a request of this worth still is not taken."""
        return max(1, round(self.in_hand * self.share[worth]))


@dataclass(slots=True, order=True)
class Asked:
    """One request. They stand in the room in the order of these fields."""

    worth: Worth
    arrived: float
    """When the person first came, on whichever clock all tickets have: who came first gets in first."""
    number: int
    until: float = field(compare=False)
    state: State = field(compare=False, default=State.WAITING)
    taken_at: float = field(compare=False, default=0.0)
    tag: Any = field(compare=False, default=None)
    """The caller's own."""


FIRST_GUESS_SECONDS = 0.05
SHORTEST_SECONDS = 0.001
FORGETTING = 1 / 50
"""How much the newest answer counts for how long an answer takes."""


class Admission:
    """Who is in hand, who waits, and how many were told what."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.in_hand = 0
        self.answer_seconds = FIRST_GUESS_SECONDS
        """How long an answer takes, in hand."""
        self.admitted: Counter[Worth] = Counter()
        self.shed: Counter[Worth] = Counter()
        self._most = {worth: limits.most(worth) for worth in Worth}
        self._room: list[Asked] = []
        self._number = 0

    @property
    def waiting(self) -> int:
        return len(self._room)

    def ask(self, worth: Worth, arrived: float, now: float) -> tuple[Asked, Asked | None]:
        """The request with its state; and another one that it pushed out of the full room, which is shed."""
        self._number += 1
        asked = Asked(worth, arrived, self._number, now + self.limits.patience[worth])
        # The first in the room is there because it cannot be taken, so only what goes before it may be.
        if self.in_hand < self._most[worth] and (not self._room or asked < self._room[0]):
            self._take(asked, now)
            return asked, None
        place = bisect_left(self._room, asked)
        if (place + 1) / self.per_second(worth) > self.limits.patience[worth]:
            self._shed(asked)
            return asked, None
        self._room.insert(place, asked)
        if len(self._room) <= self.limits.waiting:
            return asked, None
        pushed = self._room.pop()
        self._shed(pushed)
        return asked, None if pushed is asked else pushed

    def end(self, asked: Asked, now: float) -> list[Asked]:
        """The request is answered, or its client has left; again changes nothing. Returns who is in hand instead."""
        if asked.state is State.WAITING:
            self._leave(asked)
        elif asked.state is State.IN_HAND:
            self.in_hand -= 1
            self.answer_seconds += (now - asked.taken_at - self.answer_seconds) * FORGETTING
        asked.state = State.GONE
        return self._take_next(now)

    def run_out(self, asked: Asked, now: float) -> bool:
        """Its patience is over: is it shed? Not if it is in hand by now."""
        if asked.state is not State.WAITING or now < asked.until:
            return False
        self._leave(asked)
        self._shed(asked)
        return True

    def _take_next(self, now: float) -> list[Asked]:
        taken = []
        while self._room and self.in_hand < self._most[self._room[0].worth]:
            asked = self._room.pop(0)
            self._take(asked, now)
            taken.append(asked)
        return taken

    def per_second(self, worth: Worth) -> float:
        """Places that become free a second for requests of this worth, by Little's law: so many in hand for so long."""
        return self._most[worth] / max(self.answer_seconds, SHORTEST_SECONDS)

    def _take(self, asked: Asked, now: float) -> None:
        asked.state, asked.taken_at = State.IN_HAND, now
        self.in_hand += 1
        self.admitted[asked.worth] += 1

    def _shed(self, asked: Asked) -> None:
        asked.state = State.SHED
        self.shed[asked.worth] += 1

    def _leave(self, asked: Asked) -> None:
        del self._room[bisect_left(self._room, asked)]
