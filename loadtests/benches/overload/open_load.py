"""How is each request answered that comes when it comes? `python -m loadtests.benches.overload.open_load URL FILE`.

A process of its own: requests are sent at their moments, however busy the server is, on connections that are kept while
they are of use. Writes what became of each. Nobody asks again here: what is refused stays refused.
"""

import asyncio
import sys
import time
from pathlib import Path

import msgspec
import uvloop

from loadtests.benches.overload.plan import Asked, Kind
from loadtests.benches.overload.wire import Pool

PATIENCE_S = 8.0
"""After so long a person has gone."""
NO_ANSWER = 0
"""Status of a request that nobody answered in that time."""


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What became of one request. `late_ms`: how much later than planned it was sent."""

    kind: Kind
    practice: str
    status: int
    latency_ms: float
    late_ms: float
    retry_after: int | None


class Loaded(msgspec.Struct, frozen=True):
    """All outcomes, and the processor time of this process."""

    outcomes: list[Outcome]
    seconds: float
    processor_seconds: float


async def _ask(asked: Asked, pool: Pool, began: float) -> Outcome:
    sent = time.perf_counter()
    answer = await pool.ask(asked.request, PATIENCE_S)
    took = time.perf_counter() - sent
    late = sent - began - asked.at
    told = answer.value(b"retry-after") if answer else None
    status = answer.status if answer else NO_ANSWER
    return Outcome(asked.kind, asked.practice, status, took * 1000, late * 1000, int(told) if told else None)


async def load(url: str, requests: list[Asked]) -> Loaded:
    """Send all of them at their moments; returns when each is answered or has gone."""
    pool = Pool(url)
    processor, began = time.process_time(), time.perf_counter()
    running = []
    for asked in requests:
        ahead = asked.at - (time.perf_counter() - began)
        if ahead > 0:
            await asyncio.sleep(ahead)
        running.append(asyncio.create_task(_ask(asked, pool, began)))
    outcomes = await asyncio.gather(*running)
    return Loaded(list(outcomes), time.perf_counter() - began, time.process_time() - processor)


def main() -> None:
    requests = msgspec.msgpack.decode(Path(sys.argv[2]).read_bytes(), type=list[Asked])
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(load(sys.argv[1], requests))))


if __name__ == "__main__":
    main()
