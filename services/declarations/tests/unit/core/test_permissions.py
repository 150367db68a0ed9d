"""Who may do what: every role against every deed."""

from dataclasses import replace

import pytest

from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import (
    EveryPractice,
    NoPractice,
    NotAllowedError,
    OnePractice,
    PracticesOf,
    SeparationOfDutiesError,
    can_answer,
    can_approve,
    can_finance_approve,
    can_oversee,
    can_query,
    can_read,
    can_return,
    can_sign,
    check_approve,
    check_finance_approve,
    check_oversee,
    check_read,
    check_return,
    check_sign,
    scope_of,
)
from qof_declarations.testing.builders import (
    APPROVER,
    DECLARER,
    EVERYBODY,
    FINANCE,
    NATIONAL,
    OPERATOR,
    OTHER_APPROVER,
    OTHER_DECLARER,
    OTHER_FINANCE,
    OUR_COMMISSIONER,
    OURS,
    USER,
)
from qof_shared.people import Person

READ = {USER, DECLARER, APPROVER, FINANCE, NATIONAL}
SIGN = {DECLARER}
QUERY = {USER, DECLARER}
DECIDE = {APPROVER}
PAY = {FINANCE}
OVERSEE = {APPROVER, OTHER_APPROVER, FINANCE, OTHER_FINANCE, NATIONAL}


def test_a_scope_is_what_the_role_sees() -> None:
    assert scope_of(USER) == scope_of(DECLARER) == OnePractice(OURS)
    assert scope_of(APPROVER) == scope_of(FINANCE) == PracticesOf(OUR_COMMISSIONER)
    assert scope_of(NATIONAL) == EveryPractice()
    assert scope_of(OPERATOR) == NoPractice()


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.person)
def test_every_role_may_exactly_what_it_may(person: Person) -> None:
    assert can_read(person, practice=OURS, commissioner=OUR_COMMISSIONER) is (person in READ)
    assert can_sign(person, practice=OURS) is (person in SIGN)
    assert can_return(person, commissioner=OUR_COMMISSIONER) is (person in DECIDE)
    assert can_approve(person, commissioner=OUR_COMMISSIONER, signed_by="diana") is (person in DECIDE)
    assert can_return(person, commissioner=OUR_COMMISSIONER, state=State.APPROVED) is (person in PAY)
    assert can_finance_approve(person, commissioner=OUR_COMMISSIONER, signed_by="diana", approved_by="anna") is (
        person in PAY
    )
    assert can_query(person, practice=OURS) is (person in QUERY)
    assert can_answer(person, commissioner=OUR_COMMISSIONER) is (person in DECIDE)
    assert can_oversee(person) is (person in OVERSEE)


def test_nobody_approves_what_they_signed() -> None:
    with pytest.raises(SeparationOfDutiesError, match="somebody else has to approve"):
        check_approve(APPROVER, commissioner=OUR_COMMISSIONER, signed_by=APPROVER.person)
    assert not can_approve(APPROVER, commissioner=OUR_COMMISSIONER, signed_by=APPROVER.person)


@pytest.mark.parametrize(("done", "said"), [("signed_by", "signed"), ("approved_by", "approved")])
def test_nobody_approves_the_payment_of_what_they_signed_or_approved(done: str, said: str) -> None:
    others = {"signed_by": "diana", "approved_by": "anna"} | {done: FINANCE.person}
    with pytest.raises(SeparationOfDutiesError, match=f"You {said} this declaration"):
        check_finance_approve(FINANCE, commissioner=OUR_COMMISSIONER, **others)


def test_a_return_pressed_again_is_no_matter_of_who_pressed_first() -> None:
    for person in (APPROVER, FINANCE):
        assert can_return(person, commissioner=OUR_COMMISSIONER, state=State.RETURNED)
    assert not can_return(OTHER_FINANCE, commissioner=OUR_COMMISSIONER, state=State.RETURNED)


def test_a_practice_and_a_commissioner_of_the_same_code_are_different() -> None:
    assert not can_read(replace(APPROVER, organisation=OURS), practice=OURS, commissioner=OUR_COMMISSIONER)
    assert not can_read(replace(USER, organisation=OUR_COMMISSIONER), practice=OURS, commissioner=OUR_COMMISSIONER)


def test_refusals_are_sentences_for_the_person() -> None:
    with pytest.raises(NotAllowedError, match="not yours to see"):
        check_read(OTHER_DECLARER, practice=OURS, commissioner=OUR_COMMISSIONER)
    with pytest.raises(NotAllowedError, match="Only a practice declarer signs; your role is practice-user"):
        check_sign(USER, practice=OURS)
    with pytest.raises(NotAllowedError, match="You sign for B82002, not for A81001"):
        check_sign(OTHER_DECLARER, practice=OURS)
    with pytest.raises(NotAllowedError, match="Only the commissioner's approver"):
        check_return(NATIONAL, commissioner=OUR_COMMISSIONER)
    with pytest.raises(NotAllowedError, match="belongs to 00K; you approve for 03Q"):
        check_return(OTHER_APPROVER, commissioner=OUR_COMMISSIONER)
    with pytest.raises(NotAllowedError, match="for commissioners and the national team"):
        check_oversee(USER)
