"""What the handlers of receipts and their log need from the outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from qof_declarations.core.merkle import Node
from qof_declarations.core.receipt import LogHead, NewReceipt, ReceiptKey


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A receipt as it was sealed, and its number in the log, None before the log has it."""

    seal: str
    leaf: int | None


@dataclass(frozen=True, slots=True)
class WaitingReceipt:
    """A receipt that the log does not have yet."""

    key: ReceiptKey
    seal: str


@dataclass(frozen=True, slots=True)
class NewLeaf:
    """A leaf to be appended, with the hashes of the perfect subtrees that it completes, itself first."""

    leaf: int
    key: ReceiptKey
    hashes: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class NewHead:
    """A head to be sealed and kept."""

    size: int
    root: bytes
    at: datetime


class Receipts(Protocol):
    """Receipts as they are given: once, and never changed."""

    async def issue(self, receipts: Sequence[NewReceipt]) -> None:
        """Seal the documents and keep them, one for a declaration."""


class ShownReceipts(Protocol):
    """Receipts as one person may see them; made with a scope, as standings are."""

    async def find(self, collection: str, practice: str, declaration_id: UUID) -> KeptReceipt | None:
        """That of the declaration's newest signature."""


class ReceiptLog(Protocol):
    """The append-only log. Leaves are numbered from 0 without a gap; nothing of it ever changes."""

    async def lock(self) -> None:
        """Nobody else appends until the transaction ends."""

    async def waiting(self, declarations: Collection[UUID]) -> Sequence[WaitingReceipt]:
        """Those receipts of these declarations that the log does not have, by time of signature."""

    async def append(self, leaves: Sequence[NewLeaf], head: NewHead) -> None:
        """Keep the leaves and seal the head over all."""

    async def newest_head(self) -> LogHead | None:
        """None while the log is empty."""

    async def heads(self, *, after: int, limit: int) -> Sequence[LogHead]:
        """Heads of more than `after` entries, smallest first."""

    async def hashes(self, nodes: Collection[Node]) -> Mapping[Node, bytes]:
        """Hashes of perfect subtrees; one that is not full yet is missing."""

    async def leaf_of(self, leaf_hash: bytes) -> int | None:
        """The number of the leaf with this hash."""
