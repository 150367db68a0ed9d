"""Pages about national figures while payments is slow, silent or against it. On PostgreSQL; payments is the test's."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.sessions import PostgresSessions
from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.entrypoints.web import errands
from qof_declarations.entrypoints.web.app import create_pages
from qof_declarations.entrypoints.web.asking import Gate
from qof_declarations.entrypoints.web.national import national_router
from qof_declarations.entrypoints.web.national_figures import add_service_answers, national_figures_router
from qof_declarations.entrypoints.web.national_showing import Showing
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.handlers.service_ports import NotAnsweringError, RefusedByServiceError
from qof_declarations.testing.builders import COLLECTION, NATIONAL
from qof_declarations.testing.sessions import SITE, SignedInClient, signed_in_client
from qof_declarations.testing.world import World
from qof_shared.db.people import PostgresPeople

pytestmark = pytest.mark.needs_postgres

COUNTRY = f"/national/collections/{COLLECTION}"
FIGURES = f"{COUNTRY}/national-figures"
FORM = {"name": "final", "reason": "All in.", "unverified_reason": "None known.", "errand": "e1", "exclusions": ""}


def preview(**changes: Any) -> dict[str, Any]:
    counts = ("practices", "first_paid", "unchanged", "changed", "unpayable", "signed", "approved", "finance_approved")
    radius = dict.fromkeys((*counts, "paid"), 0)
    return {
        "digest": "d" * 64,
        "parameters": "england-2012-13",
        "practices": 2,
        "left_out": {},
        "registers": [],
        "findings": [],
        "unverified": {},
        "unverified_indicators": [],
        "blast_radius": radius | {"difference": "0.00", "largest_up": None, "largest_down": None, "lines": []},
        "affected": [],
    } | changes


def proposal(**changes: Any) -> dict[str, Any]:
    made = {
        "proposal_id": "p1",
        "name": "final",
        "reason": "All in.",
        "state": "open",
        "proposed_by": "somebody-else",
        "proposed_at": "2013-04-02T08:41:00Z",
        "exclusions": {},
        "acknowledgements": {},
        "unverified_reason": "",
        "decided_by": None,
        "decided_at": None,
        "decision_reason": None,
    }
    return preview() | made | changes


@dataclass
class Payments:
    """Answers what it is told to, as soon as it may."""

    answers: dict[str, Any] = field(default_factory=dict)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    posted: list[str] = field(default_factory=list)

    async def get(self, path: str, token: str) -> Any:
        return self._answer(path)

    async def post(self, path: str, token: str, body: Mapping[str, Any] | None = None, *, seconds: float = 2.0) -> Any:
        self.posted.append(path.rpartition("/")[2])
        await self.may_answer.wait()
        return self._answer(path)

    def _answer(self, path: str) -> Any:
        answer = self.answers[path.rpartition("/")[2].partition("?")[0]]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def payments() -> Payments:
    return Payments({"previews": preview(), "proposals": proposal(), "p1": proposal(), "freeze": {}})


@pytest.fixture
async def client(
    engine: AsyncEngine, world: World, payments: Payments, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SignedInClient]:
    """The national team's browser. Nobody waits for an errand, so that each page tells of it."""
    monkeypatch.setattr(errands, "PATIENCE_SECONDS", 0.0)
    pages, new_unit_of_work = Pages(), partial(DeclarationsUnitOfWork, engine)
    gate = Gate(PostgresSessions(engine), SITE, lambda: datetime.now(UTC))
    showing = Showing(pages, new_unit_of_work, payments, PostgresPeople(engine), gate.now)
    country = national_router(
        pages=pages, gate=gate, new_unit_of_work=new_unit_of_work, payments=payments, now=gate.now
    )
    app = create_pages([country, national_figures_router(gate, showing)], pages)
    add_service_answers(app, pages)
    async with signed_in_client(app, engine, NATIONAL, access_token="token") as opened:
        yield opened


async def form(client: SignedInClient, path: str, **typed: str) -> Any:
    return await client.post(path, data={"csrf": client.csrf, **typed})


async def settled(client: SignedInClient, answer: Any) -> Any:
    """The page that comes when nothing is being worked out any more."""
    while answer.status_code == 202:
        await asyncio.sleep(0)
        answer = await client.get(answer.headers["refresh"].partition("url=")[2])
    return answer


async def test_a_preview_that_takes_its_time_is_waited_for_by_the_page(
    client: SignedInClient, payments: Payments
) -> None:
    path = f"{FIGURES}/preview?exclusions=A81001%20a%20care%20home"
    waiting = await client.get(path)
    assert waiting.status_code == 202
    assert waiting.headers["refresh"].endswith(f"url={path}")
    assert "You do not have to press anything." in waiting.text
    payments.may_answer.set()
    shown = await settled(client, waiting)
    assert shown.status_code == 200
    assert "Propose these figures" in shown.text
    assert payments.posted == ["previews"], "asked once, however often the page looked"


