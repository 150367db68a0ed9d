"""Who may determine what, what it does to the figures, and that pressing twice is pressing once."""

from uuid import UUID, uuid4

import pytest

from qof_declarations.core.determination import (
    ApprovedAlreadyError,
    InvalidDeterminationsError,
    ReplacedAlreadyError,
)
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import NotAllowedError
from qof_declarations.core.standing import RecalculatingError
from qof_declarations.handlers.errors import ReasonMissingError
from qof_declarations.testing.builders import (
    APPROVER,
    DECLARER,
    NATIONAL,
    OTHER_APPROVER,
    THEIRS,
    USER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_rejection,
    want,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.contracts import DeterminationMade, DeterminationWithdrawn
from qof_shared.people import Person


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection(), make_achievement(), make_entitlement())
    return world


def told(database: FakeDeclarationsUnitOfWork) -> list[tuple[str, str]]:
    made = database.outbox.contents(DeterminationMade)
    assert all(isinstance(one, DeterminationMade) for one in made)
    return [(one.practice, one.determination.value) for one in made if isinstance(one, DeterminationMade)]


@pytest.mark.parametrize("person", [APPROVER, NATIONAL])
async def test_who_may_determine_does(world: World, database: FakeDeclarationsUnitOfWork, person: Person) -> None:
    determined = await world.determine(want("5.50"), person=person)
    assert (determined.is_new, determined.determination.value) == (True, "5.5")
    (event,) = database.outbox.contents(DeterminationMade)
    assert isinstance(event, DeterminationMade)
    assert event.determination.determination_id == determined.determination.determination_id
    assert event.determination.person == f"{person.name} ({person.person})"
    assert event.determination.reason == "The register was lost."


@pytest.mark.parametrize("person", [DECLARER, USER])
async def test_a_practice_does_not_determine_for_itself(world: World, person: Person) -> None:
    with pytest.raises(NotAllowedError):
        await world.determine(want(), person=person)


async def test_another_commissioner_finds_no_such_practice(world: World) -> None:
    with pytest.raises(NotFoundError):
        await world.determine(want(), person=OTHER_APPROVER)


