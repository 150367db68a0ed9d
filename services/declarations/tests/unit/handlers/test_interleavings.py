"""What is signed is what was shown, in ten thousand orders of events.

People read, press, press again, in two tabs and as two people, while figures are calculated anew, extracts come again
and a commissioner decides. Every port call is a point where any of them may go on (testing/interleaving.py).
"""

import random
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest

from qof_declarations.core.declaration import Declaration
from qof_declarations.core.differences import differences
from qof_declarations.core.lifecycle import NotPossibleNowError, State
from qof_declarations.core.receipt import document_of
from qof_declarations.core.report import digest_of
from qof_declarations.core.standing import RecalculatingError
from qof_declarations.handlers import reading
from qof_declarations.handlers.declaring import Decided
from qof_declarations.handlers.errors import FiguresMovedError
from qof_declarations.handlers.signing import Signature, Signed, sign_report, sign_together
from qof_declarations.testing.builders import (
    COLLECTION,
    DECLARER,
    OURS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.interleaving import RowLocks, TakingTurns, take_turns
from qof_declarations.testing.memory import Memory
from qof_declarations.testing.world import World
from qof_shared.contracts import DeclarationSigned, Event
from qof_shared.people import Person

INTERLEAVINGS = 10_000
PARTNER = Person("dora", "Dora Declarer", DECLARER.role, OURS)

POINTS, POUNDS = make_achievement(), make_entitlement()
FROZEN_AGAIN = [make_entitlement(snapshot=2, pounds="2.00"), make_entitlement(snapshot=3, pounds="3.00")]
"""The pounds of the same extract on newer national figures: a new version in one message."""
AMENDED = [make_achievement(number=2, numerator=46), make_entitlement(number=2, snapshot=4, pounds="4.00")]
SENT_AGAIN = [make_achievement(number=3), make_entitlement(number=3)]
"""The same counts: the same report, told anew."""


@dataclass
class Evening:
    """What happened in one interleaving."""

    world: World
    database: FakeDeclarationsUnitOfWork
    order: random.Random
    wrong: list[str] = field(default_factory=list)
    pressed: Counter[str] = field(default_factory=Counter)
    """Outcome -> how often."""
    new: list[tuple[str, Declaration]] = field(default_factory=list)
    """What each press that made a declaration had displayed, and what it made."""
    returned: int = 0

    async def calculate(self, *events: Event) -> None:
        for event in events:
            await self.world.tell(event)

    async def read_and_sign(self, person: Person, presses: int, tries: int) -> None:
        """Read, press, press again out of impatience; where the figures moved, read and sign again."""
        for _ in range(tries):
            displayed = (await self.world.report(person)).about.digest
            outcomes = {await self.press(person, displayed) for _ in range(presses)}
            if outcomes <= {"new", "same"}:
                return

    async def press(self, person: Person, displayed: str) -> str:
        try:
            decided = await self.world.sign(displayed, person=person)
        except (FiguresMovedError, RecalculatingError, NotPossibleNowError) as refusal:
            outcome = type(refusal).__name__
        else:
            outcome = self.look_at(decided, displayed)
        self.pressed[outcome] += 1
        return outcome

    def look_at(self, decided: Decided, displayed: str) -> str:
        declaration = decided.view.standing.declaration
        if declaration is None or declaration.digest != displayed:
            self.wrong.append("what was answered is not what was displayed")
        elif decided.is_new:
            self.new.append((displayed, declaration))
        return "new" if decided.is_new else "same"

    async def decide(self, *, approve: bool) -> None:
        """A commissioner who finds something signed; tries a few times."""
        for _ in range(4):
            found = (await self.world.view()).standing.declaration
            if found is None:
                continue
            try:
                if approve:
                    await self.world.approve(found.declaration_id)
                elif (await self.world.send_back(found.declaration_id, "look again")).is_new:
                    self.returned += 1
            except (NotPossibleNowError, RecalculatingError):
                continue
            return

    def check(self) -> list[str]:
        """What must hold, whatever the order."""
        memory = self.database.memory
        row = memory.row(COLLECTION, OURS)
        documents = {one.about.version: one.document for one in row.reports}
        made = list(memory.declarations.values())
        for declaration in made:
            if digest_of(documents[declaration.version]) != declaration.digest:
                self.wrong.append("a declaration's digest is not that of its report")
        for displayed, declaration in self.new:
            if memory.declarations[declaration.declaration_id].digest != displayed:
                self.wrong.append("a stored digest is not the one that was displayed")
        if len({declaration.version for declaration in made}) != len(made):
            self.wrong.append("two declarations of one version")
        newest = memory.declarations[row.declaration_id] if row.declaration_id else None
        effective = [one for one in made if one.state in (State.SIGNED, State.APPROVED)]
        if len(effective) > 1:
            self.wrong.append("two declarations are effective")
        if newest and newest.state is State.SIGNED and newest.digest != row.reports[-1].about.digest:
            self.wrong.append("a signature stands on figures that moved")
        told = [event.content(DeclarationSigned) for event in self.database.outbox.events if is_signature(event)]
        if sorted(one.report_digest for one in told) != sorted(displayed for displayed, _ in self.new):
            self.wrong.append("what was told is not what was pressed")
        if len(self.new) > len(made) + self.returned + self.signed_back_and_forth(memory):
            self.wrong.append("one press became two signatures")
        sealed = sorted(str(document_of(seal)["report_digest"]) for _, seal in memory.receipts.values())
        if sealed != sorted(displayed for displayed, _ in self.new):
            self.wrong.append("receipts are not of what was displayed")
        return self.wrong

    @staticmethod
    def signed_back_and_forth(memory: Memory) -> int:
        """Signatures that fell because figures moved, and were given again when the figures came back."""
        return sum(entry.from_state is State.SUPERSEDED for entry in memory.audit)


def is_signature(event: Event) -> bool:
    return event.name == DeclarationSigned.event


@pytest.fixture
async def beginning() -> Memory:
    """A practice whose first report is there."""
    database = FakeDeclarationsUnitOfWork()
    await World(lambda: database).tell(make_directory(), make_collection(), POINTS, POUNDS)
    return database.memory


class TurnTakingBook:
    """A `SignatureBook` that takes turns: each signature is a group, which somebody else may hold the row of."""

    def __init__(self, new_unit_of_work: Callable[[], Any]) -> None:
        self._new = new_unit_of_work

    async def sign(self, signature: Signature) -> Signed:
        async with self._new() as uow:
            [answer] = await sign_together([signature], uow=uow)
            await uow.commit()
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            return answer
        async with self._new() as uow:
            done = await sign_report(signature, uow=uow)
            await uow.commit()
        return done


def begin(beginning: Memory, seed: int, *, locks: bool = True, in_groups: bool = False) -> Evening:
    """The same beginning on a database of its own."""
    database = FakeDeclarationsUnitOfWork()
    memory = database.memory
    memory.commissioners, memory.practices = beginning.commissioners, beginning.practices
    memory.collections = beginning.collections
    for key, row in beginning.figures.items():
        memory.figures[key] = replace(row, reports=list(row.reports))
    row_locks = RowLocks(work=locks)
    world = World(lambda: TakingTurns(database, row_locks))  # type: ignore[arg-type,return-value]
    if in_groups:
        world.book = TurnTakingBook(lambda: TakingTurns(database, row_locks))
    return Evening(world, database, random.Random(seed))


def deeds(evening: Evening) -> list[Coroutine[Any, Any, None]]:
    """Two to six that happen at the same time, drawn from the evening's own order."""
    draw = evening.order
    chosen: list[Coroutine[Any, Any, None]] = [
        evening.read_and_sign(
            DECLARER, presses=draw.choice([1, 1, 1, 1, 2, 2, 2, 3, 3, 10]), tries=draw.choice([1, 2, 3])
        )
    ]
    if draw.random() < 0.5:
        chosen.append(evening.read_and_sign(draw.choice([DECLARER, PARTNER]), draw.choice([1, 2]), tries=2))
    chosen.append(
        draw.choice(
            [
                lambda: evening.calculate(FROZEN_AGAIN[0]),
                lambda: evening.calculate(*FROZEN_AGAIN),
                lambda: evening.calculate(*AMENDED),
                lambda: evening.calculate(*reversed(AMENDED)),
                lambda: evening.calculate(*SENT_AGAIN),
            ]
        )()
    )
    if draw.random() < 0.3:
        chosen.append(evening.calculate(*AMENDED))
    if draw.random() < 0.2:
        chosen.append(evening.decide(approve=draw.random() < 0.5))
    return chosen


def run(
    beginning: Memory, seed: int, *, locks: bool = True, in_groups: bool = False
) -> tuple[Evening, list[int], list[str]]:
    evening = begin(beginning, seed, locks=locks, in_groups=in_groups)
    order = take_turns(deeds(evening), evening.order)
    return evening, order, evening.check()


async def test_ten_thousand_interleavings_sign_only_what_was_shown(
    beginning: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same few documents are compared a hundred thousand times; what differs is a pure function of them.
    monkeypatch.setattr(reading, "differences", cache(differences))
    outcomes: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    orders = set()
    for seed in range(INTERLEAVINGS):
        # Half of them sign as the API does, which waits for no row that somebody else holds.
        evening, order, wrong = run(beginning, seed, in_groups=seed % 2 == 0)
        assert not wrong, f"seed {seed}: {wrong}"
        outcomes += evening.pressed
        row = evening.database.memory.row(COLLECTION, OURS)
        state = evening.database.memory.declarations[row.declaration_id].state if row.declaration_id else "none"
        endings[f"{state}, version {len(row.reports)}"] += 1
        orders.add(tuple(order))
    assert len(orders) > INTERLEAVINGS * 0.95, "most of them were alike and prove nothing"
    assert outcomes.keys() == {"new", "same", "FiguresMovedError", "RecalculatingError"} | (
        outcomes.keys() & {"NotPossibleNowError"}
    )
    assert min(outcomes[name] for name in ("new", "same", "FiguresMovedError", "RecalculatingError")) > 500, outcomes
    assert {"signed, version 1", "signed, version 2", "superseded, version 2", "none, version 2"} <= endings.keys()


@pytest.mark.parametrize("in_groups", [False, True])
async def test_ten_presses_are_one_signature(beginning: Memory, in_groups: bool) -> None:
    """Ten at the same moment, from two people, not one after the other."""
    for seed in range(200):
        evening = begin(beginning, seed, in_groups=in_groups)
        displayed = first_digest(beginning)
        presses = [evening.press(DECLARER if number % 2 else PARTNER, displayed) for number in range(10)]
        take_turns(presses, evening.order)
        assert not evening.check()
        assert evening.pressed == {"new": 1, "same": 9}
        assert len(evening.database.memory.audit) == 1


def first_digest(memory: Memory) -> str:
    return memory.row(COLLECTION, OURS).reports[-1].about.digest


async def test_without_row_locks_the_same_interleavings_go_wrong(beginning: Memory) -> None:
    """The proof can fail: it is the lock that keeps it."""
    found: Counter[str] = Counter()
    for seed in range(400):
        try:
            _, _, wrong = run(beginning, seed, locks=False, in_groups=seed % 2 == 0)
        except AssertionError as error:
            wrong = [str(error)]
        found.update(set(wrong))
    assert {"a signature stands on figures that moved", "one press became two signatures"} <= found.keys(), found
