"""How the demonstration answers the gates: expected findings get a reason, others end the run."""

from typing import Any

import httpx
import pytest

from qof_local.demo_api import Api
from qof_local.demo_figures import EXPECTED, NAME, gates_line, propose, reasons
from qof_local.paths import LocalStackError

MISSING = {"finding": "completeness/harbour", "gate": "completeness", "severity": "stop", "says": "5 of 10 are missing"}
SHIFTED = {"finding": "supplier-shift/x", "gate": "supplier-shift", "severity": "stop", "says": "4 % lower"}


def test_expected_findings_get_their_reason_and_others_end_the_run() -> None:
    assert reasons([MISSING], as_published=False) == {"completeness/harbour": EXPECTED["completeness"]}
    with pytest.raises(LocalStackError, match="not plausible: supplier-shift/x: 4 % lower"):
        reasons([MISSING, SHIFTED], as_published=False)


def test_published_figures_are_taken_as_they_are() -> None:
    assert reasons([SHIFTED], as_published=True) == {"supplier-shift/x": "so it was published"}


def test_gates_are_told_in_a_line() -> None:
    told = gates_line({"acknowledgements": {"completeness/harbour": "x"}, "findings": [{"severity": "look"}, MISSING]})
    assert told.startswith(
        "plausibility gates: 1 findings acknowledged, 1 to look at, none open (completeness/harbour)"
    )


class Payments:
    """The route of proposals: it refuses while a finding has no reason, and loses answers on demand."""

    def __init__(self, findings: list[dict[str, str]], *, loses_answers: int = 0) -> None:
        self.findings = findings
        self.loses_answers = loses_answers
        self.proposals: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=self.proposals)
        body = httpx.Response(200, content=request.content).json()
        still_open = [one for one in self.findings if one["finding"] not in body.get("acknowledgements", {})]
        if still_open:
            return problem("gates-open", findings=still_open)
        if any(one["name"] == body["name"] for one in self.proposals):
            return problem("cannot-freeze")
        self.proposals.append({"proposal_id": "p1", "name": body["name"], "state": "open", "findings": []} | body)
        if self.loses_answers:
            self.loses_answers -= 1
            raise httpx.ReadError("cut")
        return httpx.Response(201, json=self.proposals[-1])


def problem(slug: str, **extra: Any) -> httpx.Response:
    body = {"type": f"https://openqof.org/problems/{slug}", "detail": f"refused: {slug}", **extra}
    return httpx.Response(409, json=body)


async def proposed(payments: Payments) -> Any:
    async with httpx.AsyncClient(transport=httpx.MockTransport(payments), base_url="http://payments") as client:
        return await propose(Api("payments", [client]), "/figures", "t", reason="all in", as_published=False)


async def test_proposal_is_made_again_with_the_reasons_that_gates_ask_for() -> None:
    assert (await proposed(Payments([MISSING])))["acknowledgements"] == {
        "completeness/harbour": EXPECTED["completeness"]
    }


async def test_proposal_whose_answer_was_lost_is_found_again() -> None:
    payments = Payments([], loses_answers=1)
    assert (await proposed(payments))["name"] == NAME
    assert len(payments.proposals) == 1


async def test_other_refusals_are_told() -> None:
    payments = Payments([])
    payments.proposals.append({"proposal_id": "p0", "name": NAME, "state": "frozen"})
    with pytest.raises(LocalStackError, match="not proposed: refused: cannot-freeze"):
        await proposed(payments)
