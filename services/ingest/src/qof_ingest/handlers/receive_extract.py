"""May we take this extract, and is it safe? The answer is a receipt, and every retry gets the first one."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from qof_ingest.core.acceptance import faults_of_extract
from qof_ingest.core.faults import Fault
from qof_ingest.handlers.ports import Intake, KnownDirectory, Receipt, Submission
from qof_shared.contracts import Extract


class ExtractRefusedError(Exception):
    """The extract breaks rules of acceptance: all of them, each with how to mend it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults, first: {faults[0].message}")
        self.faults = faults


class IdempotencyKeyReusedError(Exception):
    """The key already stands for another content, so answering would hide one of the two."""

    def __init__(self, first: Receipt) -> None:
        super().__init__(f"the key was used for extract {first.extract_id}, whose content differs")
        self.first = first


def digest_of(body: bytes) -> str:
    """SHA-256, hexadecimal, of an extract's bytes."""
    return hashlib.sha256(body).hexdigest()


@dataclass(frozen=True, slots=True)
class Posted:
    """What a supplier sent: the bytes, their digest, and the extract that they say."""

    supplier: str
    idempotency_key: str | None
    body: bytes
    digest: str
    extract: Extract
    is_bounded: bool = False
    """True where whoever read the extract saw its counts and codes to be within bounds; see `faults_of_extract`."""


@dataclass(frozen=True, slots=True)
class Received:
    """An extract on its way to the database. It holds no more of it than the digest: thousands may be waiting."""

    digest: str
    kept: "asyncio.Future[Receipt]"

    async def receipt(self) -> Receipt:
        """Proof of the commit. Raises IdempotencyKeyReusedError, UnavailableError or BusyError."""
        receipt = await self.kept
        if receipt.digest != self.digest:
            raise IdempotencyKeyReusedError(receipt)
        return receipt


async def receive_extract(posted: Posted, *, directory: KnownDirectory, intake: Intake, now: datetime) -> Received:
    """Check an extract and have it kept; its receipt comes after the commit.

    Without a key the content is its own key: the same bytes sent twice are one extract. Raises ExtractRefusedError
    or UnavailableError.
    """
    extract = posted.extract
    key = posted.idempotency_key or posted.digest
    collection = await directory.collection(extract.collection)
    faults = faults_of_extract(
        extract,
        supplier=posted.supplier,
        practice=await directory.practice(extract.practice),
        collection=collection,
        now=now,
        is_bounded=posted.is_bounded,
    )
    if collection is None or faults:
        # A retry gets its first answer even if the collection closed, or the practice moved, in the meantime.
        first = await intake.find(posted.supplier, key)
        if first is None:
            raise ExtractRefusedError(faults)
        known: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        known.set_result(first)
        return Received(posted.digest, known)
    submission = Submission(
        extract_id=uuid4(),
        supplier=posted.supplier,
        idempotency_key=key,
        collection=extract.collection,
        practice=extract.practice,
        nation=collection.nation,
        qof_year=collection.qof_year,
        received_at=now,
        digest=posted.digest,
        body=posted.body,
    )
    return Received(posted.digest, intake.submit(submission))
