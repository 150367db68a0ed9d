"""How many in hand, and what becomes of goodput? `python -m loadtests.benches.overload.simulate`, in seconds, anywhere.

The real door in front of a simulated processor that all in hand share alike; answers cost what `make bench-overload`
finds, and people come independently of each other. An answer after two seconds is no good. To shed costs, too.
"""

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field

from loadtests.benches.reporting import markdown_table
from qof_shared.http.admission import Admission, Asked, Limits, State, Worth

COSTS = {Worth.SIGN: 0.005, Worth.REPORT: 0.019, Worth.STATUS: 0.003, Worth.PREVIEW: 0.031}
MIX = {Worth.SIGN: 0.1, Worth.REPORT: 0.4, Worth.STATUS: 0.3, Worth.PREVIEW: 0.2}
CAPACITY = 1 / sum(COSTS[worth] * share for worth, share in MIX.items())
"""Requests of the mix that the processor can answer in a second."""
SHED_COST = 0.0003
"""Of the server as a whole, from the socket to the socket."""
SECONDS, GOOD_WITHIN = 40.0, 2.0
ENDLESS = Limits(in_hand=1_000_000, share=dict.fromkeys(Worth, 1.0))
"""As if there were no door."""


@dataclass
class Processor:
    """Everything in hand is worked at alike: with n in hand, each is done n times as slowly."""

    now: float = 0.0
    shared: float = 0.0
    """Seconds that each in hand since the start would have had."""
    jobs: list[tuple[float, int, Asked | None]] = field(default_factory=list)
    number: int = 0

    def begin(self, cost: float, asked: Asked | None) -> None:
        self.number += 1
        heapq.heappush(self.jobs, (self.shared + cost, self.number, asked))

    def next_end(self) -> float:
        return self.now + (self.jobs[0][0] - self.shared) * len(self.jobs) if self.jobs else float("inf")

    def pass_until(self, moment: float) -> None:
        if self.jobs:
            self.shared += (moment - self.now) / len(self.jobs)
        self.now = moment

    def end(self) -> Asked | None:
        return heapq.heappop(self.jobs)[2]


@dataclass
class Simulated:
    """What became of everybody."""

    offered: Counter[Worth] = field(default_factory=Counter)
    well: Counter[Worth] = field(default_factory=Counter)
    shed: Counter[Worth] = field(default_factory=Counter)

    worked: float = 0.0
    """Seconds of good answers that were ready in time."""

    @property
    def goodput(self) -> float:
        """Processors' worth of good answers."""
        return self.worked / SECONDS

    def share(self, worth: Worth) -> float:
        return self.well[worth] / self.offered[worth]


def simulate(factor: float, limits: Limits) -> Simulated:
    """So many times the capacity, for a while, and what became of those whom there was time to answer."""
    chance = random.Random(36)
    processor, admission, found = Processor(), Admission(limits), Simulated()
    room: list[tuple[float, int, Asked]] = []
    coming = chance.expovariate(CAPACITY * factor)
    while processor.now < SECONDS + GOOD_WITHIN:
        patience = room[0][0] if room else float("inf")
        processor.pass_until(min(coming, processor.next_end(), patience))
        taken: list[Asked] = []
        if processor.now == coming:
            worth = chance.choices(list(MIX), list(MIX.values()))[0]
            asked, pushed = admission.ask(worth, processor.now, processor.now)
            found.offered[worth] += asked.arrived < SECONDS
            if asked.state is State.IN_HAND:
                taken = [asked]
            elif asked.state is State.WAITING:
                heapq.heappush(room, (asked.until, asked.number, asked))
            for one in (asked, pushed):
                if one is not None and one.state is State.SHED:
                    processor.begin(SHED_COST, None)
            coming += chance.expovariate(CAPACITY * factor)
        elif processor.now == patience:
            asked = heapq.heappop(room)[2]
            if admission.run_out(asked, processor.now):
                processor.begin(SHED_COST, None)
        elif (ended := processor.end()) is not None:
            is_good = ended.arrived < SECONDS and processor.now - ended.arrived <= GOOD_WITHIN
            found.well[ended.worth] += is_good
            found.worked += COSTS[ended.worth] * (is_good and processor.now <= SECONDS)
            taken = admission.end(ended, processor.now)
        for one in taken:
            processor.begin(COSTS[one.worth] * chance.uniform(0.5, 1.5), one)
    found.shed = admission.shed
    return found


def main() -> None:
    rows = [
        (
            str(in_hand or "without a door"),
            f"{factor:g}x",
            f"{found.goodput:.2f}",
            *(f"{found.share(w):.0%}" for w in MIX),
        )
        for in_hand in (4, 8, 16, 32, 64, None)
        for factor in (0.5, 1.0, 2.0, 4.0)
        for found in [simulate(factor, Limits(in_hand=in_hand) if in_hand else ENDLESS)]
    ]
    print(markdown_table(("in hand", "load", "goodput", *(worth.name.lower() for worth in MIX)), rows))


if __name__ == "__main__":
    main()
