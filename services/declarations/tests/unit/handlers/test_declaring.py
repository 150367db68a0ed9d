"""A practice signs what it read, a commissioner approves what was signed; pressing twice changes nothing."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from qof_declarations.core.declaration import Approval
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import NotPossibleNowError, State, Turn
from qof_declarations.core.permissions import NotAllowedError, SeparationOfDutiesError
from qof_declarations.core.standing import RecalculatingError
from qof_declarations.handlers.errors import (
    DigestMissingError,
    FiguresMovedError,
    NewerFiguresError,
    ReasonMissingError,
    ReportAwaitedError,
)
from qof_declarations.testing.builders import (
    APPROVER,
    DECLARER,
    FINANCE,
    NATIONAL,
    OTHER_APPROVER,
    OTHER_DECLARER,
    OTHER_FINANCE,
    USER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_payment,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.contracts import (
    DeclarationApproved,
    DeclarationFinanceApproved,
    DeclarationReturned,
    DeclarationSigned,
)
from qof_shared.people import Person, Role


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection(), make_achievement(), make_entitlement())
    return world


async def move_figures(world: World, number: int = 2, numerator: int = 46) -> None:
    await world.tell(make_achievement(number=number, numerator=numerator), make_entitlement(number=number))


async def sign(world: World) -> UUID:
    declaration = (await world.sign(await world.digest())).view.standing.declaration
    assert declaration is not None
    return declaration.declaration_id


async def test_a_declarer_signs_exactly_the_report(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    report = await world.report()
    decided = await world.sign(report.about.digest, statement="checked")
    standing = decided.view.standing
    assert decided.is_new
    assert (standing.state, standing.turn) == (State.SIGNED, Turn.COMMISSIONER)
    assert standing.declaration is not None
    assert (standing.declaration.digest, standing.declaration.statement) == (report.about.digest, "checked")
    [entry] = decided.view.audit
    assert (entry.kind, entry.actor.person, entry.actor.role) == ("declaration-signed", "diana", "practice-declarer")
    assert (entry.from_state, entry.to_state) == (State.AWAITING_SIGNATURE, State.SIGNED)
    assert (entry.digest, entry.at) == (report.about.digest, world.now)
    [told] = database.outbox.contents(DeclarationSigned)
    assert told == DeclarationSigned(
        declaration_id=standing.declaration.declaration_id,
        collection=standing.collection,
        practice=standing.practice,
        report_version=1,
        report_digest=report.about.digest,
        signed_by="diana",
        signed_at=world.now,
    )


async def test_ten_presses_are_one_declaration(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    digest = await world.digest()
    colleague = replace(DECLARER, person="dora")
    presses = [await world.sign(digest, person=DECLARER if place % 2 else colleague) for place in range(10)]
    assert [press.is_new for press in presses] == [True] + [False] * 9
    assert len(database.outbox.contents(DeclarationSigned)) == len(database.memory.audit) == 1


async def test_a_signature_must_say_what_it_signs(world: World) -> None:
    with pytest.raises(DigestMissingError, match="If-Match"):
        await world.sign(None)


async def test_an_old_digest_is_refused_with_what_moved(world: World) -> None:
    old = await world.digest()
    await move_figures(world)
    with pytest.raises(FiguresMovedError) as refused:
        await world.sign(old)
    assert (refused.value.digest, refused.value.version) == (await world.digest(), 2)
    assert "/indicators/AF 4/numerator" in [moved.pointer for moved in refused.value.moved]


async def test_a_digest_nobody_knows_is_refused_without_differences(world: World) -> None:
    with pytest.raises(FiguresMovedError) as refused:
        await world.sign("0" * 64)
    assert refused.value.moved == ()


@pytest.mark.parametrize("person", [USER, APPROVER, NATIONAL], ids=lambda person: person.person)
async def test_only_a_declarer_signs(world: World, person: Person) -> None:
    with pytest.raises(NotAllowedError):
        await world.sign(await world.digest(), person=person)


async def test_another_practice_is_as_good_as_not_there(world: World) -> None:
    for attempt in (world.sign("0" * 64, person=OTHER_DECLARER), world.report(OTHER_DECLARER)):
        with pytest.raises(NotFoundError, match="not yours to see"):
            await attempt
    with pytest.raises(NotFoundError):
        await world.approve(await sign(world), person=OTHER_APPROVER)


async def test_points_alone_cannot_be_signed(database: FakeDeclarationsUnitOfWork) -> None:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection(), make_achievement())
    with pytest.raises(ReportAwaitedError):
        await world.sign("0" * 64)


async def test_newer_figures_before_the_approval_ask_for_a_new_signature(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    first = await sign(world)
    await move_figures(world)
    view = await world.view()
    assert (view.standing.state, view.standing.turn, view.can.can_sign) == (State.SUPERSEDED, Turn.PRACTICE, True)
    assert "Points in all: 7.50 before, 7.67 now." in [moved.sentence for moved in view.moved_since]
    assert [(entry.kind, entry.actor.role) for entry in view.audit][1] == ("declaration-superseded", "system")
    with pytest.raises(NotPossibleNowError, match="figures moved after the practice signed"):
        await world.approve(first)
    second = await sign(world)
    assert second != first
    with pytest.raises(NotPossibleNowError):
        await world.approve(first)
    await world.approve(second)
    [told] = database.outbox.contents(DeclarationApproved)
    assert isinstance(told, DeclarationApproved)
    assert told.report_version == 2


async def test_figures_that_move_back_revive_the_first_declaration(world: World) -> None:
    first = await sign(world)
    await move_figures(world, 2, 46)
    await move_figures(world, 3, 45)
    assert (await world.view()).standing.state is State.SUPERSEDED
    assert await sign(world) == first
    view = await world.view()
    assert view.standing.declaration is not None
    assert (view.standing.state, view.standing.declaration.version) == (State.SIGNED, 3)


async def test_newer_figures_after_the_approval_are_flagged_and_change_nothing(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    digest = await world.digest()
    declaration = await sign(world)
    await world.approve(declaration)
    await move_figures(world)
    standing = (await world.view()).standing
    assert (standing.state, standing.approved_version, standing.is_newer_than_approved) == (State.APPROVED, 1, True)
    assert not (await world.sign(digest)).is_new
    with pytest.raises(NotPossibleNowError, match="The commissioner has approved"):
        await world.sign(await world.digest())
    assert len(database.outbox.contents(DeclarationApproved)) == 1


async def test_nothing_is_decided_while_a_newer_extract_is_worked_out(world: World) -> None:
    digest = await world.digest()
    await world.tell(make_achievement(number=2, numerator=46))
    assert not (await world.view()).can.can_sign
    with pytest.raises(RecalculatingError, match="newer extract"):
        await world.sign(digest)


async def test_a_commissioner_waits_too_while_a_newer_extract_is_worked_out(world: World) -> None:
    declaration = await sign(world)
    await world.tell(make_achievement(number=2))
    assert not (await world.view(APPROVER)).can.can_approve
    with pytest.raises(RecalculatingError):
        await world.approve(declaration)
    await world.tell(make_entitlement(number=2))
    assert (await world.approve(declaration)).is_new


async def test_approving_twice_is_one_approval(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    declaration = await sign(world)
    view = await world.view(APPROVER)
    assert (view.can.can_sign, view.can.can_approve, view.can.can_return) == (False, True, True)
    colleague = replace(APPROVER, person="alma")
    decisions = [await world.approve(declaration, person=person) for person in (APPROVER, APPROVER, colleague)]
    assert [decided.is_new for decided in decisions] == [True, False, False]
    [told] = database.outbox.contents(DeclarationApproved)
    report = (await world.report()).about
    assert isinstance(told, DeclarationApproved)
    assert (told.entitlement_id, told.pounds, told.approved_by) == (report.entitlement_id, "1003.20", "anna")
    assert decisions[0].view.standing.turn is Turn.FINANCE


async def test_nobody_approves_what_they_signed(world: World) -> None:
    declaration = await sign(world)
    turncoat = replace(APPROVER, person=DECLARER.person, role=Role.COMMISSIONER_APPROVER)
    with pytest.raises(SeparationOfDutiesError):
        await world.approve(declaration, person=turncoat)


async def test_a_practice_does_not_approve(world: World) -> None:
    with pytest.raises(NotAllowedError):
        await world.approve(await sign(world), person=DECLARER)


async def test_an_unknown_declaration_is_not_found(world: World) -> None:
    with pytest.raises(NotFoundError, match="no declaration"):
        await world.approve(uuid4())


async def test_a_returned_declaration_may_be_signed_again(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    declaration = await sign(world)
    returned = await world.send_back(declaration, " register too small ")
    assert (returned.view.standing.state, returned.is_new) == (State.RETURNED, True)
    assert not (await world.send_back(declaration, "again")).is_new
    [told] = database.outbox.contents(DeclarationReturned)
    assert isinstance(told, DeclarationReturned)
    assert told.reason == "register too small"
    with pytest.raises(NotPossibleNowError, match="returned"):
        await world.approve(declaration)
    again = await world.sign(await world.digest())
    assert again.is_new
    assert [entry.kind for entry in again.view.audit] == [
        "declaration-signed",
        "declaration-returned",
        "declaration-signed",
    ]
    assert again.view.audit[1].reason == "register too small"


async def test_a_return_needs_a_reason(world: World) -> None:
    with pytest.raises(ReasonMissingError):
        await world.send_back(await sign(world), "  ")


async def approve(world: World) -> UUID:
    declaration = await sign(world)
    await world.approve(declaration)
    return declaration


async def test_finance_approves_the_payment_once(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    declaration = await approve(world)
    assert not database.outbox.contents(DeclarationFinanceApproved), "the commissioner alone pays nothing"
    can = (await world.view(FINANCE)).can
    assert (can.can_finance_approve, can.can_return, can.can_approve) == (True, True, False)
    decisions = [await world.finance_approve(declaration) for _ in range(2)]
    assert [decided.is_new for decided in decisions] == [True, False]
    [told] = database.outbox.contents(DeclarationFinanceApproved)
    assert isinstance(told, DeclarationFinanceApproved)
    report = (await world.report()).about
    assert (told.entitlement_id, told.pounds, told.report_digest) == (report.entitlement_id, "1003.20", report.digest)
    assert (told.approved_by, told.finance_approved_by) == ("anna", "fiona")
    standing = decisions[0].view.standing
    assert (standing.state, standing.turn) == (State.FINANCE_APPROVED, Turn.NOBODY)
    assert standing.declaration is not None
    assert standing.declaration.finance_approval == Approval("fiona", "Fiona Finance", world.now)
    with pytest.raises(NotPossibleNowError, match="Finance has approved"):
        await world.send_back(declaration, "too late", person=FINANCE)


async def test_finance_pays_nothing_that_is_not_approved(world: World) -> None:
    declaration = await sign(world)
    with pytest.raises(NotPossibleNowError, match="cannot be approved by finance"):
        await world.finance_approve(declaration)
    await world.approve(declaration)
    for person in (APPROVER, DECLARER, NATIONAL):
        with pytest.raises(NotAllowedError, match="finance approver"):
            await world.finance_approve(declaration, person=person)
    with pytest.raises(NotFoundError):
        await world.finance_approve(declaration, person=OTHER_FINANCE)


@pytest.mark.parametrize("one_of_both", [DECLARER, APPROVER])
async def test_signer_approver_and_finance_are_three_people(world: World, one_of_both: Person) -> None:
    declaration = await approve(world)
    with pytest.raises(SeparationOfDutiesError):
        await world.finance_approve(declaration, person=replace(FINANCE, person=one_of_both.person))


async def test_finance_returns_what_is_approved_and_the_approval_ends(world: World) -> None:
    declaration = await approve(world)
    with pytest.raises(NotAllowedError, match="Only the commissioner's finance approver"):
        await world.send_back(declaration, "I have changed my mind", person=APPROVER)
    returned = await world.send_back(declaration, "the account is closed", person=FINANCE)
    assert not (await world.send_back(declaration, "the account is closed", person=FINANCE)).is_new
    assert returned.view.standing.declaration is not None
    assert (returned.view.standing.state, returned.view.standing.declaration.approval) == (State.RETURNED, None)
    assert await sign(world) == declaration, "the same report is the same declaration"
    with pytest.raises(NotPossibleNowError):
        await world.finance_approve(declaration)
    await world.approve(declaration)
    assert (await world.finance_approve(declaration)).is_new


async def test_finance_sees_that_figures_moved_and_pays_only_after_saying_so(world: World) -> None:
    declaration = await approve(world)
    await world.tell(make_achievement(number=2, numerator=46))
    with pytest.raises(RecalculatingError):
        await world.finance_approve(declaration)
    await world.tell(make_entitlement(number=2))
    seen = await world.view(FINANCE)
    assert seen.standing.is_newer_than_approved
    assert seen.moved_since
    for unseen in (None, 1):
        with pytest.raises(NewerFiguresError, match="version 2 is the newest"):
            await world.finance_approve(declaration, newer_version=unseen)
    paid = await world.finance_approve(declaration, newer_version=2)
    assert paid.view.audit[-1].reason == "Report version 2 is newer; what was signed is paid."
    assert paid.view.standing.approved_version == 1


async def test_the_practice_signs_newer_figures_when_finance_returns(world: World) -> None:
    first = await approve(world)
    await move_figures(world)
    await world.send_back(first, "sign the newer figures", person=FINANCE)
    second = await sign(world)
    assert second != first
    await world.approve(second)
    assert (await world.finance_approve(second)).view.standing.approved_version == 2


async def test_the_payment_is_shown_on_the_declaration(world: World) -> None:
    declaration = await sign(world)
    await world.approve(declaration)
    await world.tell(make_payment(declaration))
    payment = (await world.view()).standing.payment
    assert payment is not None
    assert (payment.pounds, payment.instructed_at) == ("1003.20", world.now)
