"""What does a practice cost, step by step, from its extract to its report? `make bench-budget` prints it.

Processor time of one idle process, the fastest of several rounds, without database and broker: what each worker works
out, reads and writes for one practice. `before` is the same need met the way it was until events told sums (decision
38), by code that is still here for events and rows of earlier releases.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4

import msgspec

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.handlers.calculate_achievements import calculate_extract
from qof_calculator.handlers.ports import KeptAchievement
from qof_declarations.adapters.summaries import write_content
from qof_declarations.core.report import build_report, digest_of
from qof_declarations.core.summary import summary_of
from qof_declarations.handlers.figures import ArrivedPoints
from qof_declarations.handlers.report_rows import QUICKLY
from qof_ingest.entrypoints.documents import read_extract
from qof_ingest.handlers.record_outcomes import CalculatedExtracts
from qof_local.demo_cast import invented
from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.national import national_figures
from qof_payments.handlers.calculate_entitlements import Accounts, calculator_on
from qof_payments.handlers.money_ports import NationalTargets
from qof_payments.handlers.payable import payable, payables
from qof_payments.handlers.ports import Snapshot
from qof_shared.contracts import (
    AchievementCalculated,
    AchievementsSummed,
    Contract,
    EntitlementCalculated,
    Event,
    ExtractAccepted,
    PointsCalculated,
    encode_event,
    new_event,
)
from qof_shared.db.bodies import pack, unpack
from qof_shared.messaging.chunks import read_chunk

NATION, YEAR, COLLECTION = "england", "2012-13", "QOF"
TOGETHER, ROUNDS = 25, 60
"""Practices, which is what one event of sums tells of; and how often each step is done for all of them."""
NOW = datetime(2013, 4, 2, 12, tzinfo=UTC)

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Step:
    """Microseconds a practice; None: there is no such step then."""

    service: str
    name: str
    before: float | None
    now: float | None


class Budget:
    """Steps in their order."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def step(self, service: str, name: str, do: Callable[[A], B], over: Sequence[A]) -> list[B]:
        """A step that is as it was; returns what it makes."""
        took, made = _timed(do, over)
        self.steps.append(Step(service, name, took, took))
        return made

    def added(self, service: str, name: str, do: Callable[[A], B], over: Sequence[A]) -> None:
        self.steps.append(Step(service, name, None, _timed(do, over)[0]))

    def removed(self, service: str, name: str, do: Callable[[A], B], over: Sequence[A]) -> None:
        self.steps.append(Step(service, name, _timed(do, over)[0], None))


def _timed(do: Callable[[A], B], over: Sequence[A]) -> tuple[float, list[B]]:
    """Microseconds for each of `TOGETHER` practices, and what was made."""
    fastest = float("inf")
    for _ in range(ROUNDS):
        began = time.thread_time()
        for one in over:
            do(one)
        fastest = min(fastest, time.thread_time() - began)
    return fastest / TOGETHER * 1e6, [do(one) for one in over]


def measure() -> list[Step]:
    """Every step, from the bytes that a supplier posts to the packed report."""
    budget = Budget()
    cast = invented(TOGETHER, NATION, YEAR, seed=1, collection=COLLECTION)
    bodies = list(cast.extracts.values())
    extracts = budget.step("ingest", "extract read", lambda body: read_extract(body)[0], bodies)
    budget.step("ingest", "its digest", digest_of, bodies)
    packed = budget.step("ingest", "packed", pack, bodies)
    budget.step("relays", "extract unpacked", unpack, packed)
    accepted = [
        ExtractAccepted(
            extract_id=uuid4(),
            extract_number=number,
            supplier="s",
            collection=COLLECTION,
            practice=extract.practice,
            nation=NATION,
            qof_year=YEAR,
            received_at=NOW,
            digest="0" * 64,
            extract=extract,
        )
        for number, extract in enumerate(extracts)
    ]
    _calculated(budget, accepted)
    return budget.steps


