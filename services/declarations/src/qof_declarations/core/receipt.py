"""What a practice gets in its hand for a signature: a document, its seal, and its place in the public log.

Documents are canonical JSON (core.report says what that is) within a JSON Web Signature: the seal keeps the very bytes.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from qof_declarations.core.declaration import Change
from qof_declarations.core.report import Json, canonical_json

RECEIPT_TYPE, HEAD_TYPE = "openqof-receipt", "openqof-log-head"
"""What a seal says it seals (`typ`): a head cannot pass for a receipt."""


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """One signature. A declaration that was returned and signed again has a receipt for each."""

    declaration_id: UUID
    signature: int
    """1 for the first."""


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A receipt to be sealed and kept, within the transaction of its signature."""

    declaration_id: UUID
    signed_at: datetime
    collection: str
    practice: str
    document: bytes


@dataclass(frozen=True, slots=True)
class LogHead:
    """What the log promised: so many entries, this root. Whoever keeps one can prove any later change."""

    size: int
    root: bytes
    at: datetime
    seal: str
    """JSON Web Signature over `head_document`."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Where a receipt stands in the log, proved up to a head."""

    leaf: int
    """Its number, from 0."""
    inclusion: Sequence[bytes]
    head: LogHead


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it is shown."""

    seal: str
    """JSON Web Signature (compact) over the document; the log's leaf is the hash of exactly these characters."""
    document: Mapping[str, Any]
    """What was signed, by whom, when: see `receipt_document`."""
    entry: LogEntry | None
    """None in the moments before the log has it."""


def moment(at: datetime) -> str:
    """A time as documents say it: UTC, to the microsecond where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def receipt_document(change: Change, *, practice_name: str, worked_out_with: Mapping[str, Json]) -> bytes:
    """Who signed which figures for whom. Points and pounds are exact, as in the report."""
    declaration = change.declaration
    return canonical_json(
        {
            "collection": declaration.collection,
            "declaration_id": str(declaration.declaration_id),
            "points": declaration.points,
            "pounds": declaration.pounds,
            "practice": declaration.practice,
            "practice_name": practice_name,
            "protested_queries": [str(query) for query in declaration.protested],
            "report_digest": declaration.digest,
            "report_version": declaration.version,
            "role": change.entry.actor.role,
            "signed_at": moment(declaration.signed_at),
            "signed_by": declaration.signed_by,
            "signed_by_name": declaration.signed_by_name,
            "statement": declaration.statement,
            "under_protest": declaration.under_protest,
            "worked_out_with": worked_out_with,
        }
    )


def head_document(size: int, root: bytes, at: datetime) -> bytes:
    """What the seal of a head seals."""
    return canonical_json({"at": moment(at), "root": root.hex(), "size": size})


def payload_of(seal: str) -> bytes:
    """The document within a seal, whose signature is not looked at here. Raises ValueError where it is no seal, or one
    whose characters say the same in another way: base64 has some to spare, and one seal is one text."""
    parts = seal.split(".")
    if len(parts) != 3:
        raise ValueError("a seal has three parts, separated by dots")
    return [_decoded(part) for part in parts][1]


def _decoded(part: str) -> bytes:
    try:
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"a part of a seal is not base64url: {error}") from error
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise ValueError("a part of a seal is not written as base64url is")
    return decoded


def document_of(seal: str) -> Mapping[str, Any]:
    """The document within a seal, read."""
    document: Mapping[str, Any] = json.loads(payload_of(seal))
    return document


def head_json(head: LogHead) -> dict[str, Json]:
    """A head as it is served and kept."""
    return {"at": moment(head.at), "jws": head.seal, "root": head.root.hex(), "size": head.size}


def receipt_file(receipt: Receipt) -> bytes:
    """The file that a practice keeps, and `verify-receipt` reads: canonical JSON, so that every byte of it counts."""
    entry = receipt.entry
    log: Json = None
    if entry is not None:
        log = {
            "head": head_json(entry.head),
            "inclusion": [one.hex() for one in entry.inclusion],
            "leaf": entry.leaf,
        }
    return canonical_json({"document": receipt.document, "jws": receipt.seal, "log": log})
