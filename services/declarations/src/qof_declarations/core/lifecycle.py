"""Which states a practice's declaration goes through, by what, and whose turn it is in each.

The workflow is the tables below; nothing else decides it. docs/reference/declaration-states.md is made from them.
"""

from collections.abc import Mapping
from enum import StrEnum

from qof_declarations.core.errors import DeclarationsError


class State(StrEnum):
    """Where a practice stands in a collection. The first three follow from what has arrived; they are never stored."""

    AWAITING_EXTRACT = "awaiting-extract"
    AWAITING_NATIONAL_FIGURES = "awaiting-national-figures"
    AWAITING_SIGNATURE = "awaiting-signature"
    SIGNED = "signed"
    RETURNED = "returned"
    SUPERSEDED = "superseded"
    APPROVED = "approved"
    FINANCE_APPROVED = "finance-approved"


STORED_STATES = frozenset({State.SIGNED, State.RETURNED, State.SUPERSEDED, State.APPROVED, State.FINANCE_APPROVED})
"""The states a declaration can have; without a declaration there is nothing to store."""

SETTLED_STATES = frozenset({State.APPROVED, State.FINANCE_APPROVED})
"""Newer figures no longer make a signature fall: what was approved stays until somebody returns it."""


class Action(StrEnum):
    """What moves a declaration on. People do all but the last, which a newer report version does."""

    SIGN = "sign"
    APPROVE = "approve"
    FINANCE_APPROVE = "finance-approve"
    RETURN = "return"
    SUPERSEDE = "supersede"


class Turn(StrEnum):
    """Who has to do something now."""

    SUPPLIER = "supplier"
    NATIONAL_TEAM = "national-team"
    PRACTICE = "practice"
    COMMISSIONER = "commissioner"
    FINANCE = "finance"
    NOBODY = "nobody"


TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.AWAITING_SIGNATURE, Action.SIGN): State.SIGNED,
    (State.SIGNED, Action.APPROVE): State.APPROVED,
    (State.SIGNED, Action.RETURN): State.RETURNED,
    (State.SIGNED, Action.SUPERSEDE): State.SUPERSEDED,
    (State.APPROVED, Action.FINANCE_APPROVE): State.FINANCE_APPROVED,
    (State.APPROVED, Action.RETURN): State.RETURNED,
    (State.RETURNED, Action.SIGN): State.SIGNED,
    (State.SUPERSEDED, Action.SIGN): State.SIGNED,
}
"""What is allowed; what is not here is refused. Whoever's turn it is returns: finance, as the commissioner's approver,
returns to the practice, because nobody but the practice can mend what it signed."""

ALREADY_DONE: Mapping[Action, frozenset[State]] = {
    Action.SIGN: frozenset({State.SIGNED, State.APPROVED, State.FINANCE_APPROVED}),
    Action.APPROVE: frozenset({State.APPROVED, State.FINANCE_APPROVED}),
    Action.FINANCE_APPROVE: frozenset({State.FINANCE_APPROVED}),
    Action.RETURN: frozenset({State.RETURNED}),
    Action.SUPERSEDE: frozenset({State.SUPERSEDED}),
}
"""Where an action has had its effect on this very declaration: doing it again changes nothing and is no error."""

TURN: Mapping[State, Turn] = {
    State.AWAITING_EXTRACT: Turn.SUPPLIER,
    State.AWAITING_NATIONAL_FIGURES: Turn.NATIONAL_TEAM,
    State.AWAITING_SIGNATURE: Turn.PRACTICE,
    State.SIGNED: Turn.COMMISSIONER,
    State.RETURNED: Turn.PRACTICE,
    State.SUPERSEDED: Turn.PRACTICE,
    State.APPROVED: Turn.FINANCE,
    State.FINANCE_APPROVED: Turn.NOBODY,
}

