import asyncio

import pytest

from qof_declarations.entrypoints.web.errands import KEPT_SECONDS, MOST, Errands

KEY = ("n1", "england-2012-13", "errand", "e1")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_pressed_twice_it_is_one_errand() -> None:
    errands: Errands[int] = Errands()
    ran = []

    async def work() -> int:
        ran.append(1)
        await asyncio.sleep(0)
        return 7

    first, second = errands.begin(KEY, work), errands.begin(KEY, work)
    assert first is second
    assert await first.is_done()
    assert (first.result(), errands.begin(KEY, work), ran) == (7, first, [1])


async def test_it_goes_on_when_nobody_waits_any_more() -> None:
    errands: Errands[str] = Errands()
    may_end = asyncio.Event()

    async def work() -> str:
        await may_end.wait()
        return "done"

    errand = errands.begin(KEY, work)
    assert not await errand.is_done(0.0)
    waiting = asyncio.create_task(errand.is_done(60))
    await asyncio.sleep(0)
    waiting.cancel()
    may_end.set()
    found = errands.find(KEY)
    assert found is errand
    assert await found.is_done()
    assert found.result() == "done"


async def test_what_it_raises_is_told_whenever_it_is_fetched() -> None:
    errands: Errands[int] = Errands()

    async def work() -> int:
        raise ValueError("no")

    errand = errands.begin(KEY, work)
    assert await errand.is_done()
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            errand.result()


async def test_what_is_no_longer_fresh_is_worked_out_again() -> None:
    clock = Clock()
    errands: Errands[int] = Errands(clock)

    async def work() -> int:
        return 1

    first = errands.begin(KEY, work, fresh_seconds=60)
    assert await first.is_done()
    clock.now = 59
    assert errands.begin(KEY, work, fresh_seconds=60) is first
    clock.now = 61
    assert errands.begin(KEY, work, fresh_seconds=60) is not first


async def test_old_and_too_many_errands_are_forgotten_and_running_ones_never() -> None:
    clock = Clock()
    errands: Errands[int] = Errands(clock)
    may_end = asyncio.Event()

    async def wait() -> int:
        await may_end.wait()
        return 1

    async def work() -> int:
        return 1

    running = errands.begin(("running",), wait)
    old = errands.begin(("old",), work)
    assert await old.is_done()
    clock.now = KEPT_SECONDS + 1
    errands.begin(KEY, work)
    assert (errands.find(("old",)), errands.find(("running",))) == (None, running)
    for number in range(MOST + 5):
        assert await errands.begin((str(number),), work).is_done()
    assert errands.find(("running",)) is running
    assert len([number for number in range(MOST + 5) if errands.find((str(number),))]) < MOST
    may_end.set()
    await running.task


async def test_what_failed_is_tried_again_when_it_is_asked_for_again() -> None:
    errands: Errands[int] = Errands()
    ran: list[int] = []

    async def work() -> int:
        ran.append(1)
        if len(ran) == 1:
            raise ValueError("no")
        return 7

    first = errands.begin(KEY, work)
    assert await first.is_done()
    second = errands.begin(KEY, work)
    assert await second.is_done()
    assert (second.result(), len(ran)) == (7, 2)
