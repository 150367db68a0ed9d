"""Does the true user get in while a hundred thousand guesses come? On a clock that is simulated."""

import asyncio
import heapq
import random
from collections.abc import Coroutine
from typing import Any

import pytest

from qof_local.provider.accounts import Account
from qof_local.provider.door import PATIENCE_SECONDS, WAITING_AT_ONCE, Door, NoTurnError
from qof_local.provider.throttle import ATTACKED_DELAY, IN_WORK_AT_ONCE

DIANA = Account("diana", "Diana Declarer", "signs", "alder-brook-clare-42")
COST_SECONDS = 0.002
"""What a request costs the one process, whatever comes of it; measured it is a fraction of that."""


class OneAccount:
    """The accounts of a provider that knows one person."""

    def find(self, account: str) -> Account | None:
        return DIANA if account.strip().lower() == DIANA.account else None


class Clock:
    """Time that goes on when everybody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self._asleep: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = 0
        self._busy_until = 0.0

    def read(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        await self.sleep_until(self.now + seconds)

    async def sleep_until(self, moment: float) -> None:
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order += 1
        heapq.heappush(self._asleep, (moment, self._order, waking))
        await waking

    async def work(self, seconds: float) -> None:
        """Take the one processor for so long, after everybody who came before."""
        self._busy_until = max(self._busy_until, self.now) + seconds
        await self.sleep_until(self._busy_until)

    async def run(self, *everybody: Coroutine[Any, Any, None]) -> None:
        tasks = [asyncio.ensure_future(one) for one in everybody]
        while not all(task.done() for task in tasks):
            # Whoever was woken may wake others, or fall asleep again, before time goes on.
            for _ in range(2):
                await asyncio.sleep(0)
            if self._asleep:
                self.now, _, waking = heapq.heappop(self._asleep)
                waking.set_result(None)
        for task in tasks:
            task.result()


def door_with(clock: Clock) -> Door:
    return Door(OneAccount(), clock=clock.read, sleep=clock.sleep)  # type: ignore[arg-type]


async def test_hundred_thousand_wrong_guesses_do_not_keep_the_true_user_out() -> None:
    """From 20,000 addresses; the true user signs in 2,000 times in ten minutes of it, on a browser that is known."""
    clock, drawn = Clock(), random.Random(20070402)
    door, took, checked = door_with(clock), [], 0

    async def guesser(first: int) -> None:
        nonlocal checked
        for moment in sorted(drawn.uniform(0, 600) for _ in range(100)):
            await clock.sleep_until(max(moment, clock.now))
            await clock.work(COST_SECONDS)
            try:
                address = f"address {first * 20 + drawn.randrange(20)}"
                assert await door.let_in("diana", "letmein", address=address, device=None) is None
                checked += 1
            except NoTurnError:
                pass

    async def true_user() -> None:
        for moment in sorted(drawn.uniform(0, 600) for _ in range(2_000)):
            await clock.sleep_until(max(moment, clock.now))
            arrived = clock.now
            await clock.work(COST_SECONDS)
            assert await door.let_in("diana", DIANA.password, address="home", device="her browser") is DIANA
            took.append(clock.now - arrived)

    await clock.run(true_user(), *(guesser(number) for number in range(1_000)))
    assert sum(one <= 3 for one in took) >= 0.999 * len(took) == 0.999 * 2_000
    most_in = clock.now / ATTACKED_DELAY * IN_WORK_AT_ONCE + 100
    assert 0 < checked <= most_in, "and the account is guessed at slowly"


async def test_ten_impatient_presses_all_get_in() -> None:
    clock = Clock()
    door, inside = door_with(clock), []

    async def press() -> None:
        inside.append(await door.let_in("Diana ", DIANA.password, address="home", device=None))

    await clock.run(*(press() for _ in range(10)))
    assert inside == [DIANA] * 10


async def test_who_has_mistyped_often_waits_and_gets_in() -> None:
    clock = Clock()
    door = door_with(clock)

    async def person() -> None:
        for _ in range(12):
            assert await door.let_in("diana", "mistyped", address="home", device=None) is None
        before = clock.now
        assert await door.let_in("diana", DIANA.password, address="home", device=None) is DIANA
        assert clock.now - before == 30

    await clock.run(person())


async def test_too_many_that_wait_are_told_at_once_and_nothing_is_left_behind() -> None:
    clock = Clock()
    door, told = door_with(clock), 0

    async def guess(number: int) -> None:
        nonlocal told
        for _ in range(8):
            try:
                await door.let_in("diana", "wrong", address=f"{number}", device=None)
            except NoTurnError:
                told += 1

    await clock.run(*(guess(number) for number in range(200)))
    assert told > WAITING_AT_ONCE
    assert not door.waiting
    assert clock.now < 8 * (PATIENCE_SECONDS + 30) + 60


async def test_nobody_learns_which_accounts_exist() -> None:
    clock = Clock()
    door = door_with(clock)

    async def ask() -> None:
        for _ in range(5):
            waits = []
            for name in ("diana", "nobody"):
                before = clock.now
                assert await door.let_in(name, "wrong", address="home", device=None) is None
                waits.append(clock.now - before)
            assert waits[0] == waits[1]

    await clock.run(ask())


async def test_guess_that_is_broken_off_leaves_its_turn() -> None:
    clock = Clock()
    door = door_with(clock)
    for _ in range(4):
        door.throttle.begin(source := _home(), 0)
        door.throttle.end(source, 0, is_right=False)
    waiting = asyncio.ensure_future(door.let_in("diana", "x", address="home", device=None))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert door.throttle.begin(_home(), 1) is not None


def _home() -> Any:
    from qof_local.provider.throttle import Source

    return Source("diana", "home")