async def test_a_proposal_goes_on_while_the_page_waits_and_is_sent_once(
    client: SignedInClient, payments: Payments
) -> None:
    first, second = [await form(client, f"{FIGURES}/proposals", **FORM) for _ in range(2)]
    assert (first.status_code, second.status_code) == (202, 202)
    where = first.headers["refresh"].partition("url=")[2]
    assert second.headers["refresh"].endswith(where)
    payments.may_answer.set()
    done = await settled(client, first)
    assert (done.status_code, done.headers["location"]) == (303, f"{FIGURES}/proposals/p1")
    assert payments.posted == ["proposals"]


async def test_what_was_typed_is_there_again_when_the_gates_are_open(
    client: SignedInClient, payments: Payments
) -> None:
    found = {
        "finding": "completeness/S1",
        "gate": "completeness",
        "severity": "stop",
        "where": "S1",
        "says": "one of two is missing",
        "numbers": {},
        "mend": "wait",
    }
    payments.answers["previews"] = preview(findings=[found], unverified={"list_date": "read for 2013-14"})
    payments.answers["proposals"] = RefusedByServiceError(
        409, "The figures are not plausible", "a gate is open", {"findings": [found]}
    )
    payments.may_answer.set()
    shown = await settled(client, await form(client, f"{FIGURES}/proposals", **FORM))
    assert shown.status_code == 409
    for text in (
        "The figures are not plausible",
        "All in.",
        "Say why the figures are right all the same",
        "None known.",
    ):
        assert text in shown.text


async def test_what_is_missing_is_said_and_what_was_typed_waits_with_it(
    client: SignedInClient, payments: Payments
) -> None:
    waiting = await form(client, f"{FIGURES}/proposals", **FORM | {"name": ""})
    where = waiting.headers["refresh"].partition("url=")[2]
    assert (waiting.status_code, where.startswith(f"{FIGURES}/errands/")) == (202, True)
    payments.may_answer.set()
    shown = await settled(client, waiting)
    assert shown.status_code == 422
    assert "Give the figures a name" in shown.text
    assert "All in." in shown.text
    assert payments.posted == ["previews"], "nothing is proposed without a name"


async def test_a_freeze_that_is_refused_says_what_moved(client: SignedInClient, payments: Payments) -> None:
    payments.answers["freeze"] = RefusedByServiceError(
        409, "The figures moved", "propose anew", {"moved": ["the list of A81001"]}
    )
    payments.may_answer.set()
    shown = await settled(client, await form(client, f"{FIGURES}/proposals/p1/freeze", confirm="yes", errand="e2"))
    assert shown.status_code == 409
    assert "the list of A81001" in shown.text


async def test_an_errand_that_nobody_knows_says_where_to_look(client: SignedInClient) -> None:
    answer = await client.get(f"{FIGURES}/errands/another-process-had-it")
    assert answer.status_code == 404
    assert f'href="{FIGURES}"' in answer.text


@pytest.mark.parametrize("path", ["", "/special"])
async def test_the_country_is_shown_when_payments_is_silent(
    client: SignedInClient, payments: Payments, path: str
) -> None:
    payments.answers["national-figures"] = NotAnsweringError("payments")
    payments.answers["completeness"] = NotAnsweringError("payments")
    answer = await client.get(f"{COUNTRY}{path}")
    assert answer.status_code == 200
    assert "Payments is not answering at the moment." in answer.text


async def test_a_page_of_payments_looks_again_when_it_is_silent(client: SignedInClient, payments: Payments) -> None:
    payments.answers["p1"] = NotAnsweringError("payments")
    answer = await client.get(f"{FIGURES}/proposals/p1/affected?after=A81001")
    assert answer.status_code == 503
    assert answer.headers["refresh"].endswith(f"url={FIGURES}/proposals/p1/affected?after=A81001")


async def test_a_token_that_payments_refuses_is_no_loop(client: SignedInClient, payments: Payments) -> None:
    payments.answers["p1"] = RefusedByServiceError(401, "We do not know who you are", "", {})
    answer = await client.get(f"{FIGURES}/proposals/p1")
    assert answer.status_code == 502
    assert "Sign out and sign in again." in answer.text


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [("/proposals", ""), ("/proposals/p1/freeze", "/proposals/p1"), ("/proposals/p1/withdraw", "/proposals/p1")],
)
async def test_the_address_of_a_form_leads_to_its_page(client: SignedInClient, path: str, leads_to: str) -> None:
    answer = await client.get(f"{FIGURES}{path}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{FIGURES}{leads_to}")
