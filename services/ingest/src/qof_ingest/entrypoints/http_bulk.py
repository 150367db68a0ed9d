"""How are thousands of extracts taken in one request? `POST /v1/extracts/bulk`: NDJSON in, NDJSON out, line by line.

Every line is what the body of a single post would be. Three tasks work on a request: one reads lines and hands them
in, one tells what became of them in their order, one sends that. So a client may send everything before it reads:
reading goes on while sending waits, and what is held for a request is bounded all the same.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from qof_ingest.entrypoints.bulk_answers import Answers
from qof_ingest.entrypoints.documents import read_extract
from qof_ingest.entrypoints.http_problems import busy, key_invalid, problem_of, too_large, too_many_lines
from qof_ingest.entrypoints.http_requests import check_content, headers_of, next_part, supplier_of
from qof_ingest.entrypoints.ndjson import Line, LineCutter
from qof_ingest.handlers.ports import Intake, KnownDirectory, Receipt
from qof_ingest.handlers.receive_extract import Posted, Received, digest_of, receive_extract
from qof_shared.http.problems import Problem, unforeseen
from qof_shared.observability.tracing import of_its_own

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/x-ndjson"

IN_FLIGHT_BYTES = 4 * 1024 * 1024
LEAST_BYTES = 16 * 1024
"""Lines of one request that wait for their commit: four mebibytes, each counted as 16 KiB at least, so 256 of them."""

STOPPING = frozenset({"unavailable", "busy", "backlog", "too-many-lines"})
"""Problems that are no fault of their line: what follows would fare the same, so the answer ends with them."""

LONGEST_SILENCE = 60.0
"""Seconds without a byte in either direction, after which the client is given up."""


@dataclass(frozen=True, slots=True)
class BulkLimits:
    """How much one process takes in bulk."""

    line_bytes: int
    lines: int
    """Of one request, blank ones too: a client that reads late leaves as many answers waiting."""
    requests: int
    """At the same time."""


def post_bulk(
    *, directory: KnownDirectory, intake: Intake, limits: BulkLimits, clock: Callable[[], datetime]
) -> ASGIApp:
    """`POST /v1/extracts/bulk`."""
    running = 0

    async def post(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal running
        headers = headers_of(scope)
        supplier = await supplier_of(headers, directory)
        check_content(headers, MEDIA_TYPE)
        if b"idempotency-key" in headers:
            raise key_invalid("Here every line is its own key: its SHA-256. Leave the header out.")
        if running >= limits.requests:
            raise busy("Too many bulk requests at once")
        answers = Answers(instance=scope["path"], correlation_id=scope["state"]["correlation_id"])
        running += 1
        try:
            await _Bulk(supplier, directory, intake, limits, clock, answers).run(receive, send)
        finally:
            running -= 1

    return post


@dataclass(frozen=True, slots=True)
class _Handed:
    """A line that was handed in, and the receipt or error that will come of it."""

    number: int
    size: int
    received: Received


class _Room:
    """How many bytes may still be in flight. One line may always, however long it is."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self._freed = asyncio.Event()

    async def take(self, size: int) -> None:
        while self._taken and self._taken + size > self._size:
            self._freed.clear()
            await self._freed.wait()
        self._taken += size

    def free(self, size: int) -> None:
        self._taken -= size
        self._freed.set()


class _Bulk:
    """One request on its way."""

    def __init__(
        self,
        supplier: str,
        directory: KnownDirectory,
        intake: Intake,
        limits: BulkLimits,
        clock: Callable[[], datetime],
        answers: Answers,
    ) -> None:
        self._supplier = supplier
        self._directory = directory
        self._intake = intake
        self._limits = limits
        self._clock = clock
        self._answers = answers
        self._room = _Room(IN_FLIGHT_BYTES)
        self._in_flight: asyncio.Queue[_Handed | None] = asyncio.Queue()
        """In the order of the lines; None after the last. The room bounds it."""

    async def run(self, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(LONGEST_SILENCE) as self._silence:
                await self._work(receive, send)
        except TimeoutError:
            logger.warning(
                "gave up a bulk request of %s: nothing came or went for %d s", self._supplier, LONGEST_SILENCE
            )
        finally:
            while not self._in_flight.empty():
                handed = self._in_flight.get_nowait()
                if handed and not handed.received.kept.cancel():
                    handed.received.kept.exception()  # seen, so that asyncio does not complain of it

    async def _work(self, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._read(receive))
                group.create_task(self._send(send))
                await self._settle()
                reading.cancel()
        except* ClientDisconnect:
            logger.info("a bulk request of %s was cut off", self._supplier)

    async def _read(self, receive: Receive) -> None:
        cutter = LineCutter(self._limits.line_bytes)
        is_more = True
        while is_more:
            part, is_more = await next_part(receive)
            self._moved()
            lines = [*cutter.feed(part), *([] if is_more else cutter.end())]
            now = self._clock()
            for line in lines:
                if line.number > self._limits.lines:
                    self._in_flight.put_nowait(_failed(line.number, 0, too_many_lines(self._limits.lines)))
                    return
                size = max(len(line.body or b""), LEAST_BYTES)
                await self._room.take(size)
                self._in_flight.put_nowait(await self._hand_in(line, size, now))
        self._in_flight.put_nowait(None)

    async def _hand_in(self, line: Line, size: int, now: datetime) -> _Handed:
        if line.body is None:
            return _failed(line.number, size, too_large(self._limits.line_bytes))
        try:
            extract, is_bounded = read_extract(line.body)
            posted = Posted(self._supplier, None, line.body, digest_of(line.body), extract, is_bounded=is_bounded)
            with of_its_own("line of a bulk request"):
                received = await receive_extract(posted, directory=self._directory, intake=self._intake, now=now)
        except Exception as error:
            return _failed(line.number, size, error)
        return _Handed(line.number, size, received)

    async def _settle(self) -> None:
        """Tell what became of each line, up to the last one or the first that cannot be answered now."""
        while (handed := await self._in_flight.get()) is not None:
            try:
                self._answers.accept(handed.number, await handed.received.receipt())
            except Exception as error:
                problem = _problem(error)
                if problem.slug in STOPPING:
                    self._answers.end(stopped_at=handed.number, stopped=problem)
                    return
                self._answers.refuse(handed.number, problem)
            finally:
                self._room.free(handed.size)
        self._answers.end()

    async def _send(self, send: Send) -> None:
        told, is_more = await self._answers.next()
        # Not before something was read: a client that waits for "100 Continue" takes an early answer for a refusal.
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", MEDIA_TYPE.encode())]})
        await send({"type": "http.response.body", "body": told, "more_body": is_more})
        while is_more:
            self._moved()
            told, is_more = await self._answers.next()
            await send({"type": "http.response.body", "body": told, "more_body": is_more})

    def _moved(self) -> None:
        self._silence.reschedule(asyncio.get_running_loop().time() + LONGEST_SILENCE)


def _failed(number: int, size: int, error: Exception) -> _Handed:
    kept: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
    kept.set_exception(error)
    return _Handed(number, size, Received("", kept))


def _problem(error: Exception) -> Problem:
    problem = problem_of(error)
    if problem is None:
        logger.error("unforeseen error of a line", exc_info=error, extra={"action": "bulk.unforeseen"})
        return unforeseen()
    return problem