MEANING: Mapping[State, str] = {
    State.AWAITING_EXTRACT: "No extract of this practice has been calculated yet.",
    State.AWAITING_NATIONAL_FIGURES: "The points are ready; the pounds wait for the national figures.",
    State.AWAITING_SIGNATURE: "The report is ready for the practice to review and sign.",
    State.SIGNED: "The practice has signed; the commissioner is to approve or return it.",
    State.RETURNED: "The declaration was returned with a reason; the practice may sign again.",
    State.SUPERSEDED: "The figures moved after the practice signed; the practice is to review and sign again.",
    State.APPROVED: "The commissioner has approved; finance is to approve the payment or return it.",
    State.FINANCE_APPROVED: "Finance has approved; the payment follows.",
}

AUDIT_KIND: Mapping[Action, str] = {
    Action.SIGN: "declaration-signed",
    Action.APPROVE: "declaration-approved",
    Action.FINANCE_APPROVE: "declaration-finance-approved",
    Action.RETURN: "declaration-returned",
    Action.SUPERSEDE: "declaration-superseded",
}

_DONE: Mapping[Action, str] = {
    Action.SIGN: "signed",
    Action.APPROVE: "approved",
    Action.FINANCE_APPROVE: "approved by finance",
    Action.RETURN: "returned",
    Action.SUPERSEDE: "superseded",
}


class NotPossibleNowError(DeclarationsError):
    """The person may do this, but not in the state the declaration is in."""

    def __init__(self, state: State, action: Action) -> None:
        super().__init__(f"{MEANING[state]} It cannot be {_DONE[action]} in this state.")
        self.state = state


def state_of(declaration: State | None, *, has_report: bool, has_points: bool) -> State:
    """The state of a practice from what there is: its newest declaration's state, its report, its points."""
    if declaration is not None:
        return declaration
    if has_report:
        return State.AWAITING_SIGNATURE
    return State.AWAITING_NATIONAL_FIGURES if has_points else State.AWAITING_EXTRACT


def is_possible(state: State, action: Action) -> bool:
    """Whether the workflow allows `action` in `state`."""
    return (state, action) in TRANSITIONS


def next_state(state: State, action: Action) -> State:
    """The state after `action`; raises NotPossibleNowError where the workflow does not allow it."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise NotPossibleNowError(state, action) from None


_ARRIVALS = (
    (State.AWAITING_EXTRACT, State.AWAITING_NATIONAL_FIGURES, "points arrive"),
    (State.AWAITING_NATIONAL_FIGURES, State.AWAITING_SIGNATURE, "pounds arrive"),
)


def _node(state: State) -> str:
    """Mermaid takes a hyphen for part of an arrow."""
    return state.replace("-", "_")


def states_page() -> str:
    """The reference page of the states, as Markdown with a Mermaid diagram."""
    diagram = "\n".join(
        [
            *(f'    state "{state}" as {_node(state)}' for state in State),
            f"    [*] --> {_node(State.AWAITING_EXTRACT)}",
            *(f"    {_node(before)} --> {_node(after)}: {what}" for before, after, what in _ARRIVALS),
            *(f"    {_node(before)} --> {_node(after)}: {action}" for (before, action), after in TRANSITIONS.items()),
            f"    {_node(State.FINANCE_APPROVED)} --> [*]",
        ]
    )
    rows = "\n".join(f"| `{state}` | {TURN[state]} | {MEANING[state]} |" for state in State)
    audit = "\n".join(f"| {action} | `{kind}` |" for action, kind in AUDIT_KIND.items())
    return f"""# Declaration states

Made from the tables in `qof_declarations/core/lifecycle.py` by `python -m qof_declarations states`; do not edit.

```mermaid
stateDiagram-v2
{diagram}
```

| state | whose turn | meaning |
| --- | --- | --- |
{rows}

Whose turn it is returns a declaration to the practice, with a reason: the commissioner's approver what is signed,
finance what is approved. Signer, approver and finance approver are three different people.

`supersede` is done by no person: a newer report version came before the approval. After the approval the declaration
stays as it is; a newer version is recorded beside it and shown as newer than the approved one. Finance approves what
was signed only after saying which newer version it has seen, or returns it, so that the practice signs the newer one.

| action | audit entry |
| --- | --- |
{audit}
"""
