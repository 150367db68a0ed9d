"""Who was asked to come back, how many are before somebody, and when shall they look again? Pure: times are arguments.

A line outside that keeps no names: each person carries a ticket with the moment they first came. Here are only counts,
by that moment and by when they are to look again, so that whoever never comes back is not waited for.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass

from qof_shared.http.admission import Worth

STEP_SECONDS = 5
"""Moments of arrival are told apart so finely."""
GRACE_SECONDS = 20
"""Whoever is so late for their look has given up."""
SOONEST, LATEST = 3, 40
"""Seconds until the next look, at least and at most."""
REQUESTS_EACH = 4
"""What somebody who gets in asks for, at most, before the next one does: they sign in, come back, see a page."""
SLOWEST = 0.05
"""With less than one in twenty seconds nobody knows how long it takes."""
REMEMBERED_SECONDS = 15.0
"""Over so long it is counted how many get in a second."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a person carries who was asked to come back."""

    arrived: float
    """When they first came."""
    due: int
    """When they are to look again."""
    worth: Worth
    """Of what they asked for."""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody is told who has to come back."""

    ticket: Ticket
    seconds: int
    """Until the next look."""
    before: int
    """About so many people are before them."""
    through_in: float | None
    """Seconds until they get in, about; None while nobody knows."""


class Pace:
    """How many a second, lately."""

    def __init__(self) -> None:
        self._weight = 0.0
        self._since: float | None = None
        self._at = 0.0

    def count(self, now: float) -> None:
        self._since = now if self._since is None else self._since
        self._weight = self._weight * math.exp((self._at - now) / REMEMBERED_SECONDS) + 1
        self._at = now

    def per_second(self, now: float) -> float:
        if self._since is None or now <= self._since:
            return 0.0
        seen = 1 - math.exp((self._since - now) / REMEMBERED_SECONDS)  # less than all of it in the first moments
        return self._weight * math.exp((self._at - now) / REMEMBERED_SECONDS) / (REMEMBERED_SECONDS * seen)


class Outside:
    """Everybody who was asked to come back, by worth."""

    def __init__(self) -> None:
        self._lines: dict[Worth, Counter[int]] = {worth: Counter() for worth in Worth}
        self._due: defaultdict[int, Counter[tuple[Worth, int]]] = defaultdict(Counter)
        self._paces = {worth: Pace() for worth in Worth}
        self._forgotten_until: int | None = None

    def let_in(self, worth: Worth, now: float) -> None:
        """One of this worth got in."""
        self._paces[worth].count(now)

    def come_back(self, ticket: Ticket) -> None:
        """Somebody is here again. A ticket that was shown before, or is not known any more, changes nothing."""
        counted = self._due.get(ticket.due)
        key = (ticket.worth, _step(ticket.arrived))
        if counted and counted[key] > 0:
            counted[key] -= 1
            self._lines[ticket.worth][key[1]] -= 1

    def send_away(self, worth: Worth, arrived: float, now: float, chance: float, per_second: float) -> Told:
        """What they are told; they are counted as waiting until they come back. `chance` is from 0 to 1.

        `per_second` requests can be answered. How many get in is no measure of how many could: were all told to wait
        for long, few would get in, and be told to wait for longer. So it is the pace or a share of what can be
        answered, whichever is more.
        """
        self._forget(int(now))
        before = self.before(worth, arrived)
        pace = max(self._paces[worth].per_second(now), per_second / REQUESTS_EACH)
        through_in = before / pace if pace > SLOWEST else None if before else 0.0
        seconds = look_after(through_in, chance)
        ticket = Ticket(arrived, int(now) + seconds, worth)
        step = _step(arrived)
        self._lines[worth][step] += 1
        self._due[ticket.due][worth, step] += 1
        return Told(ticket, seconds, before, through_in)

    def before(self, worth: Worth, arrived: float) -> int:
        """How many wait who came earlier for the same, or for something that is worth more; of those who came at the
        same time half."""
        step = _step(arrived)
        more = sum(sum(self._lines[other].values()) for other in Worth if other < worth)
        own = self._lines[worth]
        return more + sum(count for at, count in own.items() if at < step) + own[step] // 2

    @property
    def waiting(self) -> int:
        return sum(sum(line.values()) for line in self._lines.values())

    def _forget(self, now: int) -> None:
        """Those who have not come back take no place any more."""
        late = now - GRACE_SECONDS
        first = late if self._forgotten_until is None else self._forgotten_until
        if late - first > len(self._due):
            overdue = [due for due in self._due if due < late]
        else:
            overdue = [due for due in range(first, late) if due in self._due]
        for due in overdue:
            for (worth, step), count in self._due.pop(due).items():
                self._lines[worth][step] -= count
        if overdue:
            for worth, line in self._lines.items():
                self._lines[worth] = Counter({step: count for step, count in line.items() if count > 0})
        self._forgotten_until = late


def look_after(through_in: float | None, chance: float) -> int:
    """Whole seconds until the next look: within the time it takes, each at a moment of their own."""
    longest = min(max(2 * SOONEST, LATEST if through_in is None else through_in), LATEST)
    return SOONEST + round((longest - SOONEST) * (0.5 + 0.5 * chance))


def _step(arrived: float) -> int:
    return int(arrived) // STEP_SECONDS
