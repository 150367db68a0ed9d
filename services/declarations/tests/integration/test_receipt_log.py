"""The log in PostgreSQL: one order whoever appends, no gap, no change, and the answers of the fake."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.seal import SealKeyError
from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.merkle import is_consistent, is_included, leaf_hash
from qof_declarations.core.permissions import scope_of
from qof_declarations.core.receipt import LogEntry
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.receipts import (
    list_heads,
    prove_consistency,
    prove_inclusion,
    show_receipt,
)
from qof_declarations.testing.builders import (
    COLLECTION,
    EVERYBODY,
    OUR_COMMISSIONER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    tell,
)
from qof_declarations.testing.fake_receipts import SEAL
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.contracts import DeclarationSigned, Event
from qof_shared.people import Person, Role

pytestmark = pytest.mark.needs_postgres

MANY = [f"P{place:05d}" for place in range(60)]


def declarer(practice: str) -> Person:
    return Person(f"diana-{practice}", "Diana", Role.PRACTICE_DECLARER, practice)


async def prepare(world: World, practices: Sequence[str] = MANY) -> None:
    await world.tell(make_directory(practices=[(code, OUR_COMMISSIONER) for code in practices], revision=2))
    await world.tell(*(make_achievement(code) for code in practices), *(make_entitlement(code) for code in practices))


async def sign(world: World, practice: str) -> Event:
    """The event that the relay would publish."""
    digest = await world.digest(practice)
    assert digest is not None
    decided = await world.sign(digest, person=declarer(practice), practice=practice)
    declaration = decided.view.standing.declaration
    assert declaration is not None
    return tell(
        DeclarationSigned(
            declaration_id=declaration.declaration_id,
            collection=COLLECTION,
            practice=practice,
            report_version=declaration.version,
            report_digest=declaration.digest,
            signed_by=declaration.signed_by,
            signed_at=declaration.signed_at,
        )
    )


async def test_workers_side_by_side_append_in_one_order(world: World, engine: AsyncEngine) -> None:
    """Every signature told twice, in small batches of mixed order, to six workers at once."""
    await prepare(world)
    events = [await sign(world, practice) for practice in MANY]
    batches = [events[start : start + 7] for start in range(0, len(events), 7)]
    batches += [events[start : start + 11] for start in range(0, len(events), 11)]
    waiting = list(reversed(batches))

    async def work() -> None:
        while waiting:
            await world.tell(*waiting.pop())

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(work())

    async with DeclarationsUnitOfWork(engine) as uow:
        heads, _ = await list_heads(after=0, limit=100, uow=uow)
        newest = heads[-1]
        assert newest.size == len(MANY)
        for practice, event in zip(MANY, events, strict=True):
            declaration = event.content(DeclarationSigned).declaration_id
            receipt = await show_receipt(COLLECTION, practice, declaration, person=declarer(practice), uow=uow)
            assert isinstance(receipt.entry, LogEntry)
            leaf = leaf_hash(receipt.seal.encode())
            assert is_included(receipt.entry.leaf, newest.size, leaf, receipt.entry.inclusion, newest.root)
            found = await prove_inclusion(leaf, size=None, uow=uow)
            assert (found.leaf, list(found.hashes)) == (receipt.entry.leaf, list(receipt.entry.inclusion))
        for head in heads:
            proof = await prove_consistency(head.size, second=None, uow=uow)
            assert is_consistent(head.size, newest.size, head.root, newest.root, proof.hashes)


async def test_a_log_that_grows_does_not_hold_up_a_signature(world: World, engine: AsyncEngine) -> None:
    """Somebody holds the log's lock; signing neither asks for it nor waits."""
    await prepare(world, MANY[:2])
    async with DeclarationsUnitOfWork(engine) as uow:
        await uow.log.lock()
        async with asyncio.timeout(10):
            await sign(world, MANY[0])


