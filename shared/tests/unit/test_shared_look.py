"""Many who ask share one read."""

import asyncio

import pytest

from qof_shared.shared_look import SharedLook


class Source:
    def __init__(self) -> None:
        self.read: list[str] = []
        self.now = 0.0
        self.failure: Exception | None = None

    async def __call__(self, key: str) -> int:
        self.read.append(key)
        await asyncio.sleep(0)
        if self.failure:
            raise self.failure
        return len(self.read)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def shared(source: Source) -> SharedLook[str, int]:
    return SharedLook(source, seconds=1.0, clock=lambda: source.now)


async def test_who_asks_at_once_or_within_a_second_shares_one_read(
    source: Source, shared: SharedLook[str, int]
) -> None:
    assert await asyncio.gather(*(shared.look("a") for _ in range(1000))) == [1] * 1000
    source.now = 0.9
    assert (await shared.look("a"), await shared.look("b")) == (1, 2)
    source.now = 1.0
    assert (await shared.look("a"), source.read) == (3, ["a", "b", "a"])


async def test_a_failure_is_not_kept(source: Source, shared: SharedLook[str, int]) -> None:
    source.failure = ConnectionError("away")
    with pytest.raises(ConnectionError):
        await shared.look("a")
    source.failure = None
    assert await shared.look("a") == 2


async def test_who_leaves_takes_nothing_from_the_others(source: Source, shared: SharedLook[str, int]) -> None:
    leaving, staying = (asyncio.create_task(shared.look("a")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 1
