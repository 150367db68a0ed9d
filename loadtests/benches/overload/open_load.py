"""How is each request answered that comes when it comes? `python -m loadtests.benches.overload.open_load URL FILE`.

A process of its own: requests are sent at their moments, however busy the server is, on connections that are kept while
they are of use. Writes what became of each. Nobody asks again here: what is refused stays refused.
"""

import asyncio
import sys
import time
from collections import deque
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from loadtests.benches.client import content_length
from loadtests.benches.overload.plan import Asked, Kind

PATIENCE_S = 10.0
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


class _Connection(asyncio.Protocol):
    """One request at a time; then it is idle, until the server closes it."""

    def __init__(self, idle: "deque[_Connection]") -> None:
        self._idle = idle
        self._answer: asyncio.Future[tuple[int, int | None]] | None = None
        self.is_open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes) -> "asyncio.Future[tuple[int, int | None]]":
        self._head, self._status, self._missing = b"", 0, 0
        self._retry_after: int | None = None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            return
        if not self._status:
            self._head += data
            head, end, data = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._status, self._missing = int(head[9:12]), content_length(head)
            _, said, rest = head.lower().partition(b"\r\nretry-after:")
            self._retry_after = int(rest.partition(b"\r\n")[0]) if said else None
        self._missing -= len(data)
        if self._missing <= 0:
            answer, self._answer = self._answer, None
            if not answer.done():
                answer.set_result((self._status, self._retry_after))
            self._idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed before the answer"))

    def close(self) -> None:
        self._transport.close()


async def _ask(asked: Asked, host: str, port: int, idle: "deque[_Connection]", began: float) -> Outcome:
    sent = time.perf_counter()
    connection: _Connection | None = None
    status, retry_after = NO_ANSWER, None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                is_kept = bool(idle)
                connection = idle.pop() if idle else None
                if connection is None:
                    loop = asyncio.get_running_loop()
                    _, connection = await loop.create_connection(lambda: _Connection(idle), host, port)
                elif not connection.is_open:
                    continue
                try:
                    status, retry_after = await connection.send(asked.request)
                except OSError:
                    if is_kept:
                        continue  # the server closed a connection that had been idle; browsers open another, too
                break
    except (TimeoutError, OSError):
        if connection is not None:
            connection.close()
    took = time.perf_counter() - sent
    late = sent - began - asked.at
    return Outcome(asked.kind, asked.practice, status, took * 1000, late * 1000, retry_after)


async def load(url: str, requests: list[Asked]) -> Loaded:
    """Send all of them at their moments; returns when each is answered or has gone."""
    target = urlsplit(url)
    assert target.hostname is not None, "the URL names a host"
    assert target.port is not None, "and a port"
    idle: deque[_Connection] = deque()
    processor, began = time.process_time(), time.perf_counter()
    running = []
    for asked in requests:
        ahead = asked.at - (time.perf_counter() - began)
        if ahead > 0:
            await asyncio.sleep(ahead)
        running.append(asyncio.create_task(_ask(asked, target.hostname, target.port, idle, began)))
    outcomes = await asyncio.gather(*running)
    return Loaded(list(outcomes), time.perf_counter() - began, time.process_time() - processor)


def main() -> None:
    requests = msgspec.msgpack.decode(Path(sys.argv[2]).read_bytes(), type=list[Asked])
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(load(sys.argv[1], requests))))


if __name__ == "__main__":
    main()
