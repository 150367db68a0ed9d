"""What does the system itself say after a run? Asks its APIs only, and waits for the drain within bounds."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from loadtests.ledger import Entry, Post, Signature
from loadtests.nation import Nation
from loadtests.patient import patient_client

ASKING_AT_ONCE = 4
"""Fewer than a process has in hand, so that who checks is seldom told to come back."""
DRAIN_SECONDS = 60.0
COUNT_SECONDS = 30.0
MOST_EXTRACTS = 2_000
"""Receipts that are followed one by one, evenly over all; beyond them the counts have to agree."""

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Progress:
    """A supplier's extracts as ingest counts them."""

    accepted: int
    calculated: int
    reported: int
    rejected: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class KeptExtract:
    """An extract as its receipt's address shows it."""

    practice: str
    digest: str
    status: str


@dataclass(frozen=True, slots=True)
class KeptDeclaration:
    """What a practice's declaration says, and every declaration its audit tells of."""

    state: str
    declaration_id: str | None
    digest: str | None
    signed_ids: Sequence[str]
    """Declaration id of every `declaration-signed` entry of the audit."""


@dataclass(frozen=True, slots=True)
class Answers:
    """All that the APIs say about one run; what was not found is not in the mappings."""

    progress: Mapping[str, Progress]
    """By supplier."""
    operations: Mapping[str, int] | None
    """The ledger of the whole collection as operators see it; None where this system has no such view."""
    followed: int
    """How many receipts were followed to their extract."""
    extracts: Mapping[str, KeptExtract]
    """By extract id."""
    declarations: Mapping[str, KeptDeclaration]
    """By practice."""
    practices_by_state: Mapping[str, int]
    """Practices by the state of their declaration, as the national team sees them."""
    snapshots: Sequence[str]
    """Ids of the national figures."""


def ask(nation: Nation, entries: Sequence[Entry], *, awaits_reports: bool, seconds: float = DRAIN_SECONDS) -> Answers:
    """Ask about everything in the ledger. Raises httpx.HTTPError where a service does not answer at all."""
    of_collection = f"/v1/collections/{nation.collection}"
    receipts = {entry.extract_id: entry.supplier for entry in entries if isinstance(entry, Post) and entry.extract_id}
    signed = {entry.practice for entry in entries if isinstance(entry, Signature)}
    with patient_client(seconds=30) as client:

        def get(service: str, path: str, token: str) -> Any:
            url = nation.urls[service] + path
            answer = client.get(url, headers={"Authorization": f"Bearer {token}"})
            if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN):
                return None
            return answer.raise_for_status().json()

        def progress(supplier: str) -> Progress:
            found = get("ingest", f"{of_collection}/progress", nation.supplier_tokens[supplier])
            if found is None:
                return Progress(0, 0, 0, 0, 0)  # ingest does not know the collection: every receipt is lost
            return Progress(**{name: found[name] for name in Progress.__slots__})

        def extract(extract_id: str) -> KeptExtract | None:
            found = get("ingest", f"/v1/extracts/{extract_id}", nation.supplier_tokens[receipts[extract_id]])
            return found and KeptExtract(found["practice"], found["digest"], found["status"])

        def declaration(practice: str) -> KeptDeclaration | None:
            path = f"{of_collection}/practices/{practice}/declaration"
            found = get("declarations", path, nation.declarer_tokens[practice])
            return found and _declaration(found)

        followed = list(receipts)[:: max(1, -(-len(receipts) // MOST_EXTRACTS))]
        suppliers = {one.supplier for one in nation.extracts}
        drained = _until(
            lambda found: all(
                one.in_flight == 0 and (one.reported == one.calculated or not awaits_reports) for one in found.values()
            ),
            lambda: {one: progress(one) for one in suppliers},
            seconds,
        )
        accepted = sum(one.accepted for one in drained.values())
        # Where counting takes long, operators are told the count before.
        operations = _until(
            lambda found: found is None or found["ledger"]["accepted"] == accepted,
            lambda: get("ingest", f"/v1/operations?collection={nation.collection}", nation.national_team_token),
            COUNT_SECONDS,
        )
        overview = get("declarations", f"{of_collection}/progress", nation.national_team_token)
        figures = get("payments", f"{of_collection}/national-figures", nation.national_team_token)
        return Answers(
            progress=drained,
            operations=operations and operations["ledger"],
            followed=len(followed),
            extracts=_all(extract, followed),
            declarations=_all(declaration, signed),
            practices_by_state=overview["by_state"] if overview else {},
            snapshots=[one["snapshot_id"] for one in figures or []],
        )


def _until(is_settled: Callable[[V], bool], look: Callable[[], V], seconds: float) -> V:
    """What a look finds once it has settled, or as it is after `seconds`; a look a second."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if is_settled(found) or time.monotonic() > deadline:
            return found
        time.sleep(1)


def _all(ask_one: Callable[[K], V | None], keys: Iterable[K]) -> dict[K, V]:
    keys = list(keys)
    with ThreadPoolExecutor(ASKING_AT_ONCE) as pool:
        found = zip(keys, pool.map(ask_one, keys), strict=True)
        return {key: value for key, value in found if value is not None}


def _declaration(found: Mapping[str, Any]) -> KeptDeclaration:
    current: Mapping[str, Any] = found["declaration"] or {}
    return KeptDeclaration(
        state=found["state"],
        declaration_id=current.get("declaration_id"),
        digest=current.get("digest"),
        signed_ids=[one["declaration_id"] for one in found["audit"] if one["kind"] == "declaration-signed"],
    )
