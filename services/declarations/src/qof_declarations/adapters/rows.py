"""How rows become what the core speaks of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from qof_declarations.core.declaration import Actor, Approval, AuditEntry, Declaration, ReportVersion
from qof_declarations.core.determination import Determination, Subject, Withdrawal
from qof_declarations.core.lifecycle import State
from qof_declarations.core.standing import Payment, Standing
from qof_shared.vocabulary import Determines


def declaration_of(row: Row[Any], prefix: str = "") -> Declaration:
    """A declaration from a row whose columns carry `prefix`."""
    columns = row._mapping
    return Declaration(
        declaration_id=columns[f"{prefix}declaration_id"],
        collection=row.collection,
        practice=row.practice,
        version=columns[f"{prefix}version"],
        digest=columns[f"{prefix}digest"],
        entitlement_id=columns[f"{prefix}entitlement_id"],
        points=columns[f"{prefix}points"],
        pounds=columns[f"{prefix}pounds"],
        state=State(columns[f"{prefix}state"]),
        statement=row.statement,
        signed_by=row.signed_by,
        signed_by_name=row.signed_by_name,
        signed_at=row.signed_at,
        protested=tuple(UUID(one) for one in row.protested.split(",") if one),
        approval=_approval_of(row.approved_by, row.approved_by_name, row.approved_at),
        finance_approval=_approval_of(row.finance_approved_by, row.finance_approved_by_name, row.finance_approved_at),
    )


def _approval_of(person: str | None, name: str, at: datetime) -> Approval | None:
    return Approval(person, name, at) if person is not None else None


def version_of(row: Row[Any]) -> ReportVersion:
    """A report version from a row of `reports`."""
    return ReportVersion(
        version=row.version,
        digest=row.digest,
        points=row.points,
        pounds=row.pounds,
        extract_id=row.extract_id,
        extract_number=row.extract_number,
        entitlement_id=row.entitlement_id,
        snapshot=row.snapshot,
        published_at=row.published_at,
    )


def standing_of(row: Row[Any]) -> Standing:
    """A standing from a row of the standings query."""
    return Standing(
        collection=row.collection,
        practice=row.practice,
        practice_name=row.practice_name,
        commissioner=row.commissioner,
        commissioner_name=row.commissioner_name,
        newest_points=row.newest_points,
        is_recalculating=row.is_recalculating,
        rejection=tuple(row.rejection.splitlines()) if row.rejection else (),
        report=version_of(row) if row.version is not None else None,
        declaration=declaration_of(row, "declared_") if row.declared_declaration_id is not None else None,
        payment=(
            Payment(row.instruction_id, row.instructed_pounds, row.instructed_at)
            if row.instruction_id is not None
            else None
        ),
        open_queries=row.open_queries,
        sign_by=row.sign_by,
    )


def entry_of(row: Row[Any]) -> AuditEntry:
    """An audit entry from a row of `declaration_audit`."""
    return AuditEntry(
        declaration_id=row.declaration_id,
        collection=row.collection,
        practice=row.practice,
        kind=row.kind,
        actor=Actor(row.person, row.name, row.role),
        from_state=State(row.from_state),
        to_state=State(row.to_state),
        reason=row.reason,
        version=row.version,
        digest=row.digest,
        at=row.at,
    )


def determination_of(row: Row[Any]) -> Determination:
    """A determination from a row of `determinations` beside its withdrawal."""
    return Determination(
        determination_id=row.determination_id,
        collection=row.collection,
        subject=Subject(row.practice, row.indicator, Determines(row.determines)),
        revision=row.revision,
        value=row.value,
        reason=row.reason,
        actor=Actor(row.person, row.name, row.role),
        at=row.at,
        withdrawal=(
            Withdrawal(
                Actor(row.withdrawn_by, row.withdrawn_by_name, row.withdrawn_by_role),
                row.withdrawal_reason,
                row.withdrawn_at,
            )
            if row.withdrawn_by is not None
            else None
        ),
    )
