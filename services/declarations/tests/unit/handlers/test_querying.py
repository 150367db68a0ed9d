"""A practice disagrees, signs all the same, and is answered; pressing twice changes nothing."""

from dataclasses import replace
from uuid import uuid4

import pytest

from qof_declarations.core.attachment import MediaType, attachment_of
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import NotAllowedError, SeparationOfDutiesError
from qof_declarations.core.query import (
    MOST_OPEN,
    Disagreement,
    InvalidQueryError,
    NothingQueriedError,
    QueryClosedError,
    QueryState,
)
from qof_declarations.handlers.errors import ReportAwaitedError
from qof_declarations.handlers.querying import list_queries, read_attachment
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    FINANCE,
    NATIONAL,
    OTHER_APPROVER,
    OTHER_DECLARER,
    OURS,
    USER,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
    want,
)
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.contracts import DeclarationSigned
from qof_shared.people import Person

REGISTER = (attachment_of("register.csv", MediaType.CSV, b"code,count\r\nAF,62\r\n"), b"code,count\r\nAF,62\r\n")
WANTED = Disagreement(("AF 4",), "Twelve patients left before the day.", "Our register says so.", (REGISTER,))


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection(), make_achievement(), make_entitlement())
    return world


async def test_a_query_is_kept_once_with_what_is_attached(world: World, database: FakeDeclarationsUnitOfWork) -> None:
    pressed = [await world.disagree(WANTED, person=person) for person in (USER, DECLARER, USER)]
    assert [queried.is_new for queried in pressed] == [True, False, False]
    [query] = await list_queries(COLLECTION, OURS, person=APPROVER, uow=database)
    assert query == pressed[0].query
    assert (query.state, query.number, query.version, query.actor.person) == (QueryState.OPEN, 1, 1, "ursula")
    found = await read_attachment(COLLECTION, OURS, query.query_id, 0, person=APPROVER, uow=database)
    assert found == REGISTER
    with pytest.raises(NotFoundError, match="no attachment 1"):
        await read_attachment(COLLECTION, OURS, query.query_id, 1, person=APPROVER, uow=database)


async def test_what_cannot_be_queried_is_refused_with_every_fault(world: World) -> None:
    with pytest.raises(InvalidQueryError) as refused:
        await world.disagree(Disagreement(("AF4", "AF 4"), "  ", "x" * 5_000))
    assert [(one.pointer, one.rule) for one in refused.value.faults] == [
        ("/indicators/0", "indicator-unknown"),
        ("/comment", "comment-missing"),
        ("/evidence", "too-long"),
    ]
    with pytest.raises(InvalidQueryError, match="Nothing was recorded"):
        await world.disagree(Disagreement((), "why"))


async def test_open_queries_are_bounded(world: World) -> None:
    for number in range(MOST_OPEN):
        await world.disagree(replace(WANTED, comment=f"because {number}"))
    with pytest.raises(InvalidQueryError) as refused:
        await world.disagree(replace(WANTED, comment="one more"))
    assert [one.rule for one in refused.value.faults] == ["too-many-open"]
    assert not (await world.disagree(replace(WANTED, comment="because 0"))).is_new


async def test_there_is_nothing_to_query_before_the_first_report(world: World) -> None:
    with pytest.raises(ReportAwaitedError):
        await world.disagree(WANTED, person=OTHER_DECLARER, practice="B82002")


@pytest.mark.parametrize(
    ("person", "error"),
    [
        (APPROVER, NotAllowedError),
        (NATIONAL, NotAllowedError),
        (FINANCE, NotAllowedError),
        (OTHER_DECLARER, NotFoundError),
    ],
)
async def test_only_the_practice_queries(world: World, person: Person, error: type[Exception]) -> None:
    with pytest.raises(error):
        await world.disagree(WANTED, person=person)


