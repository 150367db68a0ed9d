"""How does a GP system supplier behave? Posts each extract when it is due, and follows them until all have points."""

import random
import time
from collections.abc import Iterator
from itertools import count
from typing import Any, ClassVar

from locust import task
from locust.exception import StopUser

from loadtests.ledger import Post, sha256
from loadtests.nation import Extract
from loadtests.surge import Arrival
from loadtests.users import Participant, bearer, json_of, patience

COME_BACK = frozenset({0, 429, 502, 503, 504})
"""No answer, or one that says nothing about the extract: the same request is sent again."""


class SupplierUser(Participant):
    """One of a supplier's posting processes."""

    numbers: ClassVar[Iterator[int]] = count()

    def on_start(self) -> None:
        self.consignment = self.surge.consignment_for(next(self.numbers))
        self.bearer = bearer(self.surge.nation.supplier_tokens[self.consignment.supplier])
        self.wait_for_the_others()

    @task
    def post_what_is_due(self) -> None:
        if not self.consignment.arrivals:
            raise StopUser
        arrival = self.consignment.arrivals.popleft()
        time.sleep(max(0.0, arrival.due - self.now()))
        self.post_until_answered(arrival)
        self.consignment.awaited -= 1
        if self.consignment.awaited == 0:
            self.follow()

    def post_until_answered(self, arrival: Arrival) -> None:
        """Send until there is a receipt, or an answer that will not change. Every sending is the same request.

        A supplier does not give up; what has no receipt when the run's time is up, the check names lost.
        """
        while True:
            status, seconds = self.post(arrival.extract)
            if status == 202:
                # Counted from when it was due: a wait for a free poster, or for a second attempt, is a wait.
                self.measured("extract: due to receipt", self.now() - arrival.due)
            if status not in COME_BACK:
                return
            time.sleep(seconds + random.random())

    def post(self, extract: Extract) -> tuple[int, float]:
        """Send once; returns the status, and how many seconds to wait before sending again."""
        headers = {**self.bearer, "Content-Type": "application/json", **_idempotency_key(extract)}
        path = "/v1/extracts"
        body: Any = extract.body  # Locust takes bytes, too; its annotation does not say so
        with self.client.post(path, data=body, headers=headers, catch_response=True) as response:
            receipt = json_of(response) if response.status_code == 202 else {}
            self.surge.ledger.add(
                Post(
                    supplier=extract.supplier,
                    practice=extract.practice,
                    body_digest=extract.digest,
                    status=response.status_code,
                    extract_id=receipt.get("extract_id"),
                    receipt_digest=sha256(response.content) if receipt else None,
                )
            )
            if fault := _fault_of(receipt, extract):
                response.failure(f"{response.status_code}: {fault}")
            else:
                self.consignment.received.add(receipt["extract_id"])
            return response.status_code, patience(response)

    def follow(self) -> None:
        """Ask how far all have come, as a supplier would, until nothing is in flight."""
        path = f"/v1/collections/{self.surge.nation.collection}/progress"
        while self.consignment.calculated is None:
            response = self.client.get(path, headers=self.bearer, name="/v1/collections/{c}/progress")
            progress = json_of(response) if response.status_code == 200 else {}
            if progress.get("in_flight") == 0 and progress["accepted"] >= len(self.consignment.received):
                self.consignment.calculated = progress["calculated"]
            else:
                time.sleep(random.uniform(0.5, 1.5))


def _idempotency_key(extract: Extract) -> dict[str, str]:
    """Every other extract has a key of its supplier's; for the rest the content is the key."""
    return {"Idempotency-Key": f"loadtest-{extract.digest}"} if extract.digest < "8" else {}


def _fault_of(receipt: dict[str, Any], extract: Extract) -> str | None:
    if not receipt:
        return "no receipt"
    told = (receipt.get("practice"), receipt.get("digest"))
    if not receipt.get("extract_id") or told != (extract.practice, extract.digest):
        return f"the receipt is for {told}, not for {extract.practice} {extract.digest}"
    return None
