"""What is a supplier told of each line it sent? One line of NDJSON for one line, in order, and a sum at the end.

A client that sends everything before it reads anything leaves all answers waiting here, so they are bounded: beyond
`WAITING_LIMIT` a problem is told without its list of faults, and every answer is some 500 bytes.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from qof_ingest.entrypoints.http_schemas import receipt_document
from qof_ingest.handlers.ports import Receipt
from qof_shared.http.problems import Problem, problem_document

WAITING_LIMIT = 16 * 1024 * 1024
"""Bytes of answers, beyond which they are told in brief."""


class Answers:
    """Answers on their way to one client. `instance` and `correlation_id` are the request's, for its problems."""

    def __init__(self, *, instance: str, correlation_id: str) -> None:
        self._instance = instance
        self._correlation_id = correlation_id
        self._waiting: list[bytes] = []
        self._size = 0
        self._changed = asyncio.Event()
        self._is_ended = False
        self.counts = {"accepted": 0, "replayed": 0, "refused": 0}

    def accept(self, line: int, receipt: Receipt) -> None:
        self.counts["replayed" if receipt.is_replay else "accepted"] += 1
        told = {"line": line, "status": 202, "replayed": receipt.is_replay, "receipt": receipt_document(receipt)}
        self._add(msgspec.json.encode(told))

    def refuse(self, line: int, problem: Problem) -> None:
        """This line is refused; its neighbours are none the worse for it."""
        self.counts["refused"] += 1
        self._tell(line, problem)

    def end(self, *, stopped_at: int = 0, stopped: Problem | None = None) -> None:
        """Nothing follows but the sum; `stopped` is why the lines from `stopped_at` on have no answer."""
        if stopped is not None:
            self._tell(stopped_at, stopped)
        self._add(msgspec.json.encode({"summary": {**self.counts, "complete": stopped is None}}))
        self._is_ended = True

    async def next(self) -> tuple[bytes, bool]:
        """All that waits, and whether more will follow; waits where nothing does."""
        while not self._waiting:
            self._changed.clear()
            await self._changed.wait()
        told = b"".join(self._waiting)
        self._waiting, self._size = [], 0
        return told, not self._is_ended

    def _tell(self, line: int, problem: Problem) -> None:
        document = problem_document(problem, instance=self._instance, correlation_id=self._correlation_id)
        if "Retry-After" in problem.headers:
            document["retry_after"] = int(problem.headers["Retry-After"])
        told = _line(line, problem.status, document)
        if document.get("errors") and self._size + len(told) > WAITING_LIMIT:
            document["errors"] = []
            document["detail"] += " Too many answers wait for you to list the faults; send this line alone to see them."
            told = _line(line, problem.status, document)
        self._add(told)

    def _add(self, told: bytes) -> None:
        self._waiting.append(told + b"\n")
        self._size += len(told) + 1
        self._changed.set()


def _line(line: int, status: int, problem: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({"line": line, "status": status, "problem": problem})
