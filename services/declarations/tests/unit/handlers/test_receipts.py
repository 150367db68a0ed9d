"""A signature is answered with a receipt; the log enters each once, in one order, and proves it."""

import json
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from qof_declarations.adapters.seal import open_seal, read_public_keys
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.merkle import is_consistent, is_included, leaf_hash
from qof_declarations.core.receipt import HEAD_TYPE, RECEIPT_TYPE, Receipt, receipt_file
from qof_declarations.core.receipt_check import Verdict, check_receipt
from qof_declarations.core.report import canonical_json
from qof_declarations.handlers.errors import FiguresMovedError, ImpossibleSizesError
from qof_declarations.handlers.receipts import (
    list_heads,
    newest_head,
    prove_consistency,
    prove_inclusion,
    show_receipt,
)
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    EVERYBODY,
    OTHER_DECLARER,
    OURS,
    THEIR_COMMISSIONER,
    THEIRS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.fake_receipts import SEAL
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.contracts import DeclarationSigned
from qof_shared.people import Person, Role

OPEN = partial(open_seal, keys=read_public_keys(json.dumps(SEAL.public_keys).encode()))


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection())
    for practice in (OURS, THEIRS):
        await world.tell(make_achievement(practice), make_entitlement(practice))
    return world


async def sign(world: World, person: Person = DECLARER, *, statement: str | None = None) -> UUID:
    practice = person.organisation
    decided = await world.sign(await world.digest(practice), person=person, practice=practice, statement=statement)
    declaration = decided.view.standing.declaration
    assert declaration is not None
    return declaration.declaration_id


