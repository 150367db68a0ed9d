"""What may be attached as evidence, and is it what it says it is? Decided by content, never by name alone."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from qof_declarations.core.determination import Fault

MOST_ATTACHMENTS = 5
LARGEST = 1024 * 1024
"""Bytes of one attachment."""
LONGEST_NAME = 120


class MediaType(StrEnum):
    """What may be attached: what people scan, photograph, export and write; nothing that a browser runs."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    CSV = "text/csv"
    TEXT = "text/plain"


BEGINNINGS = {
    MediaType.PDF: b"%PDF-",
    MediaType.PNG: b"\x89PNG\r\n\x1a\n",
    MediaType.JPEG: b"\xff\xd8\xff",
}
"""How a file of this type begins; text has no beginning of its own."""

ENDINGS = {
    MediaType.PDF: (".pdf",),
    MediaType.PNG: (".png",),
    MediaType.JPEG: (".jpg", ".jpeg"),
    MediaType.CSV: (".csv",),
    MediaType.TEXT: (".txt",),
}
"""How its name ends, so that nobody opens it as something else."""

_NOT_IN_NAMES = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file beside a query, without what is in it."""

    name: str
    media_type: MediaType
    size: int
    digest: str
    """SHA-256, hexadecimal."""


def media_type_of(name: str) -> MediaType | None:
    """What a file of this name would be; browsers say it each in their own way. None where it may not be attached."""
    lower = name.strip().lower()
    return next((media_type for media_type, endings in ENDINGS.items() if lower.endswith(endings)), None)


def attachment_of(name: str, media_type: MediaType, content: bytes) -> Attachment:
    """The attachment that these bytes make."""
    return Attachment(name.strip(), media_type, len(content), hashlib.sha256(content).hexdigest())


def faults_of_attachments(attachments: Sequence[tuple[Attachment, bytes]]) -> list[Fault]:
    """What forbids these attachments, with pointers below `/attachments`."""
    faults = []
    if len(attachments) > MOST_ATTACHMENTS:
        message = f"Attach up to {MOST_ATTACHMENTS} files; these are {len(attachments)}."
        faults.append(Fault("/attachments", "attachments-many", message))
    for position, (attachment, content) in enumerate(attachments):
        at = f"/attachments/{position}"
        message = _fault_of_name(attachment)
        if message:
            faults.append(Fault(f"{at}/name", "name", message))
        message = _fault_of_content(attachment, content)
        if message:
            faults.append(Fault(f"{at}/content", "content", message))
    return faults


def _fault_of_name(attachment: Attachment) -> str:
    name, endings = attachment.name, ENDINGS[attachment.media_type]
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or _NOT_IN_NAMES & set(name):
        return f"Give the file a plain name of up to {LONGEST_NAME} characters, without slashes, colons or quotes."
    if not name.lower().endswith(endings) or name.startswith("."):
        return f"The name of a file of type {attachment.media_type} ends in {' or '.join(endings)}."
    return ""


def _fault_of_content(attachment: Attachment, content: bytes) -> str:
    if not content:
        return "The file is empty. Attach one that says something."
    if len(content) > LARGEST:
        return f"The file is larger than 1 MiB ({LARGEST:,} bytes). Send the part that matters."
    beginning = BEGINNINGS.get(attachment.media_type)
    if beginning is None:
        return "" if _is_text(content) else "The file is no UTF-8 text. Save it as UTF-8, or send it as PDF."
    if not content.startswith(beginning):
        return f"The file is not what it says it is ({attachment.media_type}). Send PDF, PNG, JPEG, CSV or text."
    return ""


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not any(character < " " and character not in "\t\r\n\f" for character in text)
