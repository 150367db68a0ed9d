"""What takes longer than anybody waits for a page: it goes on by itself, and the page looks again."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 2.0
"""So long a request waits; then the page says that it is being worked out."""

KEPT_SECONDS = 600.0
"""So long what came of an errand can be fetched."""

MOST = 200
"""Errands that one process remembers."""


@dataclass(slots=True)
class Errand(Generic[T]):
    """Work under way or done; `about` is what the page that asked for it has to know again."""

    task: asyncio.Task[T]
    about: Any
    begun: float

    async def is_done(self, seconds: float | None = None) -> bool:
        """Whether it is done, after waiting so long at most; that nobody waits any more does not stop it."""
        await asyncio.wait({self.task}, timeout=PATIENCE_SECONDS if seconds is None else seconds)
        return self.task.done()

    def result(self) -> T:
        """What came of it; raises what it raised."""
        return self.task.result()


@dataclass(slots=True)
class Errands(Generic[T]):
    """The errands of one process. Whoever asks a process that does not know an errand asks for it again."""

    clock: Callable[[], float] = time.monotonic
    _errands: dict[tuple[str, ...], Errand[T]] = field(default_factory=dict)

    def find(self, key: tuple[str, ...]) -> Errand[T] | None:
        return self._errands.get(key)

    def begin(
        self,
        key: tuple[str, ...],
        work: Callable[[], Coroutine[Any, Any, T]],
        *,
        about: Any = None,
        fresh_seconds: float = KEPT_SECONDS,
    ) -> Errand[T]:
        """The errand of this key: the one under way, or begun within `fresh_seconds` and no failure, else a new one."""
        self._forget()
        known = self._errands.get(key)
        if known is not None and (not known.task.done() or self._is_fresh(known, fresh_seconds)):
            return known
        task = asyncio.ensure_future(work())
        # A failure that nobody comes back for is no fault of ours to be warned of.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        made = Errand(task, about, self.clock())
        self._errands[key] = made
        return made

    def _is_fresh(self, one: Errand[T], seconds: float) -> bool:
        is_failed = one.task.cancelled() or one.task.exception() is not None
        return not is_failed and self.clock() - one.begun < seconds

    def _forget(self) -> None:
        now = self.clock()
        for key, one in list(self._errands.items()):
            is_old = now - one.begun > KEPT_SECONDS or len(self._errands) >= MOST
            if one.task.done() and is_old:
                del self._errands[key]
