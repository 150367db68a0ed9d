"""Groups of signatures in PostgreSQL: beside newer figures, beside another process, and when one of them fails."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.signature_book import GroupedSignatures
from qof_declarations.adapters.standings import PostgresStandings
from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import NamedPractices
from qof_declarations.handlers.errors import FiguresMovedError
from qof_declarations.handlers.figures import record_entitlements
from qof_declarations.handlers.signing import Signature, Signed, sign_together
from qof_declarations.testing.builders import (
    COLLECTION,
    OUR_COMMISSIONER,
    make_achievement,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.fake_receipts import SEAL
from qof_declarations.testing.world import World
from qof_shared.db.engine import create_engine
from qof_shared.people import Person, Role
from qof_shared.testing.fakes import NOON

pytestmark = pytest.mark.needs_postgres

PRACTICES = [f"P{place:05d}" for place in range(20)]


@pytest.fixture
async def signatures(world: World) -> list[Signature]:
    """What the declarers of twenty practices sign, each the newest report of their own."""
    await world.tell(make_directory(practices=[(one, OUR_COMMISSIONER) for one in PRACTICES], revision=2))
    await world.tell(*(make_achievement(one) for one in PRACTICES))
    await world.tell(*(make_entitlement(one) for one in PRACTICES))
    return [
        Signature(
            collection=COLLECTION,
            practice=practice,
            person=Person(f"diana-{practice}", "Diana", Role.PRACTICE_DECLARER, practice),
            at=NOON,
            digest=await world.digest(practice),
            wants_view=True,
        )
        for practice in PRACTICES
    ]


def book_on(engine: AsyncEngine) -> GroupedSignatures:
    return GroupedSignatures(partial(DeclarationsUnitOfWork, engine, SEAL))


async def sign_all(book: GroupedSignatures, signatures: Sequence[Signature]) -> list[Signed | BaseException]:
    return await asyncio.gather(*(book.sign(one) for one in signatures), return_exceptions=True)


async def kept(engine: AsyncEngine) -> Counter[str]:
    """How many rows of everything that a signature writes; the same of each where nothing is half done."""
    tables = ("declarations", "declaration_audit", "receipts", "outbox WHERE routing_key = 'declaration.signed.v1'")
    async with engine.connect() as connection:
        counts = [(await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() for table in tables]
    return Counter(dict(zip(("declarations", "audit", "receipts", "events"), counts, strict=True)))


def each(number: int) -> Counter[str]:
    return Counter({"declarations": number, "audit": number, "receipts": number, "events": number})


async def transactions(engine: AsyncEngine) -> int:
    """How many transactions wrote the declarations that there are."""
    async with engine.connect() as connection:
        return int((await connection.execute(text("SELECT count(DISTINCT xmin::text) FROM declarations"))).scalar_one())


async def test_signatures_of_one_moment_share_a_transaction(engine: AsyncEngine, signatures: list[Signature]) -> None:
    answers = await sign_all(book_on(engine), signatures)
    assert all(isinstance(answer, Signed) and answer.entry and answer.view for answer in answers)
    assert await kept(engine) == each(len(PRACTICES))
    assert await transactions(engine) == 1
    again = await sign_all(book_on(engine), signatures)
    assert all(isinstance(answer, Signed) and answer.entry is None for answer in again)
    assert await kept(engine) == each(len(PRACTICES))


async def test_a_poisoned_signature_costs_only_itself(engine: AsyncEngine, signatures: list[Signature]) -> None:
    signatures[7] = replace(signatures[7], statement="a character that PostgreSQL does not take: \0")
    answers = await sign_all(book_on(engine), signatures)
    assert [place for place, answer in enumerate(answers) if isinstance(answer, Exception)] == [7]
    assert await kept(engine) == each(len(PRACTICES) - 1)


async def test_ten_presses_of_two_people_are_one_signature(engine: AsyncEngine, signatures: list[Signature]) -> None:
    ours = signatures[0]
    theirs = replace(ours, person=replace(ours.person, person="dora", name="Dora"))
    answers = await sign_all(book_on(engine), [ours, theirs] * 5)
    assert sorted(isinstance(answer, Signed) and answer.entry is not None for answer in answers) == [False] * 9 + [True]
    assert await kept(engine) == each(1)


async def test_two_processes_sign_each_practice_once(
    engine: AsyncEngine, database_url: str, signatures: list[Signature]
) -> None:
    other = create_engine(database_url, pool_size=5, name="another process")
    try:
        books = [book_on(engine), book_on(other)]
        pressed = [(book, one) for one in signatures for book in books for _ in range(3)]
        answers = await asyncio.gather(*(book.sign(one) for book, one in pressed))
    finally:
        await other.dispose()
    new = [one.practice for (_, one), answer in zip(pressed, answers, strict=True) if answer.entry is not None]
    assert sorted(new) == PRACTICES
    assert len({answer.standing.declaration.declaration_id for answer in answers if answer.standing.declaration}) == 20
    assert await kept(engine) == each(len(PRACTICES))


async def test_a_report_that_moves_after_the_lock_supersedes_and_before_it_refuses(
    engine: AsyncEngine, world: World, signatures: list[Signature], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the group's lock and its reading nobody can publish; who tries waits until the signature is kept."""
    lock_free = PostgresStandings.lock_free
    moving: list[asyncio.Task[None]] = []

    async def lock_then_let_move(self: PostgresStandings, collection: str, practices: Sequence[str]) -> Any:
        found = await lock_free(self, collection, practices)
        moving.append(asyncio.create_task(world.tell(make_entitlement(PRACTICES[0], snapshot=2, pounds="2.00"))))
        await until_somebody_waits(engine)
        return found

    monkeypatch.setattr(PostgresStandings, "lock_free", lock_then_let_move)
    answers = await sign_all(book_on(engine), signatures)
    await asyncio.gather(*moving)
    assert all(isinstance(answer, Signed) and answer.entry for answer in answers)
    monkeypatch.setattr(PostgresStandings, "lock_free", lock_free)
    standing = (await world.view(signatures[0].person, PRACTICES[0])).standing
    assert standing.state is State.SUPERSEDED
    assert (await world.view(signatures[1].person, PRACTICES[1])).standing.state is State.SIGNED
    [answer] = await sign_all(book_on(engine), signatures[:1])
    assert isinstance(answer, FiguresMovedError)
    assert answer.moved, "it says what moved"


