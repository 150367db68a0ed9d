"""How do many who ask at the same moment share one way to the database and back?

Whoever asks while a group is being answered gathers in the next one: groups grow with the load, nobody waits on
purpose, and somebody who asks alone is answered alone.

    find_all = Grouped(find_many)
    session = await find_all.ask(digest)
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

GROUP_SIZE = 64


class Grouped(Generic[Asked, Answer]):
    """Asks `answer_all` for groups of up to `size`, one group at a time, in the order in which they came.

    It returns an answer for each, in order. What it raises is raised to everybody in the group; the next group is
    asked for all the same. Whoever is cancelled before their group's turn is left out of it; later the group goes on
    without them. Nothing is held while nobody asks, and nothing has to be opened or closed.
    """

    def __init__(
        self, answer_all: Callable[[Sequence[Asked]], Awaitable[Sequence[Answer]]], *, size: int = GROUP_SIZE
    ) -> None:
        self._answer_all = answer_all
        self._size = size
        self._waiting: deque[tuple[Asked, asyncio.Future[Answer]]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(self._size, len(self._waiting)))]
            group = [(asked, answer) for asked, answer in group if not answer.done()]
            if group:
                await self._settle(group)

    async def _settle(self, group: Sequence[tuple[Asked, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._answer_all([asked for asked, _ in group])
            assert len(answers) == len(group), "an answer for each"
        except Exception as error:
            for _, answer in group:
                if not answer.done():
                    answer.set_exception(error)
        except BaseException:
            # The process ends: nobody waits for an answer that nobody works on.
            for _, answer in (*group, *self._waiting):
                answer.cancel()
            raise
        else:
            for (_, answer), found in zip(group, answers, strict=True):
                if not answer.done():
                    answer.set_result(found)
