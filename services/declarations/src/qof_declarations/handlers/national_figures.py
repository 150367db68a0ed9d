"""National figures, as payments keeps them: looked at, proposed and frozen by people of the national team.

Payments decides; here it is asked in the person's own name, and what was pressed twice is found instead of refused.
Documents are those of payments' API. All raise NotAllowedError, NotAnsweringError or RefusedByServiceError.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

from qof_declarations.core.permissions import check_national
from qof_declarations.handlers.service_ports import OtherService, RefusedByServiceError
from qof_shared.people import Person

REVIEW_SECONDS = 60.0
"""So long a review of a whole nation may take: it takes a second or two."""

CONFLICT = 409

Document: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """What payments says of a collection's national figures."""

    frozen: Sequence[Document]
    """The newest first."""
    proposals: Sequence[Document]
    """The newest first."""
    audit: Sequence[Document]
    """The newest first."""
    completeness: Document


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which name and for which reasons somebody proposes figures."""

    name: str
    reason: str
    exclusions: Mapping[str, str]
    """Practice -> reason."""
    acknowledgements: Mapping[str, str]
    """Finding -> reason."""
    unverified_reason: str


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks payments; `token` is their access token."""

    person: Person
    token: str
    payments: OtherService

    async def get(self, collection: str, path: str) -> Any:
        check_national(self.person)
        return await self.payments.get(f"{_base(collection)}{path}", self.token)

    async def post(self, collection: str, path: str, body: Document | None = None) -> Any:
        check_national(self.person)
        return await self.payments.post(f"{_base(collection)}{path}", self.token, body, seconds=REVIEW_SECONDS)


def _base(collection: str) -> str:
    return f"/v1/collections/{quote(collection, safe='')}"


async def show_standing(collection: str, *, asker: Asker) -> Standing:
    """What is frozen, what is proposed, and who did what."""
    asked = ("/national-figures", "/national-figures/proposals", "/national-figures/audit", "/completeness")
    frozen, proposals, audit, completeness = await asyncio.gather(*(asker.get(collection, path) for path in asked))
    return Standing(
        frozen=sorted(frozen, key=lambda one: one["number"], reverse=True),
        proposals=sorted(proposals, key=lambda one: one["proposed_at"], reverse=True),
        audit=sorted(audit, key=lambda one: one["at"], reverse=True),
        completeness=completeness,
    )


async def show_frozen(collection: str, *, asker: Asker) -> tuple[Sequence[Document], Document]:
    """What is frozen, the newest first; and how many practices have points in payments."""
    frozen, completeness = await asyncio.gather(
        asker.get(collection, "/national-figures"), asker.get(collection, "/completeness")
    )
    return sorted(frozen, key=lambda one: one["number"], reverse=True), completeness


async def preview_figures(collection: str, exclusions: Mapping[str, str], *, asker: Asker) -> Document:
    """The figures as they would be; nothing is kept."""
    found: Document = await asker.post(
        collection, "/national-figures/previews", {"exclusions": _exclusions(exclusions)}
    )
    return found


async def propose_figures(collection: str, terms: Terms, *, asker: Asker) -> Document:
    """The proposal. Sent again it is the same one."""
    body = {
        "name": terms.name,
        "reason": terms.reason,
        "exclusions": _exclusions(terms.exclusions),
        "acknowledgements": dict(terms.acknowledgements),
        "unverified_reason": terms.unverified_reason,
    }
    try:
        proposed: Document = await asker.post(collection, "/national-figures/proposals", body)
    except RefusedByServiceError as refusal:
        if refusal.status != CONFLICT:
            raise
        for one in await asker.get(collection, "/national-figures/proposals"):
            is_mine = one["proposed_by"] == asker.person.person and one["state"] == "open"
            if is_mine and all(one[key] == value for key, value in _kept(body, terms).items()):
                found: Document = one
                return found
        raise
    return proposed


async def show_proposal(collection: str, proposal: str, *, asker: Asker) -> Document:
    """One proposal, with everything it rests on."""
    found: Document = await asker.get(collection, _proposal(proposal))
    return found


async def list_affected(collection: str, proposal: str, *, after: str = "", asker: Asker) -> Document:
    """A page of the practices that would be paid otherwise."""
    path = f"{_proposal(proposal)}/blast-radius?limit=50&after={quote(after, safe='')}"
    found: Document = await asker.get(collection, path)
    return found


async def freeze_figures(collection: str, proposal: str, *, asker: Asker) -> Document:
    """Freeze exactly what was proposed; sent again by the same person it is the same freeze."""
    frozen: Document = await asker.post(collection, f"{_proposal(proposal)}/freeze")
    return frozen


async def withdraw_figures(collection: str, proposal: str, *, reason: str, asker: Asker) -> Document:
    """Nobody freezes it any more; sent again by the same person nothing changes."""
    try:
        withdrawn: Document = await asker.post(collection, f"{_proposal(proposal)}/withdraw", {"reason": reason})
    except RefusedByServiceError as refusal:
        if refusal.status != CONFLICT:
            raise
        found = await show_proposal(collection, proposal, asker=asker)
        if found["state"] == "withdrawn" and found["decided_by"] == asker.person.person:
            return found
        raise
    return withdrawn


def _proposal(proposal: str) -> str:
    return f"/national-figures/proposals/{quote(proposal, safe='')}"


def _exclusions(exclusions: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"practice": practice, "reason": reason} for practice, reason in exclusions.items()]


def _kept(body: Document, terms: Terms) -> Document:
    """What a proposal shows of what it was made with."""
    return {**body, "exclusions": dict(terms.exclusions)}
