"""What people determined for practices, and which extracts were accepted again because of it."""

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
    value text NOT NULL,
    reason text NOT NULL,
    person text NOT NULL,
    determined_at timestamptz NOT NULL
);
CREATE INDEX determinations_collection_practice_idx ON determinations (collection, practice);
CREATE TABLE withdrawals (
    determination_id uuid PRIMARY KEY,
    collection text NOT NULL,
    practice text NOT NULL,
    reason text NOT NULL,
    person text NOT NULL,
    withdrawn_at timestamptz NOT NULL
);
ALTER TABLE extracts ADD COLUMN amends uuid REFERENCES extracts, ADD COLUMN amended_because text;
CREATE INDEX extracts_supplier_collection_extract_id_amends_idx ON extracts (supplier, collection, extract_id, amends)
    WHERE amends IS NOT NULL;
"""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP;
END $$
"""

KEPT_FOR_EVER = ("determinations", "withdrawals")
"""Who determined what, and why, stays readable: not even a statement by hand changes it."""


def upgrade() -> None:
    run_statements(op.get_bind(), TABLES)
    op.execute(REFUSE_CHANGE)
    for table in KEPT_FOR_EVER:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