async def test_an_answer_ends_a_query(world: World) -> None:
    query = (await world.disagree(WANTED)).query
    assert (await world.view(APPROVER)).can.can_answer
    for person, error in ((DECLARER, NotAllowedError), (OTHER_APPROVER, NotFoundError), (FINANCE, NotAllowedError)):
        with pytest.raises(error):
            await world.answer(query.query_id, person=person)
    with pytest.raises(InvalidQueryError):
        await world.answer(query.query_id, answer=" ")
    answered = [await world.answer(query.query_id, accepted=False, answer="They left after it.") for _ in range(2)]
    assert [one.is_new for one in answered] == [True, False]
    assert (answered[0].query.state, (await world.view()).standing.open_queries) == (QueryState.REJECTED, 0)
    with pytest.raises(QueryClosedError, match="does not agree"):
        await world.answer(query.query_id, accepted=True)
    with pytest.raises(QueryClosedError):
        await world.withdraw_query(query.query_id)
    assert (await world.disagree(WANTED)).is_new, "the same may be asked again after an answer"


async def test_nobody_answers_their_own_query(world: World) -> None:
    query = (await world.disagree(WANTED)).query
    with pytest.raises(SeparationOfDutiesError, match="You raised this query"):
        await world.answer(query.query_id, person=replace(APPROVER, person=DECLARER.person))


async def test_an_accepted_query_names_the_determination_it_led_to(world: World) -> None:
    query = (await world.disagree(WANTED)).query
    determination = (await world.determine(want())).determination
    with pytest.raises(InvalidQueryError) as unknown:
        await world.answer(query.query_id, determination_id=uuid4())
    with pytest.raises(InvalidQueryError) as unfit:
        await world.answer(query.query_id, accepted=False, determination_id=determination.determination_id)
    assert [unknown.value.faults[0].rule, unfit.value.faults[0].rule] == [
        "determination-unknown",
        "determination-unfit",
    ]
    answered = await world.answer(query.query_id, determination_id=determination.determination_id)
    assert answered.query.resolution is not None
    assert answered.query.resolution.determination_id == determination.determination_id


async def test_a_practice_withdraws_its_query(world: World) -> None:
    query = (await world.disagree(WANTED)).query
    with pytest.raises(NotAllowedError):
        await world.withdraw_query(query.query_id, person=APPROVER)
    withdrawn = [await world.withdraw_query(query.query_id, reason="settled", person=USER) for _ in range(2)]
    assert [one.is_new for one in withdrawn] == [True, False]
    with pytest.raises(QueryClosedError, match="withdrew"):
        await world.answer(query.query_id)
    with pytest.raises(NotFoundError):
        await world.withdraw_query(uuid4())


async def test_a_practice_signs_under_protest_and_is_paid_all_the_same(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    with pytest.raises(NothingQueriedError):
        await world.sign(await world.digest(), under_protest=True)
    query = (await world.disagree(WANTED)).query
    signed = await world.sign(await world.digest(), under_protest=True)
    declaration = signed.view.standing.declaration
    assert declaration is not None
    assert (declaration.under_protest, declaration.protested) == (True, (query.query_id,))
    assert signed.view.audit[-1].reason == (
        "Signed under protest: the practice has queried AF 4, and nobody has answered yet."
    )
    [told] = database.outbox.contents(DeclarationSigned)
    assert isinstance(told, DeclarationSigned)
    assert (told.under_protest, told.queries) == (True, [query.query_id])
    await world.approve(declaration.declaration_id)
    paid = await world.finance_approve(declaration.declaration_id)
    assert paid.view.standing.state is State.FINANCE_APPROVED
    assert paid.view.standing.open_queries == 1, "the query is answered all the same"


async def test_an_open_query_does_not_make_a_signature_a_protest(
    world: World, database: FakeDeclarationsUnitOfWork
) -> None:
    await world.disagree(WANTED)
    signed = await world.sign(await world.digest())
    assert signed.view.standing.declaration is not None
    assert not signed.view.standing.declaration.under_protest
    again = await world.sign(await world.digest(), under_protest=True)
    assert (again.is_new, len(database.outbox.contents(DeclarationSigned))) == (False, 1)
