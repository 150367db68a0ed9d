"""The tables of the workflow are complete, and the page made from them is the one that is checked in."""

from itertools import product
from pathlib import Path

import pytest

from qof_declarations.core.lifecycle import (
    ALREADY_DONE,
    AUDIT_KIND,
    MEANING,
    STORED_STATES,
    TRANSITIONS,
    TURN,
    Action,
    NotPossibleNowError,
    State,
    Turn,
    is_possible,
    next_state,
    state_of,
    states_page,
)

PAGE = Path(__file__).parents[5] / "docs" / "reference" / "declaration-states.md"


def test_every_state_has_a_turn_and_a_meaning() -> None:
    assert set(TURN) == set(MEANING) == set(State)


def test_every_action_is_audited_under_a_kind_of_its_own() -> None:
    assert set(AUDIT_KIND) == set(ALREADY_DONE) == set(Action)
    assert len(set(AUDIT_KIND.values())) == len(Action)


def test_every_stored_state_is_reached_and_every_action_used() -> None:
    assert set(TRANSITIONS.values()) == STORED_STATES
    assert {action for _, action in TRANSITIONS} == set(Action)


def test_who_acts_is_whose_turn_it_is() -> None:
    turns = {Action.SIGN: {Turn.PRACTICE}, Action.APPROVE: {Turn.COMMISSIONER}, Action.FINANCE_APPROVE: {Turn.FINANCE}}
    turns |= {Action.RETURN: {Turn.COMMISSIONER, Turn.FINANCE}, Action.SUPERSEDE: {Turn.COMMISSIONER}}
    for state, action in TRANSITIONS:
        assert TURN[state] in turns[action], (state, action)


def test_every_stored_state_leads_to_the_payment() -> None:
    reaching = {State.FINANCE_APPROVED}
    while grown := {before for (before, _), after in TRANSITIONS.items() if after in reaching} - reaching:
        reaching |= grown
    assert reaching >= STORED_STATES


def test_nothing_is_paid_that_the_commissioner_has_not_approved() -> None:
    [(before, action)] = [way for way, after in TRANSITIONS.items() if after is State.FINANCE_APPROVED]
    assert (before, action) == (State.APPROVED, Action.FINANCE_APPROVE)
    assert not any(state is State.FINANCE_APPROVED for state, _ in TRANSITIONS)


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_what_is_not_in_the_table_is_refused_with_a_sentence(state: State, action: Action) -> None:
    if is_possible(state, action):
        assert next_state(state, action) in STORED_STATES
        return
    with pytest.raises(NotPossibleNowError) as refused:
        next_state(state, action)
    assert refused.value.state is state
    assert MEANING[state] in str(refused.value)


@pytest.mark.parametrize("declared", sorted(STORED_STATES))
def test_a_declaration_says_the_state(declared: State) -> None:
    assert state_of(declared, has_report=True, has_points=True) is declared


def test_without_a_declaration_what_arrived_says_the_state() -> None:
    assert state_of(None, has_report=True, has_points=True) is State.AWAITING_SIGNATURE
    assert state_of(None, has_report=False, has_points=True) is State.AWAITING_NATIONAL_FIGURES
    assert state_of(None, has_report=False, has_points=False) is State.AWAITING_EXTRACT


def test_the_reference_page_is_the_one_made_from_the_tables() -> None:
    assert PAGE.read_text() == states_page(), f"run `python -m qof_declarations states > {PAGE}`"
