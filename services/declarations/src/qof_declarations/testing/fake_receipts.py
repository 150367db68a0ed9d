"""Receipts and their log in memory. A test proves that they answer as PostgreSQL does."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from qof_declarations.adapters.seal import Seal
from qof_declarations.core.merkle import Node
from qof_declarations.core.permissions import EveryPractice, NamedPractices, NoPractice, OnePractice, PracticesOf, Scope
from qof_declarations.core.receipt import HEAD_TYPE, RECEIPT_TYPE, LogHead, NewReceipt, ReceiptKey, head_document
from qof_declarations.handlers.receipt_ports import KeptReceipt, NewHead, NewLeaf, WaitingReceipt
from qof_declarations.testing.memory import Memory

SEAL = Seal.new()
"""Of tests: every process has another one."""


class FakeReceipts:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def issue(self, receipts: Sequence[NewReceipt]) -> None:
        for receipt in receipts:
            assert receipt.declaration_id in self._memory.declarations, "a receipt is of something"
            given = sum(key.declaration_id == receipt.declaration_id for key in self._memory.receipts)
            key = ReceiptKey(receipt.declaration_id, given + 1)
            self._memory.receipts[key] = receipt, SEAL.close(receipt.document, RECEIPT_TYPE)


class FakeShownReceipts:
    def __init__(self, memory: Memory, scope: Scope) -> None:
        self._memory = memory
        self._scope = scope

    def _sees(self, practice: str) -> bool:
        match self._scope:
            case OnePractice(ours):
                return practice == ours
            case PracticesOf(commissioner):
                known = self._memory.practices.get(practice)
                return known is not None and known[1].commissioner == commissioner
            case NamedPractices(named):
                return practice in named
            case EveryPractice():
                return True
            case NoPractice():
                return False

    async def find(self, collection: str, practice: str, declaration_id: UUID) -> KeptReceipt | None:
        found = [
            (key, seal)
            for key, (receipt, seal) in self._memory.receipts.items()
            if (receipt.collection, receipt.practice, key.declaration_id) == (collection, practice, declaration_id)
        ]
        if not found or not self._sees(practice):
            return None
        key, seal = max(found, key=lambda one: one[0].signature)
        leaves = [leaf.leaf for leaf in self._memory.leaves if leaf.key == key]
        return KeptReceipt(seal, leaves[0] if leaves else None)


class FakeReceiptLog:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def lock(self) -> None:
        return None

    async def waiting(self, declarations: Collection[UUID]) -> list[WaitingReceipt]:
        logged = {leaf.key for leaf in self._memory.leaves}
        found = [
            (receipt.signed_at, key.declaration_id, key.signature, WaitingReceipt(key, seal))
            for key, (receipt, seal) in self._memory.receipts.items()
            if key.declaration_id in declarations and key not in logged
        ]
        return [one[-1] for one in sorted(found, key=lambda one: one[:3])]

    async def append(self, leaves: Sequence[NewLeaf], head: NewHead) -> None:
        start = len(self._memory.leaves)
        assert [leaf.leaf for leaf in leaves] == list(range(start, start + len(leaves))), "without a gap"
        self._memory.leaves += leaves
        seal = SEAL.close(head_document(head.size, head.root, head.at), HEAD_TYPE)
        self._memory.heads.append(LogHead(head.size, head.root, head.at, seal))

    async def newest_head(self) -> LogHead | None:
        return self._memory.heads[-1] if self._memory.heads else None

    async def heads(self, *, after: int, limit: int) -> list[LogHead]:
        return [head for head in self._memory.heads if head.size > after][:limit]

    async def hashes(self, nodes: Collection[Node]) -> Mapping[Node, bytes]:
        leaves = self._memory.leaves
        return {node: leaves[node.last_leaf].hashes[node.level] for node in nodes if node.last_leaf < len(leaves)}

    async def leaf_of(self, leaf_hash: bytes) -> int | None:
        return next((leaf.leaf for leaf in self._memory.leaves if leaf.hashes[0] == leaf_hash), None)
