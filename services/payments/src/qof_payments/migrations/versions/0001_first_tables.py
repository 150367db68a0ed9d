"""Directory, achievements, national figures, entitlements, instructions; outbox, inbox and people."""

from alembic import op

from qof_shared.db.messages import MESSAGE_TABLES, prefer_lz4, run_statements
from qof_shared.db.people import PEOPLE_TABLE

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE practices (
    practice text PRIMARY KEY,
    revision bigint NOT NULL,
    name text NOT NULL,
    nation text NOT NULL,
    commissioner text NOT NULL
);
CREATE TABLE collections (
    collection text PRIMARY KEY,
    nation text NOT NULL,
    qof_year text NOT NULL,
    achievement_date date NOT NULL
);
CREATE TABLE practice_achievements (
    collection text NOT NULL,
    practice text NOT NULL,
    extract_id uuid NOT NULL,
    extract_number bigint NOT NULL,
    list_size integer NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (collection, practice)
);
CREATE TABLE national_figures (
    snapshot_id uuid PRIMARY KEY,
    collection text NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    digest text NOT NULL,
    figures bytea NOT NULL,
    parameters_id text NOT NULL,
    parameters_digest text NOT NULL,
    frozen_at timestamptz NOT NULL,
    frozen_by text NOT NULL,
    reason text NOT NULL,
    UNIQUE (collection, number),
    UNIQUE (collection, name)
);
CREATE TABLE entitlements (
    entitlement_id uuid PRIMARY KEY,
    collection text NOT NULL,
    practice text NOT NULL,
    extract_number bigint NOT NULL,
    snapshot_number integer NOT NULL,
    pounds numeric(14, 2) NOT NULL,
    body bytea NOT NULL
);
CREATE INDEX entitlements_collection_practice_idx ON entitlements (collection, practice);
CREATE TABLE instructions (
    instruction_id uuid PRIMARY KEY,
    collection text NOT NULL,
    practice text NOT NULL,
    pounds numeric(14, 2) NOT NULL,
    body bytea NOT NULL,
    UNIQUE (collection, practice)
);
"""


def upgrade() -> None:
    run_statements(op.get_bind(), MESSAGE_TABLES + PEOPLE_TABLE + TABLES)
    for table in ("outbox", "practice_achievements", "entitlements", "instructions"):
        prefer_lz4(op.get_bind(), table, "body")
