"""How are single requests sent at their moments, as cheaply as Python can? On connections that are kept."""

import asyncio
from collections import deque
from typing import cast
from urllib.parse import urlsplit

import msgspec

from loadtests.benches.client import content_length


class Answer(msgspec.Struct, frozen=True):
    """Status and head of an answer; its body is read and thrown away."""

    status: int
    head: bytes

    def values(self, name: bytes) -> list[str]:
        """Of every header of this name, small letters."""
        start = name + b":"
        lines = self.head.split(b"\r\n")[1:]
        return [line[len(start) :].strip().decode() for line in lines if line[: len(start)].lower() == start]

    def value(self, name: bytes) -> str | None:
        return next(iter(self.values(name)), None)


class Pool:
    """Connections to one server."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        assert target.hostname is not None, "the URL names a host"
        assert target.port is not None, "and a port"
        self._host, self._port = target.hostname, target.port
        self._idle: deque[_Connection] = deque()

    async def ask(self, request: bytes, patience: float) -> Answer | None:
        """The answer; None where there was none in so many seconds."""
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(patience):
                while True:
                    connection = self._idle.pop() if self._idle else None
                    is_kept = connection is not None
                    if connection is None:
                        loop = asyncio.get_running_loop()
                        _, connection = await loop.create_connection(self._new, self._host, self._port)
                    elif not connection.is_open:
                        continue
                    try:
                        return await connection.send(request)
                    except OSError:
                        if not is_kept:
                            return None
                        # The server closed a connection that had been idle; browsers open another, too.
        except (TimeoutError, OSError):
            if connection is not None:
                connection.close()
            return None

    def _new(self) -> "_Connection":
        return _Connection(self._idle)


class _Connection(asyncio.Protocol):
    """One request at a time; then it is idle, until the server closes it."""

    def __init__(self, idle: "deque[_Connection]") -> None:
        self._idle = idle
        self._answer: asyncio.Future[Answer] | None = None
        self.is_open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is no subclass

    def send(self, request: bytes) -> "asyncio.Future[Answer]":
        self._head, self._status, self._missing = b"", 0, 0
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            return
        if not self._status:
            self._head += data
            self._head, end, data = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._status, self._missing = int(self._head[9:12]), content_length(self._head)
        self._missing -= len(data)
        if self._missing <= 0:
            answer, self._answer = self._answer, None
            if not answer.done():
                answer.set_result(Answer(self._status, self._head))
            self._idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed before the answer"))

    def close(self) -> None:
        self._transport.close()
