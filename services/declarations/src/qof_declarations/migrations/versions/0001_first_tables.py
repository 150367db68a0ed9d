"""First tables: directory, the two halves, reports, declarations, their audit, payments, people and messages."""

from alembic import op

from qof_shared.db.messages import MESSAGE_TABLES, prefer_lz4, run_statements
from qof_shared.db.people import PEOPLE_TABLE

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE commissioners (
    commissioner text PRIMARY KEY,
    name text NOT NULL,
    revision bigint NOT NULL
);
CREATE TABLE practices (
    practice text PRIMARY KEY,
    name text NOT NULL,
    nation text NOT NULL,
    commissioner text NOT NULL,
    revision bigint NOT NULL
);
CREATE INDEX practices_commissioner_practice_idx ON practices (commissioner, practice);
CREATE TABLE collections (
    collection text PRIMARY KEY,
    nation text NOT NULL,
    qof_year text NOT NULL,
    achievement_date date NOT NULL
);
CREATE TABLE national_figures (
    snapshot_id uuid PRIMARY KEY,
    collection text NOT NULL,
    name text NOT NULL,
    digest text NOT NULL,
    practices integer NOT NULL,
    reason text NOT NULL,
    frozen_at timestamptz NOT NULL
);
CREATE TABLE figures (
    collection text NOT NULL,
    practice text NOT NULL,
    points_extract_id uuid,
    points_extract_number bigint,
    points text,
    points_content bytea,
    pounds_extract_id uuid,
    pounds_extract_number bigint,
    pounds_snapshot_number bigint,
    pounds_content bytea,
    version integer NOT NULL DEFAULT 0,
    digest text,
    declaration_id uuid,
    PRIMARY KEY (collection, practice)
) WITH (fillfactor = 70);
CREATE TABLE reports (
    collection text NOT NULL,
    practice text NOT NULL,
    version integer NOT NULL,
    digest text NOT NULL,
    document bytea NOT NULL,
    points text NOT NULL,
    pounds text NOT NULL,
    extract_id uuid NOT NULL,
    extract_number bigint NOT NULL,
    entitlement_id uuid NOT NULL,
    snapshot text NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (collection, practice, version)
);
CREATE TABLE declarations (
    declaration_id uuid PRIMARY KEY,
    collection text NOT NULL,
    practice text NOT NULL,
    version integer NOT NULL,
    digest text NOT NULL,
    entitlement_id uuid NOT NULL,
    points text NOT NULL,
    pounds text NOT NULL,
    state text NOT NULL,
    statement text,
    signed_by text NOT NULL,
    signed_by_name text NOT NULL,
    signed_at timestamptz NOT NULL,
    CONSTRAINT declarations_state_check CHECK (state IN ('signed', 'returned', 'superseded', 'approved')),
    CONSTRAINT declarations_collection_fkey FOREIGN KEY (collection, practice, version)
        REFERENCES reports (collection, practice, version)
);
CREATE TABLE declaration_audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    declaration_id uuid NOT NULL REFERENCES declarations (declaration_id),
    collection text NOT NULL,
    practice text NOT NULL,
    kind text NOT NULL,
    person text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    reason text,
    version integer NOT NULL,
    digest text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX declaration_audit_collection_practice_audit_id_idx
    ON declaration_audit (collection, practice, audit_id);
CREATE TABLE instructions (
    declaration_id uuid PRIMARY KEY,
    instruction_id uuid NOT NULL,
    pounds text NOT NULL,
    instructed_at timestamptz NOT NULL
);
"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP;
END $$
"""

KEPT_FOR_EVER = ("reports", "declaration_audit")
"""What was signed and who did what stays readable for years: not even a statement by hand changes it."""

LARGE = (
    ("outbox", "body"),
    ("figures", "points_content"),
    ("figures", "pounds_content"),
    ("reports", "document"),
)


def upgrade() -> None:
    run_statements(op.get_bind(), MESSAGE_TABLES + PEOPLE_TABLE + TABLES)
    op.execute(REFUSE_CHANGE)
    for table in KEPT_FOR_EVER:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, column in LARGE:
        prefer_lz4(op.get_bind(), table, column)


def downgrade() -> None:
    raise RuntimeError("what was declared is never removed")
