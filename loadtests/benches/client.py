"""How fast does a server answer? A client so lean that it measures the server: one Protocol per connection."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import cast
from urllib.parse import urlsplit

import msgspec

GIVE_UP_SECONDS = 120


class Answered(msgspec.Struct, frozen=True):
    """What one process of a load has seen."""

    seconds: float
    """From the first byte sent to the last answer."""
    processor_seconds: float
    """Of this client."""
    statuses: dict[int, int]
    latencies: list[float]
    """Seconds of each request, in no order."""
    body_bytes: int = 0
    """Of all answers together."""


class _Run:
    """What all connections share: the requests still to be sent, and what was answered."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.requests = requests
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.body_bytes = 0


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the one before is answered."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._head = b""
        self._status = 0
        self._missing = 0
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is no subclass
        self._send()

    def _send(self) -> None:
        request = next(self._run.requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if not self._status:
            self._head += data
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._head = b""
            self._status = int(head[9:12])
            self._missing = content_length(head)
            self._run.body_bytes += self._missing
            data = body
        self._missing -= len(data)
        if self._missing <= 0:
            self._run.latencies.append(time.perf_counter() - self._sent_at)
            self._run.statuses[self._status] += 1
            self._status = 0
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection before it answered"))


def content_length(head: bytes) -> int:
    """Bytes of the body that this head announces. Raises ValueError where it does not say."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise ValueError(f"an answer without Content-Length: {head[:200]!r}")
    return int(rest.partition(b"\r\n")[0])


async def send_all(url: str, requests: Iterable[bytes], connections: int) -> Answered:
    """Send every request (head and body as they travel) once over so many connections.

    Raises where a connection breaks or it takes minutes.
    """
    target = urlsplit(url)
    assert target.hostname is not None, "the URL names a host"
    assert target.port is not None, "and a port"
    host, port = target.hostname, target.port
    run = _Run(iter(requests))
    loop = asyncio.get_running_loop()
    processor_before, began = time.process_time(), time.perf_counter()
    async with asyncio.timeout(GIVE_UP_SECONDS):
        opened = [await loop.create_connection(lambda: _Connection(run), host, port) for _ in range(connections)]
        await asyncio.gather(*(connection.done for _, connection in opened))
    seconds, processor = time.perf_counter() - began, time.process_time() - processor_before
    return Answered(seconds, processor, dict(run.statuses), run.latencies, run.body_bytes)
