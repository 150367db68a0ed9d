"""Queries about indicators, signatures under protest, finance's approval, and the day to sign by."""

from alembic import op

from qof_shared.db.messages import run_statements

revision = "0006"
down_revision = "0005"

CHANGES = """
ALTER TABLE collections ADD COLUMN sign_by date;
ALTER TABLE declarations
    ADD COLUMN protested text NOT NULL DEFAULT '',
    ADD COLUMN approved_by text,
    ADD COLUMN approved_by_name text,
    ADD COLUMN approved_at timestamptz,
    ADD COLUMN finance_approved_by text,
    ADD COLUMN finance_approved_by_name text,
    ADD COLUMN finance_approved_at timestamptz,
    DROP CONSTRAINT declarations_state_check,
    ADD CONSTRAINT declarations_state_check
        CHECK (state IN ('signed', 'returned', 'superseded', 'approved', 'finance-approved'));
UPDATE declarations AS d SET approved_by = a.person, approved_by_name = a.name, approved_at = a.at
    FROM (SELECT DISTINCT ON (declaration_id) * FROM declaration_audit WHERE kind = 'declaration-approved'
          ORDER BY declaration_id, audit_id DESC) AS a
    WHERE a.declaration_id = d.declaration_id AND d.state = 'approved';
CREATE TABLE queries (
    query_id uuid PRIMARY KEY,
    collection text NOT NULL,
    practice text NOT NULL,
    number integer NOT NULL,
    version integer NOT NULL,
    indicators text NOT NULL,
    comment text NOT NULL,
    evidence text NOT NULL,
    person text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT queries_practice_number_key UNIQUE (collection, practice, number)
);
CREATE TABLE query_attachments (
    query_id uuid NOT NULL REFERENCES queries,
    position integer NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size integer NOT NULL,
    digest text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (query_id, position)
);
CREATE TABLE query_resolutions (
    query_id uuid PRIMARY KEY REFERENCES queries,
    state text NOT NULL,
    text text NOT NULL,
    determination_id uuid REFERENCES determinations,
    person text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    at timestamptz NOT NULL
);
"""

KEPT_FOR_EVER = ("queries", "query_attachments", "query_resolutions")
"""Who disagreed with what, and what was answered, stays readable for years: not even a statement by hand changes it."""


def upgrade() -> None:
    run_statements(op.get_bind(), CHANGES)
    for table in KEPT_FOR_EVER:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