def _calculated(budget: Budget, accepted: Sequence[ExtractAccepted]) -> None:
    rulesets = load_rulesets()
    arrived = budget.step("calculator", "chunk read", read_chunk, [_chunk(accepted)])[0]
    events = [one.event for one in arrived if one.event is not None]
    read = budget.step("calculator", "extract read", lambda event: event.content(ExtractAccepted), events)
    results = [
        result
        for result in budget.step("calculator", "calculated", lambda one: calculate_extract(one, rulesets, NOW), read)
        if isinstance(result, tuple)
    ]
    kept = budget.step("calculator", "written", lambda result: KeptAchievement.of(*result), results)
    packed = budget.step("calculator", "packed", lambda one: pack(one.body), kept)
    together = [AchievementsSummed(calculated_at=NOW, achievements=[one.summed for one in kept])]
    budget.added("calculator", "sums written", lambda content: encode_event(_event(content)), together)
    sums = [_event(content) for content in together]
    budget.step("relays", "achievement unpacked", unpack, packed)

    wire = [b"[" + b",".join(encode_event(_event(result[0])) for result in results) + b"]"]
    long = [one.event for one in read_chunk(wire[0]) if one.event is not None]
    budget.removed("ingest", "chunk of achievements read", read_chunk, wire)
    budget.removed("ingest", "outcomes read", lambda event: event.content(PointsCalculated), long)
    budget.added("ingest", "outcomes read from sums", lambda event: event.content(CalculatedExtracts), sums)
    budget.removed("payments", "chunk of achievements read", read_chunk, wire)
    budget.removed("payments", "points added up", lambda event: payable(event, load_parameters), long)
    budget.added("payments", "sums read", lambda event: list(payables(event, load_parameters)), sums)
    budget.step("declarations", "chunk of achievements read", read_chunk, wire)
    budget.step("declarations", "points looked at", lambda event: event.content(ArrivedPoints), long)
    budget.step("declarations", "packed", lambda event: pack(bytes(event.data)), long)
    _reported(budget, sums[0], long, packed)


def _reported(budget: Budget, sums: Event, long: Sequence[Event], packed: Sequence[bytes]) -> None:
    practices = list(payables(sums, load_parameters))
    parameters = load_parameters(NATION, YEAR)
    figures = national_figures([(one.practice, one.list_size, one.registers) for one in practices], parameters)
    snapshot = Snapshot(
        snapshot_id=uuid4(),
        collection=COLLECTION,
        number=1,
        name="year end",
        digest="0" * 64,
        figures=figures,
        parameters_id=parameters.parameters_id,
        parameters_digest=parameters.digest,
        frozen_at=NOW,
        frozen_by="n2",
        reason="all are in",
    )
    calculate = calculator_on(snapshot, load_parameters, NOW, Accounts({}, NationalTargets(0, {})))
    entitlements = budget.step("payments", "statement, line by line", calculate, practices)
    written = budget.step("payments", "statement written", msgspec.json.encode, entitlements)
    kept = budget.step("payments", "packed", pack, written)
    budget.step("relays", "statement unpacked", unpack, kept)
    wire = [_chunk(entitlements)]
    budget.step("declarations", "chunk of statements read", read_chunk, wire)
    pounds = [one.event for one in read_chunk(wire[0]) if one.event is not None]
    read = budget.step("declarations", "statement read", lambda event: event.content(EntitlementCalculated), pounds)
    budget.step("declarations", "points unpacked", unpack, packed)
    points = budget.step("declarations", "points read", lambda event: event.content(AchievementCalculated), long)
    halves = list(zip(points, read, strict=True))
    reports = [build_report(*one, writing=QUICKLY) for one in halves]
    budget.step("declarations", "report built and digested", lambda one: build_report(*one, writing=QUICKLY), halves)
    budget.step("declarations", "report packed", lambda one: pack(one.document), reports)
    contents = [msgspec.json.decode(one.document) for one in reports]
    budget.removed("declarations", "summary made and packed", lambda one: write_content(summary_of(one)), contents)


def _event(content: Contract) -> Event:
    return new_event(content, occurred_at=NOW, correlation_id=str(uuid4()))


def _chunk(contents: Sequence[Contract]) -> bytes:
    return b"[" + b",".join(encode_event(_event(content)) for content in contents) + b"]"


def table(steps: Sequence[Step]) -> Iterator[str]:
    """Markdown, with a sum for each service and for all."""
    yield "| service | step | before, us a practice | now |"
    yield "| --- | --- | --- | --- |"
    for service in dict.fromkeys(step.service for step in steps):
        own = [step for step in steps if step.service == service]
        yield from (f"| {service} | {step.name} | {_said(step.before)} | {_said(step.now)} |" for step in own)
        yield _sum(f"{service}", own)
    yield _sum("all", steps)


def _sum(what: str, steps: Sequence[Step]) -> str:
    before, now = (sum(filter(None, side)) for side in zip(*((one.before, one.now) for one in steps), strict=True))
    return f"| **{what}** | | **{before:,.0f}** | **{now:,.0f}** |"


def _said(microseconds: float | None) -> str:
    return "–" if microseconds is None else f"{microseconds:,.0f}"


if __name__ == "__main__":
    print("\n".join(table(measure())))