async def test_a_practice_that_is_recalculated_is_waited_for_by_nobody_else(
    engine: AsyncEngine, world: World, signatures: list[Signature]
) -> None:
    """The report of one moves while the group is signed: the others are answered before it has moved."""
    book = book_on(engine)
    async with DeclarationsUnitOfWork(engine) as uow:
        move = make_entitlement(PRACTICES[3], snapshot=2, pounds="2.00")
        await record_entitlements([move], uow=uow, now=NOON)  # holds the practice's row
        signing = [asyncio.create_task(book.sign(one)) for one in signatures]
        done, waiting = await asyncio.wait(signing, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < len(PRACTICES) - 1:
            more, waiting = await asyncio.wait(waiting, timeout=20, return_when=asyncio.FIRST_COMPLETED)
            assert more, "the others waited for a stranger's practice"
            done |= more
        assert waiting == {signing[3]}
        await until_somebody_waits(engine)
        await uow.commit()
    with pytest.raises(FiguresMovedError):
        await signing[3]
    assert await kept(engine) == each(len(PRACTICES) - 1)


async def until_somebody_waits(engine: AsyncEngine) -> None:
    """Until another transaction waits for a lock of ours."""
    async with engine.connect() as connection, asyncio.timeout(20):
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not (await connection.execute(waiting)).scalar_one():  # noqa: ASYNC110 - PostgreSQL sends no event for it
            await asyncio.sleep(0.005)


async def test_a_process_that_dies_before_the_commit_leaves_nothing(
    engine: AsyncEngine, signatures: list[Signature]
) -> None:
    """Its connection breaks when everything is written but the commit."""

    @asynccontextmanager
    async def dying() -> AsyncIterator[Any]:
        async with DeclarationsUnitOfWork(engine, SEAL) as uow:

            async def commit() -> None:
                await uow.outbox.flush(uow.connection)
                assert (await uow.connection.execute(text("SELECT count(*) FROM receipts"))).scalar_one() == 20
                own = (await uow.connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
                async with engine.connect() as killer:
                    await killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
                await uow.connection.commit()

            uow.commit = commit  # type: ignore[method-assign]
            yield uow

    answers = await sign_all(GroupedSignatures(dying), signatures)
    assert all(isinstance(answer, Exception) for answer in answers), "nobody is told that they have signed"
    assert await kept(engine) == each(0)
    answers = await sign_all(book_on(engine), signatures)
    assert all(isinstance(answer, Signed) and answer.entry for answer in answers)
    assert await kept(engine) == each(len(PRACTICES))


async def test_whoever_goes_away_has_signed_or_has_not(engine: AsyncEngine, signatures: list[Signature]) -> None:
    """A request that is cancelled while its group is written takes nothing and nobody with it."""
    signing = [asyncio.create_task(book.sign(one)) for book in [book_on(engine)] for one in signatures]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for task in signing[:5]:
        task.cancel()
    answers = await asyncio.gather(*signing, return_exceptions=True)
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[:5])
    assert all(isinstance(answer, Signed) and answer.entry for answer in answers[5:])
    found = await kept(engine)
    assert found in (each(len(PRACTICES)), each(len(PRACTICES) - 5))


async def test_a_group_finds_nothing_outside_its_practices(engine: AsyncEngine, signatures: list[Signature]) -> None:
    async with DeclarationsUnitOfWork(engine, SEAL) as uow:
        ours = uow.standings(NamedPractices((PRACTICES[0],)))
        assert [one.practice for one in await ours.lock_free(COLLECTION, PRACTICES)] == [PRACTICES[0]]
        assert set(await ours.documents(COLLECTION, dict.fromkeys(PRACTICES, 1))) == {PRACTICES[0]}
        stranger = replace(signatures[1], person=signatures[0].person)
        assert await sign_together([stranger], uow=uow) == [None], "asked alone, within the stranger's own scope"
