"""A payment, told at every step: where it is, who is to act, and what the pounds are made of."""

import pytest

from qof_declarations.entrypoints.web.views.deciding import Decision, decision_of
from qof_declarations.entrypoints.web.views.payment import PaymentPart, payment_part
from qof_declarations.handlers.paying import show_payment
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    FINANCE,
    NATIONAL,
    OURS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    make_national_figures,
    make_payment,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.people import Person


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection(), make_national_figures())
    return world


async def told(database: FakeDeclarationsUnitOfWork) -> PaymentPart:
    return payment_part(await show_payment(COLLECTION, OURS, person=DECLARER, uow=database))


async def decision(world: World, person: Person) -> Decision:
    found = decision_of((await world.view(person)).standing, person)
    assert found is not None
    return found


async def signed(world: World) -> None:
    await world.tell(make_achievement(), make_entitlement(pounds="-7.00"))
    await world.sign(await world.digest())


def now(part: PaymentPart) -> list[tuple[str, str]]:
    return [(step.name, step.told) for step in part.steps if step.state == "now"]


async def test_before_the_report_nothing_is_worth_anything_yet(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    part = await told(database)
    assert (part.heading, part.due, part.version, part.lines) == ("Not signed yet", None, None, ())
    assert now(part) == [("Signed by the practice", "Turn of the practice's GP system supplier.")]


async def test_every_step_says_who_is_to_act(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await world.tell(make_achievement(), make_entitlement())
    forecast = await told(database)
    assert (forecast.is_signed, forecast.due, now(forecast)[0][1]) == (False, "£1,003.20", "Turn of the practice.")
    declared = (await world.sign(await world.digest())).view.standing.declaration
    assert declared is not None
    seen = [(await told(database)).sentence]
    await world.approve(declared.declaration_id)
    seen.append((await told(database)).sentence)
    await world.finance_approve(declared.declaration_id)
    seen.append((await told(database)).sentence)
    assert [one.split(". ")[-1][:40] for one in seen] == [
        "It is the turn of the commissioner's app",
        "It is the turn of the commissioner's fin",
        "The payment is instructed by itself, as ",
    ]
    await world.tell(make_payment(declared.declaration_id))
    part = await told(database)
    assert part.heading == "£1,003.20 instructed"
    assert part.instructed is not None
    assert part.instructed.reference == str((await world.view()).standing.payment.instruction_id)  # type: ignore[union-attr]
    assert [step.state for step in part.steps] == ["done"] * 4


async def test_a_return_is_told_with_its_reason(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await signed(world)
    declared = (await world.view()).standing.declaration
    assert declared is not None
    await world.send_back(declared.declaration_id, "Look at AF 4.")
    part = await told(database)
    assert part.sentence.startswith("Anna Approver returned it on ")
    assert "“Look at AF 4.”" in part.sentence
    assert [step.state for step in part.steps] == ["now", "later", "later", "later"], "no signature stands"


async def test_where_no_signature_stands_the_newest_figures_are_a_forecast(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    await signed(world)
    assert (await told(database)).is_signed
    await world.tell(make_achievement(number=2, numerator=46), make_entitlement(number=2, pounds="8.00"))
    part = await told(database)
    assert (part.is_signed, part.version, part.due) == (False, 2, "£8.00")
    assert part.heading == "The figures moved after the signature"


async def test_what_is_to_be_paid_back_is_no_payment(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    await signed(world)
    declared = (await world.view()).standing.declaration
    assert declared is not None
    await world.approve(declared.declaration_id)
    await world.finance_approve(declared.declaration_id)
    await world.tell(make_payment(declared.declaration_id, pounds="-7.00"))
    part = await told(database)
    assert part.heading == "£7.00 to be paid back"
    assert part.instructed is not None
    assert (part.instructed.is_recovered, part.instructed.pounds) == (True, "£7.00")


async def test_people_of_a_practice_and_the_national_team_decide_nothing(world: World) -> None:
    await signed(world)
    for person in (DECLARER, NATIONAL):
        assert decision_of((await world.view(person)).standing, person) is None


async def test_who_may_not_decide_now_is_told_why(world: World) -> None:
    await signed(world)
    assert (await decision(world, APPROVER)).can_approve
    finance = await decision(world, FINANCE)
    assert (finance.can_finance_approve, finance.can_return) == (False, False)
    assert finance.why_not is not None
    assert finance.why_not.endswith("It is the turn of the commissioner's approver.")
    declared = (await world.view()).standing.declaration
    assert declared is not None
    await world.approve(declared.declaration_id)
    approver = await decision(world, APPROVER)
    assert not approver.can_return
    assert approver.why_not is not None
    assert "are done by three people" in approver.why_not
    await world.tell(make_achievement(number=2, numerator=46))
    waiting = await decision(world, FINANCE)
    assert waiting.why_not is not None
    assert "is being worked out" in waiting.why_not
    await world.tell(make_entitlement(number=2))
    finance = await decision(world, FINANCE)
    assert (finance.can_finance_approve, finance.newer_version, finance.why_not) == (True, 2, None)


async def test_who_signed_does_not_approve_though_the_role_changed(world: World) -> None:
    await signed(world)
    signer = Person(DECLARER.person, DECLARER.name, APPROVER.role, APPROVER.organisation)
    assert (await decision(world, signer)).why_not == (
        "You signed this declaration; somebody else has to approve it. Signing, approving and approving the payment "
        "are done by three people."
    )
