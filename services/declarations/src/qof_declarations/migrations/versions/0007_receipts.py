"""Sealed receipts, and the append-only log that they stand in."""

from alembic import op

from qof_shared.db.messages import run_statements

revision = "0007"
down_revision = "0006"

TABLES = """
CREATE TABLE receipts (
    declaration_id uuid NOT NULL REFERENCES declarations (declaration_id),
    signature integer NOT NULL,
    signed_at timestamptz NOT NULL,
    collection text NOT NULL,
    practice text NOT NULL,
    seal text NOT NULL,
    PRIMARY KEY (declaration_id, signature)
);
CREATE TABLE log_leaves (
    leaf bigint PRIMARY KEY,
    declaration_id uuid NOT NULL,
    signature integer NOT NULL,
    hashes bytea NOT NULL,
    previous bigint GENERATED ALWAYS AS (NULLIF(leaf, 0) - 1) STORED REFERENCES log_leaves (leaf),
    CONSTRAINT log_leaves_leaf_check CHECK (leaf >= 0),
    CONSTRAINT log_leaves_declaration_id_signature_key UNIQUE (declaration_id, signature),
    CONSTRAINT log_leaves_declaration_id_signature_fkey FOREIGN KEY (declaration_id, signature)
        REFERENCES receipts (declaration_id, signature)
);
CREATE INDEX log_leaves_leaf_hash_idx ON log_leaves (substring(hashes FROM 1 FOR 32));
CREATE TABLE log_heads (
    size bigint PRIMARY KEY,
    root bytea NOT NULL,
    at timestamptz NOT NULL,
    seal text NOT NULL,
    last_leaf bigint GENERATED ALWAYS AS (size - 1) STORED REFERENCES log_leaves (leaf)
);
"""

KEPT_FOR_EVER = ("receipts", "log_leaves", "log_heads")
"""A log that can be changed proves nothing."""


def upgrade() -> None:
    run_statements(op.get_bind(), TABLES)
    for table in KEPT_FOR_EVER:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
