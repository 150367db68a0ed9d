"""The directory, the extracts and their journey, the outbox and the inbox."""

from alembic import op

from qof_shared.db.messages import MESSAGE_TABLES, prefer_lz4, run_statements

revision = "0001"
down_revision = None

DIRECTORY_TABLES = """
CREATE TABLE directory_loads (
    revision bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    loaded_at timestamptz NOT NULL
);
CREATE TABLE suppliers (
    supplier text PRIMARY KEY,
    name text NOT NULL,
    token_digest text NOT NULL UNIQUE
);
CREATE TABLE commissioners (
    commissioner text PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE practices (
    practice text PRIMARY KEY,
    name text NOT NULL,
    nation text NOT NULL,
    commissioner text NOT NULL REFERENCES commissioners,
    supplier text NOT NULL REFERENCES suppliers
);
CREATE TABLE collections (
    collection text PRIMARY KEY,
    nation text NOT NULL,
    qof_year text NOT NULL,
    achievement_date date NOT NULL,
    opens_at timestamptz,
    closes_at timestamptz
);
"""

# Extracts refer to the directory without foreign keys: every insert would lock the one row of its collection and
# its supplier, which all processes share. Directory rows are never deleted.
EXTRACT_TABLES = """
CREATE TABLE extracts (
    extract_id uuid PRIMARY KEY,
    extract_number bigint GENERATED ALWAYS AS IDENTITY,
    supplier text NOT NULL,
    idempotency_key text NOT NULL,
    practice text NOT NULL,
    collection text NOT NULL,
    digest text NOT NULL,
    received_at timestamptz NOT NULL,
    body bytea NOT NULL,
    UNIQUE (supplier, idempotency_key),
    UNIQUE (practice, collection, extract_number)
);
CREATE INDEX extracts_supplier_collection_practice_idx ON extracts (supplier, collection, practice);
CREATE TABLE journey (
    extract_id uuid NOT NULL REFERENCES extracts,
    stage text NOT NULL,
    at timestamptz NOT NULL,
    detail jsonb NOT NULL,
    supplier text NOT NULL,
    collection text NOT NULL,
    PRIMARY KEY (extract_id, stage)
);
CREATE INDEX journey_supplier_collection_extract_id_stage_idx ON journey (supplier, collection, extract_id, stage);
"""


def upgrade() -> None:
    run_statements(op.get_bind(), f"{MESSAGE_TABLES}{DIRECTORY_TABLES}{EXTRACT_TABLES}")
    prefer_lz4(op.get_bind(), "outbox", "body")
    prefer_lz4(op.get_bind(), "extracts", "body")


def downgrade() -> None:
    raise RuntimeError("extracts are evidence: this release's tables are never taken away")
