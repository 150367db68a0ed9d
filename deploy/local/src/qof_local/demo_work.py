"""How so many people of a demonstration do their work at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


async def share_out(items: Iterable[Item], work: Callable[[Item], Awaitable[None]], workers: int) -> None:
    """Let so many workers take the items one by one."""
    pending = iter(items)

    async def worker() -> None:
        for item in pending:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(worker())
