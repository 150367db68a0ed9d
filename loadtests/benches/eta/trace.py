"""What was seen of a run, and what was said in it? Kept as JSON, so that estimators are compared on the same queues."""

from pathlib import Path

import msgspec

SURGE, DRAIN, LOSS = "surge", "drain", "loss of a worker"
PHASES = (SURGE, DRAIN, LOSS)
PRACTICE, SUPPLIER, ALL_OF_SUPPLIER = "practice", "supplier", "supplier, all of its extracts"
ASKERS = (PRACTICE, SUPPLIER, ALL_OF_SUPPLIER)


class Said(msgspec.Struct, frozen=True):
    """One answer to somebody who waits. Moments are seconds since 1970."""

    who: str
    """One of `ASKERS`."""
    asked_at: float
    number: int
    """Of the extract that was asked about, or of the last that was asked about."""
    position: int | None
    expected_at: float | None
    """None where the answer was that nobody can say yet."""
    ready_by: float | None


class Waited(msgspec.Struct, frozen=True, array_like=True):
    """An extract in a queue: first seen in it, and first seen to have left it."""

    number: int
    since: float
    until: float


class Seen(msgspec.Struct):
    """A queue as it was: of practices (until declarations has the points), or of suppliers (until ingest knows)."""

    waited: list[Waited]
    arrivals: list[tuple[float, int]]
    """When how many came out, by batch."""


class Trace(msgspec.Struct):
    """One run."""

    practices: int
    posted_until: list[float]
    """When the last extract of each wave was accepted."""
    began: list[float]
    """When each wave began."""
    lost_at: float
    """When the worker was killed."""
    back_at: float
    queues: dict[str, Seen]
    """`PRACTICE` and `SUPPLIER`."""
    said: list[Said]
    unanswered: int = 0
    """Questions without an answer, or with an error for one."""

    def phase(self, at: float) -> str:
        """In which phase somebody asked then."""
        if at >= self.began[1]:
            return LOSS
        return SURGE if at <= self.posted_until[0] else DRAIN


def write_trace(file: Path, trace: Trace) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.encode(trace))


def read_trace(file: Path) -> Trace:
    return msgspec.json.decode(file.read_bytes(), type=Trace)
