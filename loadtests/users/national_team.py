"""When are the national figures frozen, and when is a run over? The national team's one user decides both."""

import json
import random
import time
from typing import Any

import gevent  # type: ignore[import-untyped] # it ships no types
from locust import task
from locust.exception import StopUser

from loadtests.ledger import Freeze
from loadtests.users import Participant, bearer, json_of

NAME = "load test"


class NationalTeamUser(Participant):
    """Freezes once everything that was posted has points, then waits for the signatures."""

    fixed_count = 1

    def on_start(self) -> None:
        self.bearer = bearer(self.surge.nation.national_team_token)
        self.acknowledgements: dict[str, str] = {}
        self.wait_for_the_others()

    @task
    def see_the_year_end_through(self) -> None:
        # Suppliers know what was accepted; only payments knows what has reached it. A freeze needs both.
        while (calculated := self.surge.calculated) is None or self.achievements() < calculated:
            time.sleep(random.uniform(0.5, 1.5))
        if calculated:
            self.freeze()
            while len(self.surge.signed) < calculated:
                time.sleep(0.5)
        assert self.environment.runner is not None, "a user runs under a runner"
        # Not from here, and not at once: quitting ends every user, this one too.
        gevent.spawn_later(1, self.environment.runner.quit)
        raise StopUser

    def achievements(self) -> int:
        response = self.client.get(self.path("completeness"), headers=self.bearer, name="GET completeness")
        return int(json_of(response).get("achievements", 0)) if response.status_code == 200 else 0

    def freeze(self) -> None:
        """Propose, and have the second freeze it. What was asked may have happened though its answer was lost."""
        second = bearer(self.surge.nation.second_token)
        while True:
            proposal = self.proposal()
            if proposal is not None:
                path = self.path(f"national-figures/proposals/{proposal}/freeze")
                response = self.client.post(path, headers=second, name="POST freeze")
                snapshot = json_of(response) if response.status_code == 201 else self.frozen_before()
                if snapshot is not None:
                    self.surge.ledger.add(Freeze(snapshot["snapshot_id"], snapshot["practices"]))
                    return
            time.sleep(2)

    def proposal(self) -> str | None:
        """The id of our open proposal, made where there is none yet; a gate that stops is told of and acknowledged."""
        path = self.path("national-figures/proposals")
        response = self.client.get(path, headers=self.bearer, name="GET proposals")
        found = json.loads(response.content) if response.status_code == 200 else []
        ours = [one["proposal_id"] for one in found if one["name"] == NAME and one["state"] != "withdrawn"]
        if ours:
            return str(ours[0])
        body = {
            "name": NAME,
            "reason": "everything that was posted has points",
            "unverified_reason": "a load test, in which nobody is paid",
            "acknowledgements": self.acknowledgements,
        }
        with self.client.post(
            path, json=body, headers=self.bearer, name="POST proposals", catch_response=True
        ) as response:
            if response.status_code == 409:
                # Practices of earlier runs are in the directory and post nothing in this one.
                self.acknowledgements = {one["finding"]: "a load test" for one in json_of(response).get("findings", [])}
                response.success()
                return None
            return str(json_of(response)["proposal_id"]) if response.status_code == 201 else None

    def frozen_before(self) -> dict[str, Any] | None:
        response = self.client.get(self.path("national-figures"), headers=self.bearer, name="GET national-figures")
        found = json.loads(response.content) if response.status_code == 200 else []
        return next((snapshot for snapshot in found if snapshot["name"] == NAME), None)

    def path(self, what: str) -> str:
        return f"/v1/collections/{self.surge.nation.collection}/{what}"