async def enter(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    """Tell the log of every signature so far, as a worker that sees each again would."""
    await world.tell(*(event for event in database.outbox.events if event.name == DeclarationSigned.event))


async def receipt_of(database: FakeDeclarationsUnitOfWork, declaration: UUID, person: Person = DECLARER) -> Receipt:
    return await show_receipt(COLLECTION, OURS, declaration, person=person, uow=database)


async def test_a_receipt_says_what_was_signed(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    declaration = await sign(world, statement="Checked.")
    receipt = await receipt_of(database, declaration)
    report = await world.report()
    assert report.document is not None
    assert receipt.document == {
        "collection": COLLECTION,
        "declaration_id": str(declaration),
        "points": report.about.points,
        "pounds": "1003.20",
        "practice": OURS,
        "practice_name": "Surgery A81001",
        "protested_queries": [],
        "report_digest": report.about.digest,
        "report_version": 1,
        "role": "practice-declarer",
        "signed_at": "2013-04-02T12:00:00Z",
        "signed_by": "diana",
        "signed_by_name": "Diana Declarer",
        "statement": "Checked.",
        "under_protest": False,
        "worked_out_with": json.loads(report.document)["worked_out_with"],
    }
    assert OPEN(receipt.seal, RECEIPT_TYPE) == canonical_json(dict(receipt.document))
    assert receipt.entry is None, "the log enters it later, outside the transaction of the signature"


async def test_a_logged_receipt_is_proved_by_its_file_alone(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    declaration = await sign(world)
    await sign(world, OTHER_DECLARER)
    await enter(world, database)
    receipt = await receipt_of(database, declaration)
    document = (await world.report()).document
    found = check_receipt(receipt_file(receipt), open_seal=OPEN, report=document)
    assert [one.verdict for one in found] == [Verdict.PROVED] * 3


async def test_ten_presses_are_one_receipt_and_the_log_enters_it_once(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    for _ in range(10):
        await sign(world)
    assert len(database.memory.receipts) == 1
    for _ in range(3):
        events = [event for event in database.outbox.events if event.name == DeclarationSigned.event]
        database._handled.clear()  # as if the inbox had been lost: the log itself knows
        await world.tell(*events)
    assert len(database.memory.leaves) == 1
    assert [head.size for head in database.memory.heads] == [1]


async def test_a_refused_signature_leaves_no_receipt(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    with pytest.raises(FiguresMovedError):
        await world.sign("0" * 64)
    assert not database.memory.receipts


async def test_signed_again_after_a_return_has_a_receipt_of_its_own(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    declaration = await sign(world)
    first = await receipt_of(database, declaration)
    await enter(world, database)
    await world.send_back(declaration, "look again")
    world.now += timedelta(hours=1)
    assert await sign(world, statement="Looked again.") == declaration
    second = await receipt_of(database, declaration)
    assert (second.document["statement"], second.document["signed_at"]) == ("Looked again.", "2013-04-02T13:00:00Z")
    assert second.entry is None
    await enter(world, database)
    assert [leaf.key.signature for leaf in database.memory.leaves] == [1, 2]
    found = await prove_inclusion(leaf_hash(first.seal.encode()), size=None, uow=database)
    assert (found.leaf, found.size) == (0, 2)


async def test_the_log_grows_batch_by_batch_and_every_head_agrees(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    declaration = await sign(world)
    await enter(world, database)
    for hour in range(1, 12):
        world.now += timedelta(hours=hour)
        for _ in range(hour % 3 + 1):
            await world.send_back(declaration, "again")
            world.now += timedelta(seconds=1)
            await sign(world)
        await enter(world, database)
    heads, after = await list_heads(after=0, limit=5, uow=database)
    assert after == heads[-1].size
    more, last = await list_heads(after=after, limit=100, uow=database)
    assert last is None
    heads = [*heads, *more]
    assert heads[-1] == await newest_head(uow=database)
    assert [head.size for head in heads] == [1, 3, 6, 7, 9, 12, 13, 15, 18, 19, 21, 24]
    assert [head.at for head in heads] == sorted(head.at for head in heads)
    for head in heads:
        assert json.loads(OPEN(head.seal, HEAD_TYPE))["root"] == head.root.hex()
        for earlier in heads[: heads.index(head) + 1]:
            proof = await prove_consistency(earlier.size, second=head.size, uow=database)
            assert is_consistent(earlier.size, head.size, earlier.root, head.root, proof.hashes)
        for leaf in database.memory.leaves[: head.size]:
            found = await prove_inclusion(leaf.hashes[0], size=head.size, uow=database)
            assert found.leaf == leaf.leaf
            assert is_included(found.leaf, head.size, leaf.hashes[0], found.hashes, head.root)


async def test_a_clock_that_goes_back_does_not_take_the_log_along(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    await sign(world)
    await enter(world, database)
    world.now -= timedelta(hours=3)
    await sign(world, OTHER_DECLARER)
    await enter(world, database)
    first, second = database.memory.heads
    assert first.at == second.at


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.person)
async def test_only_who_sees_the_practice_sees_its_receipts(
    world: World, database: FakeDeclarationsUnitOfWork, person: Person
) -> None:
    declaration = await sign(world)
    if person.organisation in (THEIRS, THEIR_COMMISSIONER) or person.role is Role.OPERATOR:
        with pytest.raises(NotFoundError):
            await receipt_of(database, declaration, person)
    else:
        assert (await receipt_of(database, declaration, person)).document["practice"] == OURS


async def test_what_is_not_there_is_not_found(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    with pytest.raises(NotFoundError, match="log is empty"):
        await newest_head(uow=database)
    declaration = await sign(world)
    with pytest.raises(NotFoundError, match="no receipt"):
        await receipt_of(database, uuid4(), APPROVER)
    with pytest.raises(NotFoundError, match="no receipt"):
        await show_receipt(COLLECTION, THEIRS, declaration, person=OTHER_DECLARER, uow=database)
    await enter(world, database)
    with pytest.raises(NotFoundError, match="not 2 yet"):
        await prove_consistency(1, second=2, uow=database)
    with pytest.raises(NotFoundError, match="do not hold"):
        await prove_inclusion(bytes(32), size=1, uow=database)
    await sign(world, OTHER_DECLARER)
    await enter(world, database)
    newer = database.memory.leaves[1].hashes[0]
    with pytest.raises(NotFoundError, match="do not hold"):
        await prove_inclusion(newer, size=1, uow=database)
    with pytest.raises(ImpossibleSizesError):
        await prove_consistency(2, second=1, uow=database)


async def test_a_signature_of_before_the_log_is_no_error(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await sign(world)
    database.memory.receipts.clear()
    await enter(world, database)
    assert not database.memory.leaves
