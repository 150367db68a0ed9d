"""What happens at the same moment: halves that meet, figures that move under a signature, many hands on one button."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.determination import ApprovedAlreadyError
from qof_declarations.core.lifecycle import NotPossibleNowError, State
from qof_declarations.core.standing import RecalculatingError
from qof_declarations.handlers.errors import FiguresMovedError
from qof_declarations.handlers.figures import record_achievements, record_entitlements
from qof_declarations.testing.builders import (
    OUR_COMMISSIONER,
    make_achievement,
    make_directory,
    make_entitlement,
    want,
)
from qof_declarations.testing.world import World
from qof_shared.contracts import Event, ReportsPublished, decode_event
from qof_shared.people import Person, Role
from qof_shared.testing.fakes import NOON

pytestmark = pytest.mark.needs_postgres

MANY = [f"P{place:05d}" for place in range(300)]


async def count(engine: AsyncEngine, what: str) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {what}"))).scalar_one())


async def test_halves_in_two_transactions_at_once_are_joined(world: World, engine: AsyncEngine) -> None:
    """Both have stored their half before either commits: the second must wait, and then see the first."""
    stored = asyncio.Event()

    async def points_first() -> None:
        async with DeclarationsUnitOfWork(engine) as uow:
            await record_achievements([make_achievement()], uow=uow, now=NOON)
            stored.set()
            await until_somebody_waits(engine)
            await uow.commit()

    async def pounds_second() -> None:
        await stored.wait()
        async with DeclarationsUnitOfWork(engine) as uow:
            await record_entitlements([make_entitlement()], uow=uow, now=NOON)
            await uow.commit()

    await asyncio.gather(points_first(), pounds_second())
    assert (await world.view()).standing.state is State.AWAITING_SIGNATURE


async def until_somebody_waits(engine: AsyncEngine) -> None:
    """Until another transaction waits for a lock of ours."""
    async with engine.connect() as connection, asyncio.timeout(20):
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not (await connection.execute(waiting)).scalar_one():  # noqa: ASYNC110 - PostgreSQL sends no event for it
            await asyncio.sleep(0.005)


async def test_no_join_is_lost_among_many_workers(world: World, engine: AsyncEngine) -> None:
    """Halves of 300 practices, each delivered twice, in batches of mixed order by several workers at once."""
    await world.tell(make_directory(practices=[(practice, OUR_COMMISSIONER) for practice in MANY], revision=2))
    shuffle = random.Random(20130402)
    for number in (1, 2):
        points = [make_achievement(practice, number, numerator=40 + number) for practice in MANY]
        pounds = [make_entitlement(practice, number, pounds=f"{number}.00") for practice in MANY]
        batches: list[list[Event]] = []
        for half in (points, pounds):
            doubled = half * 2
            shuffle.shuffle(doubled)
            batches += [doubled[start : start + 50] for start in range(0, len(doubled), 50)]
        shuffle.shuffle(batches)
        await in_parallel(world, batches)
        assert await count(engine, f"figures WHERE version = {number}") == len(MANY)
        assert await reports_told(engine) == number * len(MANY)


async def reports_told(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        kind = {"kind": ReportsPublished.event}
        rows = await connection.execute(text("SELECT body FROM outbox WHERE routing_key = :kind"), kind)
        return sum(len(decode_event(row.body).content(ReportsPublished).reports) for row in rows)


async def in_parallel(world: World, batches: list[list[Event]], workers: int = 8) -> None:
    waiting = list(batches)

    async def work() -> None:
        while waiting:
            await world.tell(*waiting.pop())

    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(work())


async def test_ten_signatures_at_once_are_one_declaration(world: World, engine: AsyncEngine) -> None:
    await world.tell(make_achievement(), make_entitlement())
    digest = await world.digest()
    decisions = await asyncio.gather(*(world.sign(digest) for _ in range(10)))
    assert sorted(decided.is_new for decided in decisions) == [False] * 9 + [True]
    assert len({decided.view.standing.declaration for decided in decisions}) == 1
    assert await count(engine, "declarations") == await count(engine, "declaration_audit") == 1
    assert await count(engine, "outbox WHERE routing_key = 'declaration.signed.v1'") == 1


async def test_ten_approvals_at_once_are_one_payment(world: World, engine: AsyncEngine) -> None:
    await world.tell(make_achievement(), make_entitlement())
    declaration = (await world.sign(await world.digest())).view.standing.declaration
    assert declaration is not None
    decisions = await asyncio.gather(*(world.approve(declaration.declaration_id) for _ in range(10)))
    assert sorted(decided.is_new for decided in decisions) == [False] * 9 + [True]
    assert await count(engine, "outbox WHERE routing_key = 'declaration.approved.v1'") == 1


async def test_a_signature_meets_a_newer_report_in_one_of_two_ways(world: World, engine: AsyncEngine) -> None:
    """Hundreds of interleavings of signing and publishing: the newer report comes either before the signature, which
    is then refused, or after, and the signature falls. A declaration never stands on figures that were not shown."""
    await world.tell(make_directory(practices=[(practice, OUR_COMMISSIONER) for practice in MANY], revision=2))
    await world.tell(*(make_achievement(practice) for practice in MANY))
    await world.tell(*(make_entitlement(practice) for practice in MANY))
    shuffle = random.Random(1)
    outcomes: dict[str, int] = {}

    async def interleave(practice: str) -> None:
        displayed = await world.digest(practice)
        declarer = Person("diana", "Diana", Role.PRACTICE_DECLARER, practice)
        # A new freeze moves the pounds of the same extract: one message, one transaction, as at year end.
        move = partial(world.tell, make_entitlement(practice, snapshot=2, pounds="2.00"))
        press = partial(world.sign, displayed, person=declarer, practice=practice)
        waits = [shuffle.random() * 0.01, shuffle.random() * 0.01]
        signed, moved = await asyncio.gather(after(waits[0], press), after(waits[1], move), return_exceptions=True)
        assert moved is None
        standing = (await world.view(declarer, practice)).standing
        assert standing.report is not None
        assert standing.report.version == 2
        if isinstance(signed, BaseException):
            assert isinstance(signed, FiguresMovedError), signed
            assert signed.digest == standing.report.digest
            assert standing.declaration is None
            outcome = "refused"
        else:
            assert standing.declaration is not None
            assert standing.declaration.digest == displayed
            assert standing.state is State.SUPERSEDED
            outcome = "superseded"
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    for start in range(0, len(MANY), 5):
        await asyncio.gather(*(interleave(practice) for practice in MANY[start : start + 5]))
    assert outcomes.keys() == {"refused", "superseded"}, "the interleavings were all alike and prove nothing"
    assert (
        await count(
            engine,
            "declarations AS d JOIN reports AS r USING (collection, practice, version)"
            " WHERE d.digest <> r.digest OR d.pounds <> r.pounds",
        )
        == 0
    )
    assert await count(engine, "declarations WHERE state = 'signed'") == 0


async def after(seconds: float, deed: Callable[[], Awaitable[object]]) -> object:
    await asyncio.sleep(seconds)
    return await deed()


async def test_an_approval_meets_a_newer_report_in_one_of_two_ways(world: World, engine: AsyncEngine) -> None:
    """Either the approval comes first, and stays as it was signed, or the newer report does, and nothing is paid."""
    practices = MANY[:100]
    await world.tell(make_directory(practices=[(practice, OUR_COMMISSIONER) for practice in practices], revision=2))
    await world.tell(*(make_achievement(practice) for practice in practices))
    await world.tell(*(make_entitlement(practice) for practice in practices))
    shuffle = random.Random(2)
    outcomes = set()

    async def interleave(practice: str) -> None:
        declarer = Person("diana", "Diana", Role.PRACTICE_DECLARER, practice)
        decided = await world.sign(await world.digest(practice), person=declarer, practice=practice)
        declaration = decided.view.standing.declaration
        assert declaration is not None
        approved, moved = await asyncio.gather(
            after(shuffle.random() * 0.01, partial(world.approve, declaration.declaration_id)),
            after(shuffle.random() * 0.01, partial(world.tell, make_entitlement(practice, snapshot=2, pounds="2.00"))),
            return_exceptions=True,
        )
        assert moved is None
        standing = (await world.view(declarer, practice)).standing
        if isinstance(approved, BaseException):
            assert isinstance(approved, NotPossibleNowError | RecalculatingError), approved
            assert standing.state is State.SUPERSEDED
        else:
            assert (standing.state, standing.approved_version, standing.is_newer_than_approved) == ("approved", 1, True)
        outcomes.add(standing.state)

    for start in range(0, len(practices), 5):
        await asyncio.gather(*(interleave(practice) for practice in practices[start : start + 5]))
    assert outcomes == {State.APPROVED, State.SUPERSEDED}
    told = await count(engine, "outbox WHERE routing_key = 'declaration.approved.v1'")
    assert told == await count(engine, "declarations WHERE state = 'approved'")


async def test_ten_hands_on_one_determination_make_one(world: World, engine: AsyncEngine) -> None:
    await world.tell(make_achievement(), make_entitlement())
    pressed = await asyncio.gather(*(world.determine(want()) for _ in range(10)))
    assert sorted(one.is_new for one in pressed) == [False] * 9 + [True]
    assert await count(engine, "determinations") == 1
    assert await count(engine, "outbox WHERE routing_key = 'determination.made.v1'") == 1
    found = pressed[0].determination.determination_id
    withdrawn = await asyncio.gather(*(world.withdraw(found) for _ in range(10)))
    assert sorted(one.is_new for one in withdrawn) == [False] * 9 + [True]
    assert await count(engine, "outbox WHERE routing_key = 'determination.withdrawn.v1'") == 1


async def test_an_approval_meets_a_determination_in_one_of_two_ways(world: World) -> None:
    """Either the approval comes first, and the determination is refused, or it is refused itself: what is paid is never
    without what had been determined."""
    shuffle = random.Random(7)
    await world.tell(make_directory(practices=[(practice, OUR_COMMISSIONER) for practice in MANY[:60]], revision=2))
    await world.tell(*(make_achievement(practice) for practice in MANY[:60]))
    await world.tell(*(make_entitlement(practice) for practice in MANY[:60]))
    outcomes = set()
    for practice in MANY[:60]:
        declarer = Person("diana", "Diana", Role.PRACTICE_DECLARER, practice)
        decided = await world.sign(await world.digest(practice), person=declarer, practice=practice)
        declaration = decided.view.standing.declaration
        assert declaration is not None
        press = partial(world.approve, declaration.declaration_id)
        determine = partial(world.determine, want(practice=practice))
        waits = [shuffle.random() * 0.008, shuffle.random() * 0.008]
        approved, determined = await asyncio.gather(
            after(waits[0], press), after(waits[1], determine), return_exceptions=True
        )
        if isinstance(approved, BaseException):
            assert isinstance(approved, RecalculatingError), approved
            assert not isinstance(determined, BaseException), determined
            outcomes.add("determined")
        else:
            assert isinstance(determined, ApprovedAlreadyError), determined
            outcomes.add("approved")
    assert outcomes == {"approved", "determined"}


async def test_thousands_are_determined_in_one_request(world: World, engine: AsyncEngine) -> None:
    practices = [f"P{place:05d}" for place in range(1000)]
    await world.tell(make_directory(practices=[(practice, OUR_COMMISSIONER) for practice in practices], revision=2))
    indicators = [f"PROTECTED {number}" for number in range(5)]
    wanted = [
        want(str(place % 7), practice=practice, indicator=indicator, what="reference-points")
        for place, practice in enumerate(practices)
        for indicator in indicators
    ]
    many = await world.determine_many(*wanted)
    again = await world.determine_many(*wanted)
    assert (many.made, again.made, again.unchanged) == (5000, 0, 5000)
    assert await count(engine, "outbox WHERE routing_key = 'determination.made.v1'") == 5000
    assert await count(engine, "figures WHERE determinations <> ''") == 1000


async def test_a_nation_is_determined_while_its_points_arrive(world: World, engine: AsyncEngine) -> None:
    """Both lock many practices, some without figures: in one order, so that neither ever shuts the other out."""
    await world.tell(make_directory(practices=[(practice, OUR_COMMISSIONER) for practice in MANY], revision=2))
    shuffle = random.Random(3)
    for number in range(1, 9):
        some = [make_achievement(practice, number) for practice in shuffle.sample(MANY, 120)]
        determined = [want(str(number), practice=practice) for practice in shuffle.sample(MANY, 120)]
        await asyncio.gather(
            world.tell(*some), world.determine_many(*determined), world.tell(*shuffle.sample(some, len(some)))
        )
    assert await count(engine, "determinations") == 8 * 120
