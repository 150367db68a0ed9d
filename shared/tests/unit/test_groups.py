"""Whoever asks at the same moment is answered together, each with their own answer, and nobody by another's fault."""

import asyncio
from collections.abc import Sequence

import pytest

from qof_shared.groups import Grouped


class Slow:
    """Answers a number with its double, and only when it is told to."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.go_on = asyncio.Event()

    async def answer(self, asked: Sequence[int]) -> list[int]:
        self.groups.append(list(asked))
        await self.go_on.wait()
        if 13 in asked:
            raise ValueError("thirteen")
        return [2 * one for one in asked]


async def settle() -> None:
    """Let everybody go on who can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_those_who_ask_meanwhile_are_the_next_group() -> None:
    slow = Slow()
    grouped = Grouped(slow.answer, size=3)
    first = asyncio.create_task(grouped.ask(0))
    await settle()
    others = [asyncio.create_task(grouped.ask(number)) for number in range(1, 6)]
    await settle()
    assert slow.groups == [[0]]
    slow.go_on.set()
    assert await asyncio.gather(first, *others) == [0, 2, 4, 6, 8, 10]
    assert slow.groups == [[0], [1, 2, 3], [4, 5]]


async def test_a_failure_is_told_to_its_group_alone() -> None:
    slow = Slow()
    slow.go_on.set()
    grouped = Grouped(slow.answer, size=2)
    answers = await asyncio.gather(*(grouped.ask(number) for number in (12, 13, 14, 15)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError, ValueError, int, int]
    assert await grouped.ask(1) == 2


async def test_too_few_answers_are_a_failure_and_no_silence() -> None:
    async def nothing(_: Sequence[int]) -> list[int]:
        return []

    with pytest.raises(AssertionError, match="an answer for each"):
        await Grouped(nothing).ask(1)


async def test_whoever_is_cancelled_costs_the_others_nothing() -> None:
    slow = Slow()
    grouped = Grouped(slow.answer)
    first = [asyncio.create_task(grouped.ask(number)) for number in (1, 2)]
    await settle()
    later = [asyncio.create_task(grouped.ask(number)) for number in (3, 4)]
    await settle()
    first[0].cancel()  # its group is on the way
    later[0].cancel()  # its group is not
    await settle()
    slow.go_on.set()
    await asyncio.gather(*first, *later, return_exceptions=True)
    assert (first[1].result(), later[1].result()) == (4, 8)
    assert first[0].cancelled()
    assert later[0].cancelled()
    assert slow.groups == [[1, 2], [4]]


async def test_nobody_waits_for_a_process_that_ends() -> None:
    slow = Slow()
    grouped = Grouped(slow.answer, size=1)
    asking = [asyncio.create_task(grouped.ask(number)) for number in (1, 2)]
    await settle()
    working = grouped._working
    assert working is not None
    working.cancel()
    answers = await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), 5)
    assert [type(answer) for answer in answers] == [asyncio.CancelledError] * 2
