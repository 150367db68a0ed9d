"""Is this the person? Checks a password, after the wait that the throttle asks for."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from qof_local.provider.accounts import Account, Accounts
from qof_local.provider.throttle import Source, Throttle

TURN_SECONDS = 0.25
"""How often a guess that was not taken asks for its turn."""
PATIENCE_SECONDS = 45.0
"""After this somebody whose turn never came is told so; their password was not looked at."""
WAITING_AT_ONCE = 40
"""Guesses at an account that may wait for their turn. The next one is told at once, so that waiting costs us little."""


class NoTurnError(Exception):
    """Too many others guess at this account at the moment."""


@dataclass
class Door:
    """Lets people in by their password, as slowly as they have guessed."""

    accounts: Accounts
    throttle: Throttle = field(default_factory=Throttle)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    waiting: Counter[str | Source] = field(default_factory=Counter)
    """By account; a known browser waits for itself alone."""

    async def let_in(self, name: str, password: str, *, address: str, device: str | None) -> Account | None:
        """The account, if the password is its; None if not, or if there is no such account: both take the same time.

        `device` is the name of a browser that has signed in to this account before. Raises NoTurnError.
        """
        key = name.strip().lower()
        source = Source(key, device, is_known=True) if device else Source(key, address)
        delay = await self._turn(source)
        is_right = False
        try:
            if delay:
                await self.sleep(delay)
            account = self.accounts.find(name)
            is_right = account is not None and account.accepts(password)
            return account if is_right else None
        finally:
            self.throttle.end(source, self.clock(), is_right=is_right)

    async def _turn(self, source: Source) -> float:
        delay = self.throttle.begin(source, self.clock())
        if delay is not None:
            return delay
        queue = source if source.is_known else source.account
        if self.waiting[queue] >= WAITING_AT_ONCE:
            raise NoTurnError
        self.waiting[queue] += 1
        try:
            until = self.clock() + PATIENCE_SECONDS
            while self.clock() < until:
                await self.sleep(TURN_SECONDS)
                delay = self.throttle.begin(source, self.clock())
                if delay is not None:
                    return delay
            raise NoTurnError
        finally:
            self.waiting[queue] -= 1
            if not self.waiting[queue]:
                del self.waiting[queue]
