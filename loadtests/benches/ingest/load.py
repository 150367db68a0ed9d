"""How fast does a server answer posts? A client so lean that it measures the server: one Protocol per connection.

Runs as a process of its own: `python -m loadtests.benches.ingest.load URL TOKEN FILE --connections 64`. Every line of
FILE is one request's body, posted once. Writes one JSON object: seconds, statuses, latencies, its own processor time.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import msgspec
import uvloop

GIVE_UP_SECONDS = 120


class Posted(msgspec.Struct, frozen=True):
    """What one process of this module has seen."""

    seconds: float
    """From the first byte sent to the last answer."""
    processor_seconds: float
    """Of this client."""
    statuses: dict[int, int]
    latencies: list[float]
    """Seconds of each request, in no order."""


class _Run:
    """What all connections share: the bodies still to be sent, and what was answered."""

    def __init__(self, head: bytes, bodies: Iterator[bytes]) -> None:
        self.head = head
        self.bodies = bodies
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []


class _Connection(asyncio.Protocol):
    """Sends the next body as soon as the one before is answered."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is no subclass
        self._post()

    def _post(self) -> None:
        body = next(self._run.bodies, None)
        if body is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(b"%b%d\r\n\r\n%b" % (self._run.head, len(body), body))

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        head, end, body = received.partition(b"\r\n\r\n")
        if not end or len(body) < _content_length(head):
            self._received = received
            return
        self._received = b""
        self._run.latencies.append(time.perf_counter() - self._sent_at)
        self._run.statuses[int(head[9:12])] += 1
        self._post()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection before it answered"))


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise ValueError(f"an answer without Content-Length: {head[:200]!r}")
    return int(rest.partition(b"\r\n")[0])


async def post_all(url: str, token: str, bodies: list[bytes], connections: int) -> Posted:
    """Post every body once over so many connections; raises where a connection breaks or it takes minutes."""
    target = urlsplit(url)
    assert target.hostname is not None, "the URL names a host"
    assert target.port is not None, "and a port"
    host, port = target.hostname, target.port
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    run = _Run(head.encode(), iter(bodies))
    loop = asyncio.get_running_loop()
    processor_before, began = time.process_time(), time.perf_counter()
    async with asyncio.timeout(GIVE_UP_SECONDS):
        opened = [await loop.create_connection(lambda: _Connection(run), host, port) for _ in range(connections)]
        await asyncio.gather(*(connection.done for _, connection in opened))
    seconds, processor = time.perf_counter() - began, time.process_time() - processor_before
    return Posted(seconds, processor, dict(run.statuses), run.latencies)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.ingest.load")
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("bodies", type=Path)
    parser.add_argument("--connections", type=int, default=64)
    arguments = parser.parse_args()
    bodies = arguments.bodies.read_bytes().splitlines()
    posted = uvloop.run(post_all(arguments.url, arguments.token, bodies, arguments.connections))
    sys.stdout.buffer.write(msgspec.json.encode(posted))


if __name__ == "__main__":
    main()
