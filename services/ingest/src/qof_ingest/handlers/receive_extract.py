"""May we take this extract, and is it safe? The answer is a receipt, and every retry gets the first one."""

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


@dataclass(frozen=True, slots=True)
class Posted:
    """What a supplier sent: the bytes, and the extract that they say."""

    supplier: str
    idempotency_key: str | None
    body: bytes
    extract: Extract


async def receive_extract(posted: Posted, *, directory: KnownDirectory, intake: Intake, now: datetime) -> Receipt:
    """Keep an acceptable extract and return its receipt, which is proof of the commit.

    Without a key the content is its own key: the same bytes sent twice are one extract. Raises
    ExtractRefusedError, IdempotencyKeyReusedError, UnavailableError or BusyError.
    """
    extract = posted.extract
    digest = hashlib.sha256(posted.body).hexdigest()
    key = posted.idempotency_key or digest
    collection = await directory.collection(extract.collection)
    faults = faults_of_extract(
        extract,
        supplier=posted.supplier,
        practice=await directory.practice(extract.practice),
        collection=collection,
        now=now,
    )
    if collection is None or faults:
        # A retry gets its first answer even if the collection closed, or the practice moved, in the meantime.
        first = await intake.find(posted.supplier, key)
        if first is None:
            raise ExtractRefusedError(faults)
        receipt = first
    else:
        receipt = await intake.submit(
            Submission(
                extract_id=uuid4(),
                supplier=posted.supplier,
                idempotency_key=key,
                nation=collection.nation,
                qof_year=collection.qof_year,
                received_at=now,
                digest=digest,
                body=posted.body,
                extract=extract,
            )
        )
    if receipt.digest != digest:
        raise IdempotencyKeyReusedError(receipt)
    return receipt
