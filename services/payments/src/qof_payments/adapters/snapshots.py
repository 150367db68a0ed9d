"""How frozen national figures are kept, and how a freeze and arriving achievements keep out of each other's way."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_payments.adapters.decisions import decode_decision, encode_decision
from qof_payments.core.national import NationalFigures
from qof_payments.handlers.ports import Snapshot

_COLUMNS = (
    "snapshot_id, collection, number, name, digest, figures, parameters_id, parameters_digest,"
    " frozen_at, frozen_by, reason, proposal_id, proposed_by, decision"
)


class PostgresNationalFigures:
    """Snapshots by collection. The locks last until the transaction ends."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock_shared(self, collections: Sequence[str]) -> None:
        for collection in collections:
            await self._connection.exec_driver_sql(
                "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))", (collection,)
            )

    async def lock(self, collection: str) -> None:
        await self._connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", (collection,))

    async def newest(self, collection: str) -> Snapshot | None:
        return await self._first("collection = $1 ORDER BY number DESC LIMIT 1", collection)

    async def by_id(self, snapshot_id: UUID) -> Snapshot | None:
        return await self._first("snapshot_id = $1", snapshot_id)

    async def by_name(self, collection: str, name: str) -> Snapshot | None:
        return await self._first("collection = $1 AND name = $2", collection, name)

    async def all(self, collection: str) -> list[Snapshot]:
        rows = await self._connection.exec_driver_sql(
            f"SELECT {_COLUMNS} FROM national_figures WHERE collection = $1 ORDER BY number",  # noqa: S608 - a constant
            (collection,),
        )
        return [_snapshot(row) for row in rows]

    async def add(self, snapshot: Snapshot) -> None:
        await self._connection.exec_driver_sql(
            f"INSERT INTO national_figures ({_COLUMNS})"  # noqa: S608 - a constant
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            (
                snapshot.snapshot_id,
                snapshot.collection,
                snapshot.number,
                snapshot.name,
                snapshot.digest,
                msgspec.json.encode(snapshot.figures),
                snapshot.parameters_id,
                snapshot.parameters_digest,
                snapshot.frozen_at,
                snapshot.frozen_by,
                snapshot.reason,
                snapshot.proposal_id,
                snapshot.proposed_by,
                encode_decision(snapshot.exclusions, snapshot.acknowledgements, snapshot.unverified_reason),
            ),
        )

    async def _first(self, condition: str, *values: object) -> Snapshot | None:
        rows = await self._connection.exec_driver_sql(
            f"SELECT {_COLUMNS} FROM national_figures WHERE {condition}",  # noqa: S608 - conditions are ours
            values,
        )
        row = rows.first()
        return _snapshot(row) if row else None


def _snapshot(row: Row[Any]) -> Snapshot:
    facts = dict(row._mapping)
    figures = msgspec.json.decode(facts.pop("figures"), type=NationalFigures)
    return Snapshot(**facts | decode_decision(facts.pop("decision")), figures=figures)
