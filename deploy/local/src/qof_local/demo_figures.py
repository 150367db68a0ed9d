"""How does the demonstration's national team propose figures, and what does it say where a gate stops?"""

from collections.abc import Iterable, Mapping
from typing import Any

from qof_local.demo_api import Api
from qof_local.paths import LocalStackError

NAME = "demonstration"
UNVERIFIED = "a demonstration, in which nobody is paid"
EXPECTED = {"completeness": "the other practices of this nation take part in other runs"}
"""Gate -> why it may stop a demonstration: whoever played in a larger run before is still in the directory."""
AS_PUBLISHED = "so it was published"


async def propose(payments: Api, figures: str, token: str, *, reason: str, as_published: bool) -> Mapping[str, Any]:
    """Propose, with a reason for each finding that is expected; returns the proposal.

    Raises LocalStackError, naming every finding, where a gate stops that nobody expected.
    """
    body: dict[str, Any] = {"name": NAME, "reason": reason, "unverified_reason": UNVERIFIED}
    for acknowledged in (False, True):
        answer = await payments.send("POST", f"{figures}/proposals", token, expected=(201, 409), json=body)
        if answer.status_code == 201:
            proposal: Mapping[str, Any] = answer.json()
            return proposal
        problem = answer.json()
        if acknowledged or not problem["type"].endswith("/gates-open"):
            break
        body |= {"acknowledgements": reasons(problem["findings"], as_published=as_published)}
    # Sent again after a broken connection, the name is taken: by ourselves.
    proposals = (await payments.send("GET", f"{figures}/proposals", token)).json()
    ours: Mapping[str, Any] | None = next(
        (one for one in proposals if one["name"] == NAME and one["state"] == "open"), None
    )
    if ours is None:
        raise LocalStackError(f"the national figures are not proposed: {problem['detail']}")
    return ours


def reasons(findings: Iterable[Mapping[str, str]], *, as_published: bool) -> dict[str, str]:
    """Finding -> why it is right here. Published figures are taken as they are."""
    unexpected = [one for one in findings if one["gate"] not in EXPECTED and not as_published]
    if unexpected:
        told = "; ".join(f"{one['finding']}: {one['says']}" for one in unexpected)
        raise LocalStackError(f"the invented nation is not plausible: {told}")
    return {one["finding"]: EXPECTED.get(one["gate"], AS_PUBLISHED) for one in findings}


def gates_line(proposal: Mapping[str, Any]) -> str:
    """What the gates said, for people to read."""
    acknowledged = proposal["acknowledgements"]
    look = sum(one["severity"] == "look" for one in proposal["findings"])
    said = f"plausibility gates: {len(acknowledged)} findings acknowledged, {look} to look at, none open"
    names = f" ({', '.join(acknowledged)})" if acknowledged else ""
    return f"{said}{names}; proposed by one person, frozen by another"
