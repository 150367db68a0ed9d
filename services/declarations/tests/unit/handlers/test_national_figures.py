from collections.abc import Mapping
from typing import Any

import pytest

from qof_declarations.core.permissions import NotAllowedError
from qof_declarations.handlers.national_figures import (
    Asker,
    Terms,
    freeze_figures,
    preview_figures,
    propose_figures,
    show_standing,
    withdraw_figures,
)
from qof_declarations.handlers.service_ports import NotAnsweringError, RefusedByServiceError
from qof_declarations.testing.builders import APPROVER, NATIONAL

COLLECTION = "england-2012-13"
FIGURES = f"/v1/collections/{COLLECTION}/national-figures"
TERMS = Terms("final", "all in", {"A81001": "a care home"}, {}, "no other values")


class FakePayments:
    """Answers by method and path; an exception is raised."""

    def __init__(self, answers: Mapping[tuple[str, str], Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, str, Any]] = []

    async def get(self, path: str, token: str) -> Any:
        return self._answer("GET", path, token, None)

    async def post(self, path: str, token: str, body: Mapping[str, Any] | None = None, *, seconds: float = 2.0) -> Any:
        return self._answer("POST", path, token, body)

    def _answer(self, method: str, path: str, token: str, body: Any) -> Any:
        self.asked.append((method, path, token, body))
        found = self.answers[method, path]
        if isinstance(found, Exception):
            raise found
        return found


def asker(answers: Mapping[tuple[str, str], Any], person: Any = NATIONAL) -> Asker:
    return Asker(person, "token", FakePayments(answers))


def taken() -> RefusedByServiceError:
    return RefusedByServiceError(409, "The figures cannot be frozen now", "the name is taken", {})


def make_proposal(**changes: Any) -> dict[str, Any]:
    return {
        "proposal_id": "p1",
        "state": "open",
        "proposed_by": NATIONAL.person,
        "proposed_at": "2013-04-01T00:00:00Z",
        "name": "final",
        "reason": "all in",
        "exclusions": {"A81001": "a care home"},
        "acknowledgements": {},
        "unverified_reason": "no other values",
    } | changes


async def test_a_proposal_is_asked_for_in_the_persons_name() -> None:
    asking = asker({("POST", f"{FIGURES}/proposals"): make_proposal()})
    assert (await propose_figures(COLLECTION, TERMS, asker=asking))["proposal_id"] == "p1"
    ((_, _, token, body),) = asking.payments.asked  # type: ignore[attr-defined]
    assert token == "token"
    assert body["exclusions"] == [{"practice": "A81001", "reason": "a care home"}]


async def test_a_proposal_sent_twice_is_the_first_one() -> None:
    asking = asker({("POST", f"{FIGURES}/proposals"): taken(), ("GET", f"{FIGURES}/proposals"): [make_proposal()]})
    assert (await propose_figures(COLLECTION, TERMS, asker=asking))["proposal_id"] == "p1"


@pytest.mark.parametrize(
    "other",
    [
        {"proposed_by": "somebody-else"},
        {"state": "withdrawn"},
        {"reason": "another"},
        {"exclusions": {}},
        {"acknowledgements": {"completeness/north": "closed"}},
    ],
)
async def test_a_name_that_another_proposal_has_is_refused(other: dict[str, Any]) -> None:
    listed = [make_proposal(**other)]
    asking = asker({("POST", f"{FIGURES}/proposals"): taken(), ("GET", f"{FIGURES}/proposals"): listed})
    with pytest.raises(RefusedByServiceError, match="taken"):
        await propose_figures(COLLECTION, TERMS, asker=asking)


async def test_a_withdrawal_sent_twice_is_the_first_one() -> None:
    answers = {
        ("POST", f"{FIGURES}/proposals/p1/withdraw"): taken(),
        ("GET", f"{FIGURES}/proposals/p1"): make_proposal(state="withdrawn", decided_by=NATIONAL.person),
    }
    found = await withdraw_figures(COLLECTION, "p1", reason="no", asker=asker(answers))
    assert found["state"] == "withdrawn"


@pytest.mark.parametrize("other", [{"state": "frozen", "decided_by": NATIONAL.person}, {"state": "withdrawn"}])
async def test_what_somebody_else_decided_is_not_withdrawn(other: dict[str, Any]) -> None:
    answers = {
        ("POST", f"{FIGURES}/proposals/p1/withdraw"): taken(),
        ("GET", f"{FIGURES}/proposals/p1"): make_proposal(**({"decided_by": "somebody-else"} | other)),
    }
    with pytest.raises(RefusedByServiceError):
        await withdraw_figures(COLLECTION, "p1", reason="no", asker=asker(answers))


async def test_the_newest_is_shown_first() -> None:
    answers = {
        ("GET", FIGURES): [{"number": 1}, {"number": 2}],
        ("GET", f"{FIGURES}/proposals"): [
            make_proposal(proposed_at="2013-04-01T00:00:00Z"),
            make_proposal(proposed_at="2013-04-02T00:00:00Z", proposal_id="p2"),
        ],
        ("GET", f"{FIGURES}/audit"): [{"at": "2013-04-01T00:00:00Z"}, {"at": "2013-04-02T00:00:00Z"}],
        ("GET", f"/v1/collections/{COLLECTION}/completeness"): {"practices": 2, "achievements": 1},
    }
    standing = await show_standing(COLLECTION, asker=asker(answers))
    assert [one["number"] for one in standing.frozen] == [2, 1]
    assert [one["proposal_id"] for one in standing.proposals] == ["p2", "p1"]
    assert standing.audit[0]["at"] == "2013-04-02T00:00:00Z"


async def test_nobody_but_the_national_team_asks() -> None:
    asking = asker({}, APPROVER)
    for deed in (
        preview_figures(COLLECTION, {}, asker=asking),
        freeze_figures(COLLECTION, "p1", asker=asking),
        show_standing(COLLECTION, asker=asking),
    ):
        with pytest.raises(NotAllowedError):
            await deed
    assert asking.payments.asked == []  # type: ignore[attr-defined]


async def test_silence_is_passed_on() -> None:
    asking = asker({("POST", f"{FIGURES}/previews"): NotAnsweringError("payments")})
    with pytest.raises(NotAnsweringError):
        await preview_figures(COLLECTION, {}, asker=asking)


async def test_codes_cannot_leave_their_place_in_the_path() -> None:
    path = "/v1/collections/..%2Fx%3Fy/national-figures/proposals/p%2F..%2Fq/freeze"
    asking = asker({("POST", path): {"snapshot_id": "s"}})
    assert await freeze_figures("../x?y", "p/../q", asker=asking) == {"snapshot_id": "s"}
