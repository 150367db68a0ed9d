"""How does a practice behave? Waits politely for its report, reads it, signs exactly that; some press ten times."""

import random
import time
from typing import Any

import gevent  # type: ignore[import-untyped] # it ships no types
from locust import task

from loadtests.ledger import Signature, sha256
from loadtests.users import Participant, bearer, json_of, patience

IMPATIENT_EVERY = 10
"""Every tenth practice presses more than once."""

PRESSES = 5
"""How often the impatient press; all at the same time, so that the presses race."""


class PracticeUser(Participant):
    """Attends to one practice after the other, as the declarer of each."""

    def on_start(self) -> None:
        self.wait_for_the_others()

    @task
    def attend_to_a_practice(self) -> None:
        unsigned = self.surge.unsigned
        if not unsigned:
            time.sleep(1)
            return
        practice = unsigned.popleft()
        digest = self.read_report(practice)
        if digest is not None and self.sign(practice, digest):
            self.surge.signed.add(practice)
        else:
            unsigned.append(practice)
            time.sleep(random.uniform(1, 3))

    def read_report(self, practice: str) -> str | None:
        """The digest of the report as it was read, None while there is none."""
        path = self.path(practice, "report")
        token = self.token(practice)
        with self.client.get(path, headers=token, name="GET report", catch_response=True) as response:
            if response.status_code == 404:
                # "Not yet" is a good answer before the freeze; it is counted apart, to leave the reading's times alone.
                response.request_meta["name"] = "GET report: not yet"
                response.success()
                return None
            if response.status_code != 200:
                return None
            etag = str(response.headers["etag"])
            digest = sha256(response.content)
            if etag != f'"{digest}"':
                response.failure(f"the report is {digest}, its ETag says {etag}")
                return None
            return digest

    def sign(self, practice: str, digest: str) -> bool:
        """Press *sign* once, or several times at once; True when one of the presses was taken."""
        is_impatient = hash_number(practice) % IMPATIENT_EVERY == 0
        presses = [gevent.spawn(self.press, practice, digest) for _ in range(PRESSES if is_impatient else 1)]
        gevent.joinall(presses)
        return any(press.value for press in presses)

    def press(self, practice: str, digest: str) -> bool:
        headers = {**self.token(practice), "If-Match": f'"{digest}"'}
        path = self.path(practice, "declaration")
        with self.client.post(path, json={}, headers=headers, name="POST declaration", catch_response=True) as response:
            view = json_of(response) if response.status_code in (200, 201) else {}
            declaration: dict[str, Any] = view.get("declaration") or {}
            self.surge.ledger.add(
                Signature(
                    practice=practice,
                    report_digest=digest,
                    status=response.status_code,
                    declaration_id=declaration.get("declaration_id"),
                )
            )
            if declaration.get("digest") == digest:
                return True
            response.failure(f"{response.status_code}: not signed")
        time.sleep(patience(response))
        return False

    def token(self, practice: str) -> dict[str, str]:
        return bearer(self.surge.nation.declarer_tokens[practice])

    def path(self, practice: str, what: str) -> str:
        return f"/v1/collections/{self.surge.nation.collection}/practices/{practice}/{what}"


def hash_number(practice: str) -> int:
    """A number that depends on the practice alone, so that a run can be repeated."""
    return int(sha256(practice.encode())[:8], 16)
