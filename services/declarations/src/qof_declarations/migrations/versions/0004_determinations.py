"""What people determined for practices, which figures await it, and why an extract could not be calculated with it."""

from alembic import op

from qof_shared.db.messages import run_statements

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE determinations (
    determination_id uuid PRIMARY KEY,
    collection text NOT NULL,
    practice text NOT NULL,
    indicator text NOT NULL,
    determines text NOT NULL,
    revision integer NOT NULL,
    value text NOT NULL,
    reason text NOT NULL,
    person text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT determinations_subject_revision_key UNIQUE (collection, practice, indicator, determines, revision)
);
CREATE TABLE determination_withdrawals (
    determination_id uuid PRIMARY KEY REFERENCES determinations,
    reason text NOT NULL,
    person text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    at timestamptz NOT NULL
);
ALTER TABLE figures
    ADD COLUMN determinations text NOT NULL DEFAULT '',
    ADD COLUMN points_determinations text NOT NULL DEFAULT '',
    ADD COLUMN rejected_extract_number bigint,
    ADD COLUMN rejection text;
"""

KEPT_FOR_EVER = ("determinations", "determination_withdrawals")
"""Who determined what, and why, stays readable for years: not even a statement by hand changes it."""


def upgrade() -> None:
    run_statements(op.get_bind(), TABLES)
    for table in KEPT_FOR_EVER:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
