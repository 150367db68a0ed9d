"""What does an operator do? Looks how everything stands: the ledger, the queues, the suppliers."""

from typing import Any

from locust import FastHttpUser

from loadtests.people.supplier import json_of
from loadtests.run import Run


class Operator(FastHttpUser):
    """Somebody of the national team at the operations API of ingest."""

    abstract = True
    host = "http://127.0.0.1"
    network_timeout = 20.0
    connection_timeout = 10.0
    max_redirects = 0

    def __init__(self, run: Run) -> None:
        super().__init__(run.environment)
        self.run_of = run
        self.url = f"{run.nation.urls['ingest']}/v1/operations?collection={run.nation.collection}"
        self.bearer = {"Authorization": f"Bearer {run.nation.national_team_token}"}

    def context(self) -> dict[str, Any]:
        return {"run": self.run_of}

    def look(self) -> dict[str, Any] | None:
        """What it says; None where this system has no such view, or does not say now."""
        with self.client.get(self.url, headers=self.bearer, name="GET /v1/operations", catch_response=True) as response:
            if response.status_code in (401, 403, 404):
                # A system without this view, or one that does not show it to us, can be rehearsed all the same.
                response.success()
                return None
            return json_of(response) if response.status_code == 200 else None
