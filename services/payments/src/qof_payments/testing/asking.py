"""How tests ask the API: as somebody, and what a problem has to look like."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from qof_shared.contracts import DeclarationFinanceApproved, Event, new_event

FIRST, SECOND, APPROVER = "national-team-token-0001", "national-team-token-0002", "commissioner-token-000001"
"""Tokens: two people of the national team, and a commissioner's."""

PEOPLE = [
    {"person": "n1", "name": "Nia", "role": "national-team", "token": FIRST},
    {"person": "n2", "name": "Nell", "role": "national-team", "token": SECOND},
    {"person": "c1", "name": "Con", "role": "commissioner-approver", "organisation": "C1", "token": APPROVER},
]


def as_person(client: httpx.AsyncClient, token: str) -> httpx.AsyncClient:
    """The client, which from now on asks with this token."""
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The problem that an answer is; fails where it is another one."""
    body: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, body["status"], body["type"]) == (
        status,
        status,
        f"https://openqof.org/problems/{slug}",
    )
    assert body["instance"] == answer.request.url.path
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    return body


async def freeze(client: httpx.AsyncClient, collection: str, **proposal: Any) -> dict[str, Any]:
    """The first of the national team proposes, the second freezes; the client is the first's again."""
    figures = f"/v1/collections/{collection}/national-figures"
    body = {"name": "2012-13 final", "reason": "all practices in", "unverified_reason": "a test"} | proposal
    proposed = await as_person(client, FIRST).post(f"{figures}/proposals", json=body)
    assert proposed.status_code == 201, proposed.text
    frozen = await as_person(client, SECOND).post(f"{figures}/proposals/{proposed.json()['proposal_id']}/freeze")
    as_person(client, FIRST)
    assert frozen.status_code == 201, frozen.text
    answer: dict[str, Any] = frozen.json()
    return answer


def approval(entitlement: dict[str, Any]) -> Event:
    """That finance approved the payment of this entitlement, as the API showed it."""
    now = datetime.now(UTC)
    content = DeclarationFinanceApproved(
        declaration_id=uuid4(),
        collection=entitlement["collection"],
        practice=entitlement["practice"],
        report_version=1,
        report_digest="f" * 64,
        entitlement_id=entitlement["entitlement_id"],
        pounds=entitlement["pounds"],
        approved_by="c1",
        approved_at=now,
        finance_approved_by="f1",
        finance_approved_at=now,
    )
    return new_event(content, occurred_at=now, correlation_id="journey")
