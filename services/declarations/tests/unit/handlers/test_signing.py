"""A group of signatures comes to what they come to one by one, and one that is poisoned costs only itself."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qof_declarations.adapters.signature_book import GroupedSignatures
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import NotAllowedError
from qof_declarations.core.query import NothingQueriedError
from qof_declarations.core.receipt import document_of
from qof_declarations.core.standing import RecalculatingError
from qof_declarations.handlers.errors import (
    DigestMissingError,
    FiguresMovedError,
    ReportAwaitedError,
    ReturnedUnreadError,
)
from qof_declarations.handlers.signing import Signature, Signed, sign_report, sign_together
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    OUR_COMMISSIONER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.contracts import DeclarationSigned
from qof_shared.people import Person, Role
from qof_shared.testing.fakes import NOON

PRACTICES = [f"P{place:05d}" for place in range(6)]
UNREAD = ReturnedUnreadError.__name__
AWAITED, BUSY = "P00006", "P00007"
"""One without a report, one whose newer extract is being worked out."""


def declarer(practice: str, name: str = "Diana") -> Person:
    return Person(f"{name}-{practice}", name, Role.PRACTICE_DECLARER, practice)


async def nation() -> FakeDeclarationsUnitOfWork:
    database = FakeDeclarationsUnitOfWork()
    world = World(lambda: database)
    everybody = [*PRACTICES, AWAITED, BUSY]
    await world.tell(make_directory(practices=[(one, OUR_COMMISSIONER) for one in everybody]), make_collection())
    reported = [*PRACTICES, BUSY]
    await world.tell(*(make_achievement(one) for one in reported), *(make_entitlement(one) for one in reported))
    await world.tell(make_achievement(BUSY, number=2, numerator=46))
    return database


def digest_of(database: FakeDeclarationsUnitOfWork, practice: str) -> str | None:
    reports = database.memory.row(COLLECTION, practice).reports
    return reports[-1].about.digest if reports else None


def signature(database: FakeDeclarationsUnitOfWork, practice: str, **other: Any) -> Signature:
    """Of the newest report of a practice by its declarer, unless told."""
    usual = Signature(
        collection=COLLECTION,
        practice=practice,
        person=declarer(practice),
        at=NOON,
        digest=digest_of(database, practice),
    )
    return replace(usual, **other)


async def outcome(signing: Any) -> str:
    """What somebody is told, in a word."""
    try:
        done: Signed = await signing
    except Exception as refusal:
        return type(refusal).__name__
    assert done.standing.declaration is not None
    return "signed" if done.entry else "signed before"


async def test_mixed_outcomes_of_one_group() -> None:
    database = await nation()
    book = GroupedSignatures(lambda: database)
    ours, theirs, *_ = PRACTICES
    mixed: list[tuple[Signature, type[Exception] | bool]] = [
        (signature(database, ours, statement="checked", wants_view=True), True),
        (signature(database, ours, person=declarer(ours, "Dora"), wants_view=True), False),
        (signature(database, theirs, digest="0" * 64), FiguresMovedError),
        (signature(database, theirs, digest=None), DigestMissingError),
        (signature(database, PRACTICES[2], under_protest=True), NothingQueriedError),
        (signature(database, theirs, person=declarer(ours)), NotFoundError),
        (signature(database, theirs, person=APPROVER), NotAllowedError),
        (signature(database, theirs, person=replace(declarer(theirs), role=Role.PRACTICE_USER)), NotAllowedError),
        (signature(database, AWAITED, digest="0" * 64), ReportAwaitedError),
        (signature(database, BUSY), RecalculatingError),
        (signature(database, "NOBODY", digest="0" * 64), NotFoundError),
        (signature(database, theirs, collection="england-1948"), NotFoundError),
        (signature(database, theirs), True),
    ]
    answers = await asyncio.gather(*(book.sign(one) for one, _ in mixed), return_exceptions=True)
    for (asked, wanted), answer in zip(mixed, answers, strict=True):
        if isinstance(wanted, bool):
            assert isinstance(answer, Signed), answer
            assert (answer.entry is not None) is wanted
            assert (answer.view is not None) is asked.wants_view
        else:
            assert type(answer) is wanted, asked
    made = database.memory.declarations.values()
    assert {(one.practice, one.signed_by) for one in made} == {(one, declarer(one).person) for one in (ours, theirs)}
    assert len(database.memory.audit) == len(database.outbox.contents(DeclarationSigned)) == 2
    sealed = [document_of(seal) for _, seal in database.memory.receipts.values()]
    assert sorted((one["practice"], one["report_digest"], one["statement"]) for one in sealed) == [
        (ours, digest_of(database, ours), "checked"),
        (theirs, digest_of(database, theirs), None),
    ]


async def test_a_group_is_told_all_that_one_alone_is_told() -> None:
    together, alone = await nation(), await nation()
    asked = [signature(together, practice, wants_view=True) for practice in PRACTICES]
    found = await sign_together(asked, uow=together)
    one_by_one = [await sign_report(one, uow=alone) for one in asked]
    assert found == one_by_one
    assert together.memory.audit == alone.memory.audit
    # What is told is the same, but for the event's own identity.
    assert together.outbox.contents(DeclarationSigned) == alone.outbox.contents(DeclarationSigned)


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        ("awaiting-signature", UNREAD),
        ("", UNREAD),
        ("returned", "signed"),
        (None, "signed"),
    ],
)
@pytest.mark.parametrize("is_alone", [True, False])
async def test_what_was_returned_unread_is_not_signed(seen: str | None, wanted: str, is_alone: bool) -> None:
    database = await nation()
    world, practice = World(lambda: database), PRACTICES[0]
    done = await sign_report(signature(database, practice), uow=database)
    assert done.standing.declaration is not None
    declaration_id = done.standing.declaration.declaration_id
    await world.send_back(declaration_id, "look again")
    again = signature(database, practice, seen=seen)
    book = GroupedSignatures(lambda: database)
    assert await outcome(sign_report(again, uow=database) if is_alone else book.sign(again)) == wanted
    state = database.memory.declarations[declaration_id].state
    assert state is (State.SIGNED if wanted == "signed" else State.RETURNED)
    assert len(database.memory.receipts) == (2 if wanted == "signed" else 1)


def press() -> st.SearchStrategy[tuple[str, str, str]]:
    return st.tuples(
        st.sampled_from([*PRACTICES, AWAITED, BUSY]),
        st.sampled_from(["Diana", "Dora"]),
        st.sampled_from(["newest", "newest", "newest", "older", "none"]),
    )


@given(presses=st.lists(press(), max_size=12), size=st.integers(1, 5), order=st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_neither_order_nor_grouping_changes_what_is_signed(
    presses: list[tuple[str, str, str]], size: int, order: Any
) -> None:
    """In any order, in groups of any size, each practice's report is signed once, and refused is what was refused."""

    async def evening(some: Sequence[tuple[str, str, str]], size: int) -> tuple[Any, Any]:
        database = await nation()
        book = GroupedSignatures(lambda: database, size=size)

        async def one(practice: str, name: str, which: str) -> tuple[str, str, str]:
            digest = {"newest": digest_of(database, practice) or "0" * 64, "older": "0" * 64, "none": None}[which]
            asked = signature(database, practice, person=declarer(practice, name), digest=digest)
            return practice, which, await outcome(book.sign(asked))

        outcomes = await asyncio.gather(*(one(*press) for press in some))
        memory = database.memory
        kept = sorted((one.practice, one.digest, one.state) for one in memory.declarations.values())
        assert len(memory.audit) == len(memory.receipts) == len(kept)
        assert len(database.outbox.contents(DeclarationSigned)) == len(kept)
        return sorted(outcomes), kept

    shuffled = list(presses)
    order.shuffle(shuffled)
    assert asyncio.run(evening(presses, size)) == asyncio.run(evening(shuffled, 1))


