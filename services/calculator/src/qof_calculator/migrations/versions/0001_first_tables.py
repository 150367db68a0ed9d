"""Achievements, rejections, outbox and inbox."""

from alembic import op

from qof_shared.db.messages import MESSAGE_TABLES, prefer_lz4, run_statements

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE achievements (
    extract_id uuid PRIMARY KEY,
    extract_number bigint NOT NULL,
    collection text NOT NULL,
    practice text NOT NULL,
    ruleset text NOT NULL,
    ruleset_digest text NOT NULL,
    points text NOT NULL,
    calculated_at timestamptz NOT NULL,
    body bytea NOT NULL
);
CREATE INDEX achievements_collection_practice_extract_number_idx
    ON achievements (collection, practice, extract_number);
CREATE TABLE rejections (
    extract_id uuid PRIMARY KEY,
    extract_number bigint NOT NULL,
    collection text NOT NULL,
    practice text NOT NULL,
    rejected_at timestamptz NOT NULL,
    body bytea NOT NULL
);
"""


def upgrade() -> None:
    run_statements(op.get_bind(), MESSAGE_TABLES + TABLES)
    for table in ("outbox", "achievements", "rejections"):
        prefer_lz4(op.get_bind(), table, "body")
