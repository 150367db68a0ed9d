"""How does a GP system supplier behave? Posts extracts when they are due, alone or in bulk, until receipted."""

import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import gevent  # type: ignore[import-untyped] # it ships no types
from locust import FastHttpUser

from loadtests.ledger import Fault, Post, sha256
from loadtests.nation import Extract
from loadtests.people.bulk import read_bulk
from loadtests.run import Run
from loadtests.shapes.noisy_supplier import OTHERS_POINTS, OTHERS_RECEIPT
from loadtests.shapes.targets import RECEIPT

SENT_TWICE_EVERY = 10
"""Every tenth extract is sent again at the same moment, so that the requests race."""
FOLLOWED_EVERY = 4
"""Of the corrected extracts one in four is followed to its points."""
COME_BACK = frozenset({0, 429, 502, 503, 504})
"""No answer, or one that says nothing about the extract: the same request is sent again."""
MOST_SENDINGS = 60
ASK_SECONDS = 1.0
THROUGH = frozenset({"calculated", "reported", "rejected"})


class Supplier(FastHttpUser):
    """A supplier's sending system: connections that are kept, and as many requests at once as are due."""

    abstract = True
    host = "http://127.0.0.1"
    network_timeout = 60.0
    connection_timeout = 30.0
    max_redirects = 0
    concurrency = 100

    def __init__(self, run: Run, supplier: str) -> None:
        super().__init__(run.environment)
        self.run_of = run
        self.supplier = supplier
        self.url = run.nation.urls["ingest"]
        self.bearer = {"Authorization": f"Bearer {run.nation.supplier_tokens[supplier]}"}

    def context(self) -> dict[str, Any]:
        return {"run": self.run_of}

    def post(self, extract: Extract, due: float, *, number: int = 0) -> None:
        """Post one extract, every tenth twice at once."""
        again = [gevent.spawn(self._post_until_answered, extract, due)] if number % SENT_TWICE_EVERY == 1 else []
        try:
            self._post_until_answered(extract, due)
            gevent.joinall(again)
        finally:
            gevent.killall(again)

    def correct(self, extract: Extract, due: float, *, round_number: int, is_followed: bool) -> None:
        """Post a practice's extract with another list size, which makes it another extract; follow some to points."""
        document = json.loads(extract.body)
        document["list_size"] += round_number
        body = json.dumps(document).encode()
        receipt = self._post_until_answered(Extract(extract.practice, extract.supplier, body), due)
        if receipt is not None and is_followed:
            self._follow(receipt, due)

    def _post_until_answered(self, extract: Extract, due: float) -> str | None:
        """Send the same until there is a receipt, or an answer that will not change; the receipt's id."""
        for _ in range(MOST_SENDINGS):
            status, extract_id, pause = self._send(extract)
            if extract_id is not None:
                self._received(extract_id, due)
                return extract_id
            if status not in COME_BACK:
                break
            time.sleep(pause + self.run_of.chance.random())
        self.run_of.count("not done")
        return None

    def _received(self, extract_id: str, due: float) -> None:
        # Counted from when it was due: a wait for a free connection, or for a second attempt, is a wait.
        self.run_of.note(RECEIPT, due)
        if self.run_of.loud is not None and self.supplier != self.run_of.loud:
            self.run_of.note(OTHERS_RECEIPT, due)
        self.run_of.receipts.add(extract_id)

    def _send(self, extract: Extract) -> tuple[int, str | None, float]:
        headers = {**self.bearer, "Content-Type": "application/json", **_idempotency_key(extract)}
        body: Any = extract.body  # Locust takes bytes, too; its annotation does not say so
        with self.client.post(
            f"{self.url}/v1/extracts", data=body, headers=headers, name="POST /v1/extracts", catch_response=True
        ) as response:
            status = response.status_code or 0
            receipt = json_of(response) if status == 202 else {}
            fault = _fault_of(receipt, extract)
            self._write(extract, status, receipt, sha256(response.content) if receipt else None)
            if fault:
                response.failure(f"{status}: {fault}")
                _judge(self.run_of, "POST /v1/extracts", response, self.supplier)
            return status, None if fault else str(receipt["extract_id"]), patience(response)

    def _write(self, extract: Extract, status: int, receipt: dict[str, Any], digest: str | None) -> None:
        self.run_of.ledger.add(
            Post(self.supplier, extract.practice, extract.digest, status, receipt.get("extract_id"), digest)
        )

    def post_bulk(self, extracts: Sequence[Extract], due: float) -> None:
        """Post many in one request; what the answer says nothing about is sent again."""
        left = list(extracts)
        for _ in range(MOST_SENDINGS):
            body: Any = b"".join(one.body + b"\n" for one in left)
            headers = {**self.bearer, "Content-Type": "application/x-ndjson"}
            with self.client.post(
                f"{self.url}/v1/extracts/bulk", data=body, headers=headers, name="POST bulk", catch_response=True
            ) as response:
                answers = read_bulk(response.content or b"") if response.status_code == 200 else {}
                if response.status_code != 200:
                    _judge(self.run_of, "POST bulk", response, self.supplier)
                pause = patience(response)
            answered = set()
            for number, extract in enumerate(left, 1):
                status, receipt = answers.get(number, (0, {}))
                if status and status not in COME_BACK:
                    answered.add(number)
                    self._write(extract, status, receipt, None)
                    if not _fault_of(receipt, extract):
                        self._received(receipt["extract_id"], due)
            left = [one for number, one in enumerate(left, 1) if number not in answered]
            if not left:
                return
            time.sleep(pause + self.run_of.chance.random())
        self.run_of.count("not done", len(left))

    def _follow(self, extract_id: str, due: float) -> None:
        """Ask until it has points; the moment is the one that the extract's own journey says."""
        while True:
            time.sleep(ASK_SECONDS)
            with self.client.get(
                f"{self.url}/v1/extracts/{extract_id}",
                headers=self.bearer,
                name="GET /v1/extracts/{id}",
                catch_response=True,
            ) as response:
                found = json_of(response) if response.status_code == 200 else {}
                response.success()
            if found.get("status") in THROUGH:
                at = next(one["at"] for one in found["journey"] if one["stage"] in THROUGH)
                ended = datetime.fromisoformat(at).timestamp() - self.run_of.began_at
                self.run_of.note("due to points", due, ended)
                if self.run_of.loud is not None and self.supplier != self.run_of.loud:
                    self.run_of.note(OTHERS_POINTS, due, ended)
                return


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


def _judge(run: Run, name: str, response: Any, who: str) -> None:
    status = response.status_code or 0
    if status == 503 and (response.headers or {}).get("retry-after"):
        run.count("polite 503")
    elif status == 0 or status >= 500:
        run.count("faults")
        run.ledger.add(Fault(name, status, who))


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
