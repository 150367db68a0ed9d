"""How is a shape performed? Each arrival starts when it is due, whether or not those before it are done."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from heapq import merge
from typing import Any

import gevent  # type: ignore[import-untyped] # it ships no types
from gevent.pool import Group  # type: ignore[import-untyped]

from loadtests.ledger import NotDone
from loadtests.people.commissioner import CommissionerVisit
from loadtests.people.operator import Operator
from loadtests.people.practice import ImpatientVisit, PracticeVisit
from loadtests.people.supplier import FOLLOWED_EVERY, Supplier
from loadtests.record import PhaseRecord
from loadtests.run import Run
from loadtests.shapes.shape import PRACTICE_VISITS, Flow, Phase, Visit
from loadtests.steward import Steward


class Conductor:
    """Lets everybody of a run begin when they are due."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._suppliers = {supplier: Supplier(run, supplier) for supplier in run.nation.shares}
        self._operator = Operator(run)
        self._visits = Group()

    def perform(self, phases: Sequence[Phase]) -> None:
        """All phases, one after the other; a phase begins when everybody of the one before is done or was sent away."""
        self._run.loud = next((flow.supplier for phase in phases for flow in phase.flows if flow.supplier), None)
        try:
            for phase in phases:
                self._perform(phase)
        finally:
            self._visits.kill()

    def _perform(self, phase: Phase) -> None:
        run = self._run
        record = PhaseRecord(phase.name, phase.arrivals, began=run.now())
        run.record.phases[phase.name] = run.phase = record
        for due, flow, number in _in_order(phase):
            time.sleep(max(0.0, record.began + due - run.now()))
            record.counts["came"] += 1
            self._visits.spawn(self._attend, flow, record.began + due, number)
            if run.now() - (record.began + due) > 1.0:
                # Locust itself was late: what it measures then is itself.
                record.counts["started late"] += 1
        record.arrivals_ended = record.began + phase.seconds
        time.sleep(max(0.0, record.arrivals_ended - run.now()))
        self._visits.join(timeout=phase.patience)
        if left := len(self._visits):
            record.counts["cut off"] += left
            run.ledger.add(NotDone(f"{left} of {phase.name}", f"not done {phase.patience:.0f} s after the last came"))
            self._visits.kill()
        record.ended = run.now()

    def _attend(self, flow: Flow, due: float, number: int) -> None:
        run = self._run
        if flow.visit in PRACTICE_VISITS:
            self._practice(flow.visit, due)
        elif flow.visit is Visit.POST:
            extract = run.unposted.popleft()
            self._suppliers[extract.supplier].post(extract, due, number=number)
        elif flow.visit is Visit.CORRECT:
            round_number, extract = run.next_correction(flow.supplier)
            self._suppliers[extract.supplier].correct(
                extract, due, round_number=round_number, is_followed=number % FOLLOWED_EVERY == 0
            )
        elif flow.visit is Visit.POST_BULK:
            self._post_bulk(flow.lines, due)
        elif flow.visit is Visit.APPROVE:
            commissioner = next(run.commissioners)
            CommissionerVisit(run, commissioner, due).attend()
            CommissionerVisit(run, commissioner, due, is_finance=True).attend()
        elif flow.visit is Visit.OPERATE:
            self._operator.look()
        else:
            self._freeze()

    def _practice(self, visit: Visit, due: float) -> None:
        run = self._run
        is_signing = visit is not Visit.READ
        practice = run.unsigned.popleft() if is_signing else run.next_reader()
        kind = ImpatientVisit if visit is Visit.IMPATIENT_SIGN else PracticeVisit
        kind(run, practice, due).attend(signs=is_signing)

    def _post_bulk(self, lines: int, due: float) -> None:
        taken = defaultdict(list)
        for _ in range(lines):
            extract = self._run.unposted.popleft()
            taken[extract.supplier].append(extract)
        gevent.joinall(
            [gevent.spawn(self._suppliers[supplier].post_bulk, mine, due) for supplier, mine in taken.items()]
        )

    def _freeze(self) -> None:
        run = self._run
        while len(run.receipts) < len(run.nation.extracts):
            time.sleep(0.5)
        steward = Steward(run.nation, lambda _: None)
        run.ledger.add(steward.freeze_when_calculated(len(run.nation.extracts)))


def _in_order(phase: Phase) -> Iterator[tuple[float, Flow, int]]:
    """Every arrival of a phase by when it is due, with its number in its flow."""

    def numbered(at: int, flow: Flow) -> Iterator[tuple[float, int, int]]:
        for number, due in enumerate(flow.due):
            yield due, at, number

    streams: list[Any] = [partial(numbered, at, flow)() for at, flow in enumerate(phase.flows)]
    for due, at, number in merge(*streams):
        yield due, phase.flows[at], number
