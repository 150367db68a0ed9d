"""What do all who take part in a run share? The nation, the clock, the record, and who is next."""

import time
from collections import Counter, deque
from itertools import cycle
from random import Random
from typing import Any
from urllib.parse import urlsplit

from loadtests.ledger import Ledger
from loadtests.nation import Extract, Nation
from loadtests.record import PhaseRecord, Record


class Run:
    """One run of a shape. `environment` is Locust's: whoever makes a client gives it on."""

    def __init__(self, environment: Any, nation: Nation, ledger: Ledger, *, is_anywhere_allowed: bool) -> None:
        self.environment = environment
        self.nation = nation
        self.ledger = ledger
        self.is_anywhere_allowed = is_anywhere_allowed
        self.record = Record()
        self.phase = PhaseRecord("", 0)
        self.gauges: Counter[str] = Counter()
        """How many are waiting just now."""
        self.chance = Random("loadtests")
        self.site = nation.urls["declarations"]
        self.origins = {f"{part.scheme}://{part.netloc}" for part in map(urlsplit, nation.urls.values())}
        """Those that were found to be allowed."""
        self.unsigned = deque(one.practice for one in nation.extracts)
        self.unposted = deque(nation.extracts)
        self.corrected = {supplier: self._cycle_of(supplier) for supplier in (None, *nation.shares)}
        self.commissioners = cycle(sorted(nation.approvers))
        self.read = 0
        self.receipts: set[str] = set()
        self.loud: str | None = None
        """The supplier whose noise the others may not notice."""
        self.began = time.perf_counter()
        self.began_at = time.time()

    def begin(self) -> None:
        """From now on moments count."""
        self.began, self.began_at = time.perf_counter(), time.time()

    def now(self) -> float:
        """Seconds since the run began."""
        return time.perf_counter() - self.began

    def count(self, name: str, by: int = 1) -> None:
        self.phase.counts[name] += by

    def note(self, name: str, due: float, ended: float | None = None) -> None:
        """Something that was due has been done: counted from when it was due, whoever was free for it."""
        now = self.now()
        seconds = max(0.0, (now if ended is None else ended) - due)
        self.phase.add(name, now, seconds)
        self.environment.events.request.fire(
            request_type="TIME", name=name, response_time=seconds * 1000, response_length=0, exception=None, context={}
        )

    def next_reader(self) -> str:
        """A practice for somebody who only reads: from the end, so that those who sign come last to the same one."""
        extract = self.nation.extracts[-1 - self.read % len(self.nation.extracts)]
        self.read += 1
        return extract.practice

    def _cycle_of(self, supplier: str | None) -> Any:
        """The extracts of a supplier, or of all, round and round; each round with its number."""

        def rounds() -> Any:
            number = 1
            while True:
                for one in self.nation.extracts:
                    if supplier in (None, one.supplier):
                        yield number, one
                number += 1

        return rounds()

    def next_correction(self, supplier: str | None) -> tuple[int, Extract]:
        """The extract that is corrected next, and a number that makes the correction another than all before."""
        number, extract = next(self.corrected[supplier])
        # A loud supplier's own stream and everybody's are told apart, else they would send the same.
        return (number * 2 + (supplier is not None)), extract