async def test_pressing_ten_times_is_one_determination(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    pressed = [await world.determine(want()) for _ in range(10)]
    assert [one.is_new for one in pressed] == [True] + [False] * 9
    assert len({one.determination.determination_id for one in pressed}) == 1
    assert len(told(database)) == 1


async def test_no_reason_no_determination(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    with pytest.raises(ReasonMissingError):
        await world.determine(want(), reason="  ")
    with pytest.raises(ReasonMissingError):
        await world.determine_many(want(), reason="\t")
    made = await world.determine(want())
    with pytest.raises(ReasonMissingError):
        await world.withdraw(made.determination.determination_id, reason="")
    assert len(told(database)) == 1


async def test_points_above_the_maximum_are_refused(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    with pytest.raises(InvalidDeterminationsError) as refused:
        await world.determine(want("10.5"))
    assert [(fault.pointer, fault.rule) for fault in refused.value.faults] == [("/value", "value")]
    assert "10 points" in refused.value.faults[0].message
    assert told(database) == []


async def test_what_is_determined_is_recalculated_and_signed_again(world: World) -> None:
    await world.sign(await world.digest())
    made = (await world.determine(want())).determination
    view = await world.view(APPROVER)
    assert (view.standing.is_recalculating, view.can.can_approve) == (True, False)
    assert view.determinations == [made]
    assert view.standing.declaration is not None
    with pytest.raises(RecalculatingError):
        await world.approve(view.standing.declaration.declaration_id)
    # An extract that was accepted before the determination does not bring it.
    await world.tell(make_achievement(number=2), make_entitlement(number=2))
    assert (await world.view()).standing.is_recalculating
    await world.tell(make_achievement(number=3, determined=[made]), make_entitlement(number=3, pounds="9.00"))
    view = await world.view()
    assert (view.standing.state, view.standing.is_recalculating) == (State.SUPERSEDED, False)
    assert view.moved_since[-1].pointer == "/lines/AF/pounds"
    assert [one.sentence for one in view.moved_since if one.pointer == "/determinations"] == [
        "Indicator AF 4, adjusted points: 5.00 instead of 7.50, determined by Anna Approver (anna):"
        " The register was lost."
    ]


async def test_who_determined_what_cannot_be_calculated_is_told_why(world: World) -> None:
    await world.determine(want())
    await world.tell(make_rejection(number=2))
    found = await world.determinations(APPROVER)
    assert (found.is_recalculating, found.rejection) == (True, ("/determinations/0/indicator: Withdraw it.",))
    assert (await world.view()).standing.rejection == found.rejection
    await world.withdraw(next(iter(found.standing)))
    await world.tell(make_achievement(number=3), make_entitlement(number=3))
    found = await world.determinations(APPROVER)
    assert (found.is_recalculating, found.rejection) == (False, ())


async def test_what_was_approved_is_settled_by_hand(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    made = (await world.determine(want())).determination
    await world.tell(make_achievement(number=2, determined=[made]), make_entitlement(number=2))
    declaration = (await world.sign(await world.digest())).view.standing.declaration
    assert declaration is not None
    await world.approve(declaration.declaration_id)
    with pytest.raises(ApprovedAlreadyError, match="by hand"):
        await world.determine(want("6"))
    with pytest.raises(ApprovedAlreadyError):
        await world.withdraw(made.determination_id)
    with pytest.raises(InvalidDeterminationsError) as refused:
        await world.determine_many(want("6"))
    assert [fault.rule for fault in refused.value.faults] == ["approved-already"]
    assert not (await world.view(APPROVER)).can.can_determine
    assert len(told(database)) == 1


async def test_a_determination_is_withdrawn_once(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    made = (await world.determine(want())).determination
    first = await world.withdraw(made.determination_id)
    again = await world.withdraw(made.determination_id, reason="Something else.")
    assert (first.is_new, again.is_new) == (True, False)
    assert again.determination.withdrawal == first.determination.withdrawal
    (event,) = database.outbox.contents(DeterminationWithdrawn)
    assert isinstance(event, DeterminationWithdrawn)
    assert (event.determination_id, event.reason) == (made.determination_id, "It was found.")
    found = await world.determinations()
    assert (found.standing, found.is_recalculating) == (frozenset(), False)
    assert [one.withdrawal is not None for one in found.history] == [True]


async def test_what_was_replaced_cannot_be_withdrawn(world: World) -> None:
    old = (await world.determine(want())).determination
    await world.determine(want("6"))
    with pytest.raises(ReplacedAlreadyError):
        await world.withdraw(old.determination_id)


async def test_only_what_is_there_can_be_withdrawn(world: World) -> None:
    made = (await world.determine(want())).determination
    for practice, determination_id in (("A81001", uuid4()), (THEIRS, made.determination_id)):
        with pytest.raises(NotFoundError):
            await world.withdraw(determination_id, practice=practice, person=NATIONAL)


async def test_the_history_says_who_and_why_newest_first(world: World) -> None:
    await world.determine(want())
    await world.determine(want("6"), person=NATIONAL, reason="Agreed with the practice.")
    found = await world.determinations()
    assert [(one.actor.name, one.value, one.reason) for one in found.history] == [
        ("Nora National", "6", "Agreed with the practice."),
        ("Anna Approver", "5", "The register was lost."),
    ]
    assert found.standing == {found.history[0].determination_id}


async def test_many_are_determined_at_once_or_none(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    with pytest.raises(InvalidDeterminationsError) as refused:
        await world.determine_many(
            want("5"), want("5", practice="NOBODY"), want("99", practice=THEIRS), want("6"), want("5", indicator="AF 9")
        )
    assert [(fault.pointer, fault.rule) for fault in refused.value.faults] == [
        ("/determinations/1/practice", "practice-unknown"),
        ("/determinations/2/value", "value"),
        ("/determinations/3", "twice"),
        ("/determinations/4/indicator", "indicator-unknown"),
    ]
    assert told(database) == []
    many = await world.determine_many(want("5"), want("6", practice=THEIRS))
    again = await world.determine_many(want("5"), want("7", practice=THEIRS))
    assert (many.made, many.unchanged, again.made, again.unchanged) == (2, 0, 1, 1)
    assert told(database) == [("A81001", "5"), (THEIRS, "6"), (THEIRS, "7")]


async def test_only_the_national_team_determines_for_many(world: World) -> None:
    with pytest.raises(NotAllowedError):
        await world.determine_many(want(), person=APPROVER)


async def test_a_practice_without_an_extract_is_determined_for(database: FakeDeclarationsUnitOfWork) -> None:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection())
    made = await world.determine(want("12345", indicator="WHATEVER"))
    view = await world.view()
    assert (view.standing.state, view.standing.is_recalculating) == (State.AWAITING_EXTRACT, False)
    assert [one.determination_id for one in view.determinations] == [made.determination.determination_id]
    assert isinstance(made.determination.determination_id, UUID)


async def test_no_collection_no_determination(database: FakeDeclarationsUnitOfWork) -> None:
    world = World(lambda: database)
    await world.tell(make_directory())
    with pytest.raises(NotFoundError):
        await world.determine_many(want())
    with pytest.raises(NotFoundError):
        await world.determine(want(), person=NATIONAL)
