"""How fast is the machine meanwhile? A fixed piece of work, timed again and again beside what is measured.

A core that is shared with a host's other guests wavers: the same work takes twice the processor time of a moment ago.
So seconds of two runs tell about the hours, too; beside them stands what the same piece of work took.
"""

import hashlib
import json
import threading
import time
from statistics import median
from typing import Self

SECONDS_BETWEEN = 0.2
WORK = {f"AF{number}": {"numerator": number, "denominator": 2 * number, "points": "7/3"} for number in range(100)}
"""Small objects made, written, read and digested: what services do most."""


class Yardstick:
    """Measures in a thread of its own between `with` and its end: as it is, half a hundredth of a core."""

    def __init__(self, seconds_between: float = SECONDS_BETWEEN) -> None:
        self.marks: list[tuple[float, float]] = []
        """Monotonic seconds, and the processor seconds that the piece of work took then."""
        self._seconds_between = seconds_between
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="yardstick", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def quickest(self) -> float:
        """Processor seconds of the piece of work at the best moment; 0 where nothing was measured."""
        return min((took for _, took in self.marks), default=0.0)

    def usual(self, begin: float, end: float) -> float:
        """Processor seconds that it took between two moments, the median: once in a while the host stops everything.
        0 where the moments lie too close together."""
        took = [seconds for at, seconds in self.marks if begin <= at <= end]
        return median(took) if took else 0.0

    def _run(self) -> None:
        _work()  # the first finds nothing in the caches
        while not self._ended.wait(self._seconds_between):
            at = time.monotonic()
            self.marks.append((at, _work()))


def _work() -> float:
    began = time.thread_time()
    hashlib.sha256(json.dumps(json.loads(json.dumps(WORK))).encode()).digest()
    return time.thread_time() - began
