"""How long does a guess wait? Guessing is slowed; nobody is ever locked out.

Pure: seconds come in as arguments. A guess has a source: the address it comes from or, where this browser has signed in
to this account before, the browser itself. Each source of an account waits for its own wrong guesses only, so nobody
can make another wait, except that an account under attack makes all unknown browsers wait a little and take turns.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key")

FREE_GUESSES = 3
"""People mistype."""
LONGEST_DELAY = 30.0
FORGIVEN_AFTER = 900.0
"""Wrong guesses of a source, and of an account, are forgotten when none came for so long."""
ATTACKED_FROM = 20
"""So many wrong guesses from unknown browsers, and an account is under attack."""
ATTACKED_DELAY = 2.0
IN_WORK_AT_ONCE = 10
"""Guesses of unknown browsers that may wait or be checked for one account at the same time."""
MOST_SOURCES = 200_000
"""Remembered at once; the one that guessed longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a guess at an account comes from. `client` is an address, of a known browser its own name."""

    account: str
    client: str
    is_known: bool = False


@dataclass(slots=True)
class _Wrong:
    """Wrong guesses, and when the last one was."""

    count: int = 0
    last: float = float("-inf")
    in_work: int = 0

    def counted(self, now: float) -> int:
        return self.count if now - self.last < FORGIVEN_AFTER else 0


def delay_after(wrong: int) -> float:
    """Seconds that a guess waits after so many wrong ones of its source: 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, ..."""
    if wrong < FREE_GUESSES:
        return 0.0
    return min(2.0 ** min(wrong - FREE_GUESSES, 10), LONGEST_DELAY)


class Throttle:
    """Who has guessed wrongly, and therefore waits. A guess is `begin`, then `end` whatever comes of it."""

    def __init__(self) -> None:
        self._sources: OrderedDict[Source, _Wrong] = OrderedDict()
        self._accounts: OrderedDict[str, _Wrong] = OrderedDict()

    def begin(self, source: Source, now: float) -> float | None:
        """Seconds this guess waits before it is checked; None where it is not taken now and may come again at once."""
        own, account = self._of(self._sources, source), self._of(self._accounts, source.account)
        if own.in_work >= 1 or (not source.is_known and account.in_work >= IN_WORK_AT_ONCE):
            return None
        own.in_work += 1
        delay = delay_after(own.counted(now))
        if source.is_known:
            return delay
        account.in_work += 1
        return max(delay, ATTACKED_DELAY if account.counted(now) >= ATTACKED_FROM else 0.0)

    def end(self, source: Source, now: float, *, is_right: bool) -> None:
        """The guess was checked. A right one clears its own source, never the account: it proves nothing of others."""
        own, account = self._of(self._sources, source), self._of(self._accounts, source.account)
        own.in_work = max(0, own.in_work - 1)
        if not source.is_known:
            account.in_work = max(0, account.in_work - 1)
        if is_right:
            own.count = 0
            return
        own.count, own.last = own.counted(now) + 1, now
        if not source.is_known:
            account.count, account.last = account.counted(now) + 1, now

    def _of(self, table: OrderedDict[Key, _Wrong], key: Key) -> _Wrong:
        found = table.setdefault(key, _Wrong())
        table.move_to_end(key)
        if len(table) > MOST_SOURCES:
            self._forget_one(table)
        return found

    def _forget_one(self, table: OrderedDict[Key, _Wrong]) -> None:
        oldest = next((key for key, wrong in table.items() if not wrong.in_work), None)
        if oldest is not None:
            del table[oldest]
