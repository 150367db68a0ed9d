"""How do thousands look at one thing? Whoever asks gets what was read at most a second ago; one query answers all."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Seen = TypeVar("Seen")

LOOK_SECONDS = 1.0


class SharedLook(Generic[Key, Seen]):
    """Reads each key once in so many seconds at most, however many ask; those who ask meanwhile wait for that read."""

    def __init__(
        self,
        read: Callable[[Key], Awaitable[Seen]],
        *,
        seconds: float = LOOK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._looks: dict[Key, tuple[float, asyncio.Future[Seen]]] = {}

    async def look(self, key: Key) -> Seen:
        """What was seen at most so many seconds ago. Raises what reading raises; then the next who asks reads again."""
        begun, task = self._looks.get(key, (0.0, None))
        is_stale = task is None or self._clock() - begun >= self._seconds
        if task is None or is_stale or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.ensure_future(self._read(key))
            self._looks[key] = self._clock(), task
        # Whoever leaves takes nothing from the others.
        return await asyncio.shield(task)