class Poisoned:
    """A database that fails where a statement has a poison in it; what a failing transaction did is undone."""

    def __init__(self, database: FakeDeclarationsUnitOfWork, error: Exception) -> None:
        self.database = database
        self.error = error
        self.transactions = 0

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Any]:
        self.transactions += 1
        record = self.database.declarations.record

        async def recorded(changes: Any) -> None:
            if any(change.declaration.statement == "poison" for change in changes):
                raise self.error
            await record(changes)

        self.database.declarations.record = recorded  # type: ignore[method-assign]
        try:
            yield self.database
        finally:
            self.database.declarations.record = record  # type: ignore[method-assign]


async def test_a_poisoned_signature_costs_only_itself() -> None:
    database = await nation()
    poisoned = Poisoned(database, ValueError("no such character"))
    book = GroupedSignatures(poisoned)
    asked = [signature(database, one, statement="poison" if one == PRACTICES[2] else None) for one in PRACTICES]
    outcomes = [await one for one in asyncio.as_completed([outcome(book.sign(one)) for one in asked])]
    assert sorted(outcomes) == ["ValueError"] + ["signed"] * (len(PRACTICES) - 1)
    assert poisoned.transactions == 1 + len(PRACTICES)
    assert PRACTICES[2] not in {one.practice for one in database.memory.declarations.values()}


async def test_a_database_that_is_away_is_not_asked_once_for_each() -> None:
    database = await nation()
    away = Poisoned(database, ConnectionRefusedError("away"))
    book = GroupedSignatures(away)
    asked = [signature(database, one, statement="poison") for one in PRACTICES]
    outcomes = await asyncio.gather(*(outcome(book.sign(one)) for one in asked))
    assert outcomes == ["ConnectionRefusedError"] * len(PRACTICES)
    assert away.transactions == 1
