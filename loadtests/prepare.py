"""How do practices come to have reports to sign? Suppliers post in bulk, the national team freezes: by the APIs."""

import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from loadtests.ledger import Ledger, Post
from loadtests.nation import Extract, Nation, NationError
from loadtests.people.bulk import read_bulk
from loadtests.steward import Say, Steward

LINES = 500
"""Extracts in one request."""
MOST_ROUNDS = 60
LEDGER = "prepared.ndjson"
"""What was posted to prepare a nation, beside its other files; the check wants to know."""


def prepare(nation: Nation, folder: Path, say: Say) -> None:
    """Bring every practice of a new collection to its report. Raises NationError, httpx.HTTPError."""
    ledger = Ledger(folder / f"{LEDGER}.part")
    _post_all(nation, ledger, say)
    steward = Steward(nation, say)
    ledger.add(steward.freeze_when_calculated(len(nation.extracts)))
    steward.wait_reported(len(nation.extracts))
    ledger.close()
    # Under its own name only when it is whole: a preparation that was cut short is not taken for one.
    (folder / f"{LEDGER}.part").rename(folder / LEDGER)


def is_prepared(nation: Nation, folder: Path) -> bool:
    """Whether a rehearsal has prepared this nation and nobody has signed in it yet."""
    return (folder / LEDGER).exists() and Steward(nation, lambda _: None).signed() == 0


def _post_all(nation: Nation, ledger: Ledger, say: Say) -> None:
    done = 0
    with httpx.Client(timeout=120, trust_env=False) as client:
        for supplier in nation.shares:
            mine = [one for one in nation.extracts if one.supplier == supplier]
            for first in range(0, len(mine), LINES):
                done += _post(client, nation, supplier, mine[first : first + LINES], ledger)
                say(f"{done:,} of {len(nation.extracts):,} extracts posted")


def _post(client: httpx.Client, nation: Nation, supplier: str, extracts: Sequence[Extract], ledger: Ledger) -> int:
    """Post these until each has its receipt; a service that is full says when to come back."""
    left = list(extracts)
    headers = {
        "Authorization": f"Bearer {nation.supplier_tokens[supplier]}",
        "Content-Type": "application/x-ndjson",
    }
    for _ in range(MOST_ROUNDS):
        body = b"".join(one.body + b"\n" for one in left)
        answer = client.post(f"{nation.urls['ingest']}/v1/extracts/bulk", content=body, headers=headers)
        told = read_bulk(answer.content) if answer.status_code == httpx.codes.OK else {}
        missing = []
        for number, extract in enumerate(left, 1):
            status, receipt = told.get(number, (0, {}))
            if status == httpx.codes.ACCEPTED:
                ledger.add(Post(supplier, extract.practice, extract.digest, status, receipt["extract_id"]))
            else:
                missing.append(extract)
        left = missing
        if not left:
            return len(extracts)
        time.sleep(float(answer.headers.get("retry-after") or 1))
    raise NationError(f"{len(left)} extracts of {supplier} have no receipt after {MOST_ROUNDS} rounds.")
