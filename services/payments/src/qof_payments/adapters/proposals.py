"""How proposals, their audit and what was heard of declarations are kept."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_payments.adapters.decisions import decode_decision, encode_decision
from qof_payments.core.blast_radius import Change
from qof_payments.core.review import Review
from qof_payments.handlers.proposal_ports import (
    AuditEntry,
    DeclarationStanding,
    HeardDeclaration,
    PracticeProgress,
    Proposal,
)
from qof_shared.db.bodies import pack, unpack
from qof_shared.db.columns import columns

_FACTS = (
    "proposal_id, collection, name, reason, proposed_by, proposed_at, state, decided_by, decided_at, decision_reason,"
    " snapshot_id"
)


class PostgresProposals:
    """Proposals of national figures. What was proposed never changes; a decision is written once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, proposal: Proposal, inputs: bytes, changes: Sequence[Change]) -> bool:
        added = await self._connection.exec_driver_sql(
            "INSERT INTO proposals (proposal_id, collection, name, reason, proposed_by, proposed_at, state, decision,"
            " review, inputs) VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9)"
            " ON CONFLICT (collection, name) WHERE state = 'open' DO NOTHING RETURNING proposal_id",
            (
                proposal.proposal_id,
                proposal.collection,
                proposal.name,
                proposal.reason,
                proposal.proposed_by,
                proposal.proposed_at,
                encode_decision(proposal.exclusions, proposal.acknowledgements, proposal.unverified_reason),
                pack(msgspec.json.encode(proposal.review)),
                pack(inputs),
            ),
        )
        if added.first() is None:
            return False
        rows = [(change.practice, msgspec.json.encode(change)) for change in changes]
        await self._connection.exec_driver_sql(
            "INSERT INTO proposal_changes (proposal_id, practice, body)"
            " SELECT $1, p, b FROM unnest($2::text[], $3::bytea[]) AS r(p, b)",
            (proposal.proposal_id, *columns(rows, 2)),
        )
        return True

    async def by_id(self, collection: str, proposal_id: UUID) -> Proposal | None:
        rows = await self._connection.exec_driver_sql(
            f"SELECT {_FACTS}, decision, review FROM proposals WHERE collection = $1 AND proposal_id = $2",  # noqa: S608
            (collection, proposal_id),
        )
        row = rows.first()
        return _proposal(row) if row else None

    async def all(self, collection: str) -> list[Proposal]:
        rows = await self._connection.exec_driver_sql(
            f"SELECT {_FACTS}, decision, review FROM proposals WHERE collection = $1 ORDER BY proposed_at, proposal_id",  # noqa: S608
            (collection,),
        )
        return [_proposal(row) for row in rows]

    async def inputs(self, proposal_id: UUID) -> bytes:
        rows = await self._connection.exec_driver_sql(
            "SELECT inputs FROM proposals WHERE proposal_id = $1", (proposal_id,)
        )
        return unpack(rows.one().inputs)

    async def decide(self, decided: Proposal) -> None:
        await self._connection.exec_driver_sql(
            "UPDATE proposals SET state = $2, decided_by = $3, decided_at = $4, decision_reason = $5, snapshot_id = $6"
            " WHERE proposal_id = $1",
            (
                decided.proposal_id,
                decided.state,
                decided.decided_by,
                decided.decided_at,
                decided.decision_reason,
                decided.snapshot_id,
            ),
        )

    async def changes(self, proposal_id: UUID, after: str, limit: int) -> list[Change]:
        rows = await self._connection.exec_driver_sql(
            "SELECT body FROM proposal_changes WHERE proposal_id = $1 AND practice > $2 ORDER BY practice LIMIT $3",
            (proposal_id, after, limit),
        )
        return [msgspec.json.decode(row.body, type=Change) for row in rows]

    async def record(self, collection: str, entry: AuditEntry) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO national_figures_audit (collection, body) VALUES ($1, $2)",
            (collection, msgspec.json.encode(entry)),
        )

    async def audit(self, collection: str) -> list[AuditEntry]:
        rows = await self._connection.exec_driver_sql(
            "SELECT body FROM national_figures_audit WHERE collection = $1 ORDER BY audit_id", (collection,)
        )
        return [msgspec.json.decode(row.body, type=AuditEntry) for row in rows]


class PostgresDeclarations:
    """How far the declaration of each practice is, as declarations told."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record(self, heard: Sequence[HeardDeclaration]) -> None:
        newest: dict[tuple[str, str], HeardDeclaration] = {}
        for one in sorted(heard, key=lambda one: one.standing.at):
            newest[one.collection, one.practice] = one
        rows = [(one.collection, one.practice, one.declaration_id, *one.standing) for _, one in sorted(newest.items())]
        await self._connection.exec_driver_sql(
            "INSERT INTO heard_declarations AS held (collection, practice, declaration_id, state, at, person)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[])"
            " ON CONFLICT (collection, practice) DO UPDATE SET declaration_id = excluded.declaration_id,"
            " state = excluded.state, at = excluded.at, person = excluded.person WHERE held.at <= excluded.at",
            columns(rows, 6),
        )

    async def progress(self, collection: str, practices: Sequence[str]) -> dict[str, PracticeProgress]:
        rows = await self._connection.exec_driver_sql(
            "SELECT coalesce(d.practice, i.practice) AS practice, d.state, d.at, d.person, i.pounds::text AS paid FROM"
            " (SELECT * FROM heard_declarations WHERE collection = $1 AND practice = ANY($2::text[])) d FULL JOIN"
            " (SELECT * FROM instructions WHERE collection = $1 AND practice = ANY($2::text[])) i USING (practice)",
            (collection, list(practices)),
        )
        return {
            row.practice: PracticeProgress(
                DeclarationStanding(row.state, row.at, row.person) if row.state else None, row.paid
            )
            for row in rows
        }


def _proposal(row: Row[Any]) -> Proposal:
    facts = dict(row._mapping)
    review = msgspec.json.decode(unpack(facts.pop("review")), type=Review)
    return Proposal(**facts | decode_decision(facts.pop("decision")), review=review)
