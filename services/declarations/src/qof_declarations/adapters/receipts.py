"""How receipts and their log are kept: rows that are only ever added, and of every leaf the subtrees it completes.

A leaf's row holds, one after another, the hashes of the perfect subtrees that end with it: level 0 is the leaf itself.
That is two hashes a leaf, in the one table that has to grow anyway, and any perfect subtree is found by its last leaf.
"""
# ruff: noqa: S608 - statements are put together from this module's constants; values travel as parameters

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.seal import Seal, SealKeyError
from qof_declarations.adapters.standings import condition
from qof_declarations.core.merkle import Node
from qof_declarations.core.permissions import Scope
from qof_declarations.core.receipt import (
    HEAD_TYPE,
    RECEIPT_TYPE,
    LogHead,
    NewReceipt,
    ReceiptKey,
    head_document,
)
from qof_declarations.handlers.receipt_ports import KeptReceipt, NewHead, NewLeaf, WaitingReceipt
from qof_shared.db.columns import columns

LOG_LOCK = 7_306_002
"""Advisory lock: one batch is appended after the other."""

HASH = 32
"""Bytes of a SHA-256."""


def _closed(seal: Seal | None, document: bytes, kind: str) -> str:
    if seal is None:
        raise SealKeyError("this process was started without a receipt key, so it can seal neither receipt nor head")
    return seal.close(document, kind)


class PostgresReceipts:
    """Receipts within the transaction of their signature."""

    def __init__(self, connection: AsyncConnection, seal: Seal | None) -> None:
        self._connection = connection
        self._seal = seal

    async def issue(self, receipts: Sequence[NewReceipt]) -> None:
        rows = [
            (
                one.declaration_id,
                one.signed_at,
                one.collection,
                one.practice,
                _closed(self._seal, one.document, RECEIPT_TYPE),
            )
            for one in receipts
        ]
        await self._connection.exec_driver_sql(
            # The practices' rows are locked, so nobody else counts at this moment.
            "INSERT INTO receipts (declaration_id, signature, signed_at, collection, practice, seal)"
            " SELECT n.declaration_id, 1 + coalesce((SELECT max(r.signature) FROM receipts AS r"
            " WHERE r.declaration_id = n.declaration_id), 0), n.signed_at, n.collection, n.practice, n.seal"
            " FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])"
            " AS n(declaration_id, signed_at, collection, practice, seal)",
            columns(rows, 5),
        )


class PostgresShownReceipts:
    """Receipts within `scope`, and nothing else; there is no way to make one without."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._in_scope, self._who = condition(scope)

    async def find(self, collection: str, practice: str, declaration_id: UUID) -> KeptReceipt | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT r.seal, l.leaf FROM receipts AS r JOIN practices AS p USING (practice)"
            " LEFT JOIN log_leaves AS l USING (declaration_id, signature)"
            f" WHERE r.collection = $1 AND {self._in_scope} AND p.practice = $3 AND r.declaration_id = $4"
            " ORDER BY r.signature DESC LIMIT 1",
            (collection, self._who, practice, declaration_id),
        )
        row = rows.first()
        return KeptReceipt(row.seal, row.leaf) if row else None


class PostgresReceiptLog:
    """The log. Its database refuses gaps, changes and a receipt that stands in it twice."""

    def __init__(self, connection: AsyncConnection, seal: Seal | None) -> None:
        self._connection = connection
        self._seal = seal

    async def lock(self) -> None:
        await self._connection.exec_driver_sql("SELECT pg_advisory_xact_lock($1)", (LOG_LOCK,))

    async def waiting(self, declarations: Collection[UUID]) -> list[WaitingReceipt]:
        rows = await self._connection.exec_driver_sql(
            "SELECT r.declaration_id, r.signature, r.seal FROM receipts AS r WHERE r.declaration_id = ANY($1::uuid[])"
            " AND NOT EXISTS (SELECT FROM log_leaves AS l WHERE l.declaration_id = r.declaration_id"
            " AND l.signature = r.signature) ORDER BY r.signed_at, r.declaration_id, r.signature",
            (list(declarations),),
        )
        return [WaitingReceipt(ReceiptKey(row.declaration_id, row.signature), row.seal) for row in rows]

    async def append(self, leaves: Sequence[NewLeaf], head: NewHead) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO log_leaves (leaf, declaration_id, signature, hashes)"
            " SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::integer[], $4::bytea[])",
            columns([(one.leaf, one.key.declaration_id, one.key.signature, b"".join(one.hashes)) for one in leaves], 4),
        )
        seal = _closed(self._seal, head_document(head.size, head.root, head.at), HEAD_TYPE)
        await self._connection.exec_driver_sql(
            "INSERT INTO log_heads (size, root, at, seal) VALUES ($1, $2, $3, $4)",
            (head.size, head.root, head.at, seal),
        )

    async def newest_head(self) -> LogHead | None:
        rows = await self._connection.exec_driver_sql(
            "SELECT size, root, at, seal FROM log_heads ORDER BY size DESC LIMIT 1"
        )
        row = rows.first()
        return _head_of(row) if row else None

    async def heads(self, *, after: int, limit: int) -> list[LogHead]:
        rows = await self._connection.exec_driver_sql(
            "SELECT size, root, at, seal FROM log_heads WHERE size > $1 ORDER BY size LIMIT $2", (after, limit)
        )
        return [_head_of(row) for row in rows]

    async def hashes(self, nodes: Collection[Node]) -> Mapping[Node, bytes]:
        rows = await self._connection.exec_driver_sql(
            "SELECT leaf, hashes FROM log_leaves WHERE leaf = ANY($1::bigint[])",
            (sorted({node.last_leaf for node in nodes}),),
        )
        found = {row.leaf: row.hashes for row in rows}
        return {
            node: found[node.last_leaf][node.level * HASH : (node.level + 1) * HASH]
            for node in nodes
            if node.last_leaf in found
        }

    async def leaf_of(self, leaf_hash: bytes) -> int | None:
        rows = await self._connection.exec_driver_sql(
            f"SELECT leaf FROM log_leaves WHERE substring(hashes FROM 1 FOR {HASH}) = $1 ORDER BY leaf LIMIT 1",
            (leaf_hash,),
        )
        return rows.scalar_one_or_none()


def _head_of(row: Row[Any]) -> LogHead:
    return LogHead(row.size, row.root, row.at, row.seal)
