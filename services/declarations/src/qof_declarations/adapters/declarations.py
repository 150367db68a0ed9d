"""How declarations are kept: each with its audit entry, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from qof_declarations.adapters.rows import declaration_of
from qof_declarations.core.declaration import Approval, AuditEntry, Change, Declaration
from qof_declarations.handlers.ports import Instruction, PracticeKey
from qof_shared.db.columns import columns

RECORD = """
WITH declared AS (
    INSERT INTO declarations (declaration_id, collection, practice, version, digest, entitlement_id, points,
        pounds, state, statement, signed_by, signed_by_name, signed_at, protested, approved_by,
        approved_by_name, approved_at, finance_approved_by, finance_approved_by_name, finance_approved_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::uuid[],
        $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[],
        $14::text[], $15::text[], $16::text[], $17::timestamptz[], $18::text[], $19::text[], $20::timestamptz[])
    ON CONFLICT (declaration_id) DO UPDATE SET version = excluded.version,
        entitlement_id = excluded.entitlement_id, state = excluded.state, statement = excluded.statement,
        signed_by = excluded.signed_by, signed_by_name = excluded.signed_by_name,
        signed_at = excluded.signed_at, protested = excluded.protested, approved_by = excluded.approved_by,
        approved_by_name = excluded.approved_by_name, approved_at = excluded.approved_at,
        finance_approved_by = excluded.finance_approved_by,
        finance_approved_by_name = excluded.finance_approved_by_name,
        finance_approved_at = excluded.finance_approved_at
), newest AS (
    UPDATE figures AS f SET declaration_id = n.declaration_id
    FROM unnest($2::text[], $3::text[], $1::uuid[]) AS n(collection, practice, declaration_id)
    WHERE f.collection = n.collection AND f.practice = n.practice
)
INSERT INTO declaration_audit (declaration_id, collection, practice, kind, person, name, role,
    from_state, to_state, reason, version, digest, at)
SELECT * FROM unnest($21::uuid[], $22::text[], $23::text[], $24::text[], $25::text[], $26::text[], $27::text[],
    $28::text[], $29::text[], $30::text[], $31::integer[], $32::text[], $33::timestamptz[])
"""


class PostgresDeclarations:
    """Declarations as they are written."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def signed_of(self, practices: Sequence[PracticeKey]) -> list[Declaration]:
        rows = await self._connection.exec_driver_sql(
            "SELECT d.* FROM unnest($1::text[], $2::text[]) AS n(collection, practice)"
            " JOIN figures AS f USING (collection, practice) JOIN declarations AS d USING (declaration_id)"
            " WHERE d.state = 'signed'",
            columns(practices, 2),
        )
        return [declaration_of(row) for row in rows]

    async def record(self, changes: Sequence[Change]) -> None:
        # One statement: a signature waits for every way to the server and back.
        await self._connection.exec_driver_sql(
            RECORD,
            (
                *columns([_declaration_row(change.declaration) for change in changes], 20),
                *columns([_audit_row(change.entry) for change in changes], 13),
            ),
        )

    async def record_instructions(self, instructions: Sequence[Instruction]) -> None:
        rows = [
            (i.declaration_id, i.instruction_id, i.pounds, i.instructed_at)
            for i in sorted(instructions, key=lambda i: i.declaration_id)
        ]
        await self._connection.exec_driver_sql(
            "INSERT INTO instructions (declaration_id, instruction_id, pounds, instructed_at)"
            " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) ON CONFLICT DO NOTHING",
            columns(rows, 4),
        )


def _declaration_row(declaration: Declaration) -> tuple[Any, ...]:
    return (
        declaration.declaration_id,
        declaration.collection,
        declaration.practice,
        declaration.version,
        declaration.digest,
        declaration.entitlement_id,
        declaration.points,
        declaration.pounds,
        declaration.state.value,
        declaration.statement,
        declaration.signed_by,
        declaration.signed_by_name,
        declaration.signed_at,
        ",".join(map(str, declaration.protested)),
        *_approval_row(declaration.approval),
        *_approval_row(declaration.finance_approval),
    )


def _approval_row(approval: Approval | None) -> tuple[str | None, str | None, datetime | None]:
    return (approval.person, approval.name, approval.at) if approval else (None, None, None)


def _audit_row(entry: AuditEntry) -> tuple[Any, ...]:
    return (
        entry.declaration_id,
        entry.collection,
        entry.practice,
        entry.kind,
        entry.actor.person,
        entry.actor.name,
        entry.actor.role,
        entry.from_state.value,
        entry.to_state.value,
        entry.reason,
        entry.version,
        entry.digest,
        entry.at,
    )
