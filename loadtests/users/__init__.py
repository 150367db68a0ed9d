"""Who takes part in a run: suppliers post, practices sign, the national team freezes in between."""

import json
import time
from typing import Any, ClassVar

from locust import FastHttpUser

from loadtests.surge import Surge


class Participant(FastHttpUser):
    """Somebody in the run; `surge` is set before the first one starts."""

    abstract = True
    surge: ClassVar[Surge]
    network_timeout = 30.0
    connection_timeout = 10.0
    max_redirects = 0
    """A redirect could lead to another machine, past the check of targets."""

    def now(self) -> float:
        """Seconds since the run began."""
        assert self.surge.began is not None, "users wait for the beginning"
        return time.perf_counter() - self.surge.began

    def wait_for_the_others(self) -> None:
        """Arrivals are due from when all users are there, else starting users would count as waiting."""
        while self.surge.began is None:
            time.sleep(0.01)

    def measured(self, name: str, seconds: float) -> None:
        """Record a time of our own beside Locust's, which begin when a request is really sent."""
        self.environment.events.request.fire(
            request_type="TIME", name=name, response_time=seconds * 1000, response_length=0, exception=None, context={}
        )


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def json_of(response: Any) -> dict[str, Any]:
    """The answer's object; empty where it is none, which the caller's checks then name."""
    try:
        found = json.loads(response.content)
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def patience(response: Any) -> float:
    """Seconds that a refusal asks us to wait; 1 where it does not say."""
    try:
        return float(response.headers["retry-after"])
    except (KeyError, TypeError, ValueError):
        return 1.0
