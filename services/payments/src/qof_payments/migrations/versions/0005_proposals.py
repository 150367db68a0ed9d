"""National figures are proposed by one person and frozen by another: proposals, their audit, and what gates need."""

from alembic import op

from qof_shared.db.messages import run_statements

revision = "0005"
down_revision = "0004"

CHANGES = """
ALTER TABLE practices ADD COLUMN supplier text NOT NULL DEFAULT '';
ALTER TABLE practices ALTER COLUMN supplier DROP DEFAULT;
ALTER TABLE practice_achievements ADD COLUMN achievement_date date;
ALTER TABLE practice_achievements ADD COLUMN unverified_indicators text[] NOT NULL DEFAULT '{}';
ALTER TABLE practice_achievements ALTER COLUMN unverified_indicators DROP DEFAULT;
ALTER TABLE national_figures ADD COLUMN proposal_id uuid;
ALTER TABLE national_figures ADD COLUMN proposed_by text NOT NULL DEFAULT '';
ALTER TABLE national_figures ALTER COLUMN proposed_by DROP DEFAULT;
ALTER TABLE national_figures ADD COLUMN decision bytea;
CREATE TABLE proposals (
    proposal_id uuid PRIMARY KEY,
    collection text NOT NULL,
    name text NOT NULL,
    reason text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    state text NOT NULL,
    decided_by text,
    decided_at timestamptz,
    decision_reason text,
    snapshot_id uuid,
    decision bytea NOT NULL,
    review bytea NOT NULL,
    inputs bytea NOT NULL
);
CREATE UNIQUE INDEX proposals_open_idx ON proposals (collection, name) WHERE state = 'open';
ALTER TABLE proposals ALTER COLUMN review SET STORAGE EXTERNAL;
ALTER TABLE proposals ALTER COLUMN inputs SET STORAGE EXTERNAL;
CREATE TABLE proposal_changes (
    proposal_id uuid NOT NULL,
    practice text NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (proposal_id, practice)
);
CREATE TABLE national_figures_audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collection text NOT NULL,
    body bytea NOT NULL
);
CREATE INDEX national_figures_audit_collection_audit_id_idx ON national_figures_audit (collection, audit_id);
CREATE TABLE heard_declarations (
    collection text NOT NULL,
    practice text NOT NULL,
    declaration_id uuid NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    person text NOT NULL,
    PRIMARY KEY (collection, practice)
);
"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_national_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP;
END $$
"""

KEPT_FOR_EVER = ("national_figures", "national_figures_audit", "proposal_changes")
"""By what practices were paid and who decided it stays readable: not even a statement by hand changes it."""


def upgrade() -> None:
    run_statements(op.get_bind(), CHANGES)
    op.execute(REFUSE_CHANGE)
    for table in KEPT_FOR_EVER:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_national_change()"
        )
