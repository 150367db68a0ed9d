"""What does the national team do at year end? Waits until everything that was accepted has points, then freezes.

By the APIs, outside Locust's figures: this is the same for every shape, and not what is measured.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from loadtests.ledger import Freeze
from loadtests.nation import Nation, NationError
from loadtests.patient import patient_client

NAME = "load test"
LOOK_SECONDS = 0.5
STALLED_SECONDS = 120.0

Say = Callable[[str], None]


class Steward:
    """The national team's two, and what suppliers are told of their progress."""

    def __init__(self, nation: Nation, say: Say) -> None:
        self._nation = nation
        self._say = say
        self._client = patient_client(seconds=60)

    def progress(self) -> dict[str, Mapping[str, Any]]:
        """Supplier -> its extracts as ingest counts them; a supplier of whom nothing is known is left out."""
        found = {}
        for supplier in self._nation.shares:
            answer = self._get("ingest", "progress", self._nation.supplier_tokens[supplier])
            if answer is not None:
                found[supplier] = answer
        return found

    def signed(self) -> int:
        """How many practices have a declaration in this collection."""
        found = self._get("declarations", "progress", self._nation.national_team_token)
        states: Mapping[str, int] = found["by_state"] if found else {}
        return sum(count for state, count in states.items() if state in DECLARED)

    def freeze_when_calculated(self, practices: int) -> Freeze:
        """Freeze the national figures once so many practices have points. Raises NationError where nothing moves."""
        self._watch("have points", lambda: self._achievements(), practices)
        return self._freeze()

    def wait_reported(self, practices: int) -> None:
        """Until so many extracts have a report. Raises NationError where nothing moves."""
        self._watch("have reports", lambda: sum(one["reported"] for one in self.progress().values()), practices)

    def _achievements(self) -> int:
        # Suppliers know what was accepted; only payments knows what has reached it. A freeze needs both.
        found = self._get("payments", "completeness", self._nation.national_team_token)
        return int(found["achievements"]) if found else 0

    def _freeze(self) -> Freeze:
        """Propose, and have the second freeze it. A gate that stops is told of and acknowledged."""
        acknowledgements: dict[str, str] = {}
        deadline = time.monotonic() + STALLED_SECONDS
        while time.monotonic() < deadline:
            if (frozen := self._frozen_before()) is not None:
                return frozen
            proposal = self._proposal(acknowledgements)
            if proposal is not None:
                path = f"national-figures/proposals/{proposal}/freeze"
                answer = self._post("payments", path, self._nation.second_token, None)
                if answer.status_code == 201:
                    found = answer.json()
                    return Freeze(found["snapshot_id"], found["practices"])
            time.sleep(LOOK_SECONDS)
        raise NationError("the national figures could not be frozen; look at the log of payments.")

    def _proposal(self, acknowledgements: dict[str, str]) -> str | None:
        token = self._nation.national_team_token
        found: Sequence[Mapping[str, Any]] = self._get("payments", "national-figures/proposals", token) or []
        ours = [one["proposal_id"] for one in found if one["name"] == NAME and one["state"] != "withdrawn"]
        if ours:
            return str(ours[0])
        body = {
            "name": NAME,
            "reason": "everything that was posted has points",
            "unverified_reason": "a load test, in which nobody is paid",
            "acknowledgements": acknowledgements,
        }
        answer = self._post("payments", "national-figures/proposals", token, body)
        if answer.status_code == 409:
            # Practices of earlier runs are in the directory and post nothing in this one.
            acknowledgements.update({one["finding"]: "a load test" for one in answer.json().get("findings", [])})
            return None
        return str(answer.json()["proposal_id"]) if answer.status_code == 201 else None

    def _frozen_before(self) -> Freeze | None:
        found = self._get("payments", "national-figures", self._nation.national_team_token) or []
        return next((Freeze(one["snapshot_id"], one["practices"]) for one in found if one["name"] == NAME), None)

    def _watch(self, words: str, look: Callable[[], int], wanted: int) -> None:
        last, moved = -1, time.monotonic()
        while (now := look()) < wanted:
            if now != last:
                last, moved = now, time.monotonic()
                self._say(f"{now:,} of {wanted:,} {words}")
            if time.monotonic() - moved > STALLED_SECONDS:
                raise NationError(f"{now:,} of {wanted:,} {words}, and nothing has moved for {STALLED_SECONDS:.0f} s.")
            time.sleep(LOOK_SECONDS)

    def _url(self, service: str, path: str) -> str:
        return f"{self._nation.urls[service]}/v1/collections/{self._nation.collection}/{path}"

    def _get(self, service: str, path: str, token: str) -> Any:
        answer = self._client.get(self._url(service, path), headers={"Authorization": f"Bearer {token}"})
        return answer.json() if answer.status_code == httpx.codes.OK else None

    def _post(self, service: str, path: str, token: str, body: Any) -> httpx.Response:
        return self._client.post(self._url(service, path), headers={"Authorization": f"Bearer {token}"}, json=body)


DECLARED = frozenset({"signed", "returned", "superseded", "approved", "finance-approved"})
"""States of a practice that has a declaration."""