@pytest.mark.parametrize("table", ["receipts", "log_leaves", "log_heads"])
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
async def test_nothing_of_it_is_ever_changed(world: World, engine: AsyncEngine, table: str, statement: str) -> None:
    await prepare(world, MANY[:2])
    await world.tell(await sign(world, MANY[0]))
    column = "hashes" if table == "log_leaves" else "seal"
    with pytest.raises(DBAPIError, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(statement.format(table, column)))


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("INSERT INTO log_leaves SELECT 2, declaration_id, 2, hashes FROM log_leaves", "log_leaves_previous_fkey"),
        ("INSERT INTO log_leaves SELECT 1, declaration_id, 1, hashes FROM log_leaves", "declaration_id_signature_key"),
        ("INSERT INTO log_leaves SELECT 1, declaration_id, 2, hashes FROM log_leaves", "declaration_id_signature_fkey"),
        ("INSERT INTO log_leaves SELECT -1, declaration_id, 2, hashes FROM log_leaves", "log_leaves_leaf_check"),
        ("INSERT INTO log_heads SELECT 9, root, at, seal FROM log_heads", "log_heads_last_leaf_fkey"),
    ],
)
async def test_the_database_itself_refuses_gaps_and_doubles(
    world: World, engine: AsyncEngine, statement: str, constraint: str
) -> None:
    await prepare(world, MANY[:2])
    await world.tell(await sign(world, MANY[0]))
    with pytest.raises(DBAPIError, match=constraint):
        async with engine.begin() as connection:
            await connection.execute(text(statement))


async def test_without_a_key_nothing_is_signed(world: World, engine: AsyncEngine) -> None:
    await prepare(world, MANY[:2])
    keyless = World(partial(DeclarationsUnitOfWork, engine))
    digest = await world.digest(MANY[0])
    with pytest.raises(SealKeyError, match="without a receipt key"):
        await keyless.sign(digest, person=declarer(MANY[0]), practice=MANY[0])
    assert (await world.view(declarer(MANY[0]), MANY[0])).standing.declaration is None


async def test_the_fake_and_postgresql_give_the_same_answers(engine: AsyncEngine) -> None:
    fake = FakeDeclarationsUnitOfWork()
    in_memory, in_postgres = World(lambda: fake), World(partial(DeclarationsUnitOfWork, engine, SEAL))
    declarations: list[UUID] = []
    for world in (in_memory, in_postgres):
        await world.tell(make_directory(), make_collection())
        await prepare(world, MANY[:9])
    for step, practice in enumerate([*MANY[:9], MANY[3]]):
        for world in (in_memory, in_postgres):
            if step == 9:
                await world.send_back(declarations[3], "again")
            event = await sign(world, practice)
            if step % 2 or step == 9:
                await world.tell(event)
            world.now += timedelta(seconds=1)
        declarations.append(event.content(DeclarationSigned).declaration_id)
        async with DeclarationsUnitOfWork(engine) as uow:
            assert await answers(uow, declarations) == await answers(fake, declarations), practice


async def answers(uow: UnitOfWork, declarations: Sequence[UUID]) -> dict[str, object]:
    heads = list(await uow.log.heads(after=0, limit=50))
    found: dict[str, object] = {
        "heads": heads,
        "some": list(await uow.log.heads(after=1, limit=2)),
        "newest": await uow.log.newest_head(),
        "waiting": list(await uow.log.waiting(declarations)),
        "nowhere": await uow.log.leaf_of(bytes(32)),
    }
    if heads:
        for leaf in range(heads[-1].size):
            proof = await prove_consistency(leaf + 1, second=None, uow=uow)
            found[f"from {leaf + 1}"] = list(proof.hashes)
    for person in (*EVERYBODY, *map(declarer, MANY[:9])):
        shown = uow.shown_receipts(scope_of(person))
        for practice in MANY[:9]:
            for declaration in declarations:
                kept = await shown.find(COLLECTION, practice, declaration)
                found[f"{person.person} {practice} {declaration}"] = kept
                if kept:
                    found[kept.seal] = await uow.log.leaf_of(leaf_hash(kept.seal.encode()))
    return found
