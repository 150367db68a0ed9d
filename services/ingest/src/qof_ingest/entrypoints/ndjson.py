"""Where does a line end? Cuts the bytes of a request, as they come, into the lines of NDJSON."""

from collections.abc import Iterator
from typing import NamedTuple


class Line(NamedTuple):
    """One line that is not blank."""

    number: int
    """As an editor counts: from 1, blank lines too."""
    body: bytes | None
    """Without its line ending; None where it is longer than the limit: then nothing of it is held."""


class LineCutter:
    """Holds what has come of the line that is still to end: never more than `limit` bytes and one part."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._begun: list[bytes] = []
        self._size = 0
        self._number = 0

    def feed(self, part: bytes) -> Iterator[Line]:
        """The lines that end in this part."""
        *ended, rest = part.split(b"\n")
        for piece in ended:
            self._hold(piece)
            yield from self.end()
        self._hold(rest)

    def end(self) -> Iterator[Line]:
        """The line held so far; the last one of a request may lack its line ending."""
        self._number += 1
        body = None if self._size > self._limit + 1 else b"".join(self._begun).removesuffix(b"\r")
        self._begun, self._size = [], 0
        if body is None or len(body) > self._limit:
            yield Line(self._number, None)
        elif body and not body.isspace():
            yield Line(self._number, body)

    def _hold(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit + 1:  # one more than fits, for a carriage return
            self._begun.clear()
        elif piece:
            self._begun.append(piece)
