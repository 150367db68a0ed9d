"""What practices are paid by beside their points: contract terms, target populations, aspiration paid."""

from alembic import op

from qof_shared.db.messages import prefer_lz4, run_statements

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE money_acts (
    collection text NOT NULL,
    number bigint NOT NULL,
    act text NOT NULL,
    person text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (collection, number)
);
CREATE TABLE contract_terms (
    collection text NOT NULL,
    practice text NOT NULL,
    number bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (collection, practice, number)
);
CREATE TABLE target_populations (
    collection text NOT NULL,
    number bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (collection, number)
);
CREATE TABLE aspiration_payments (
    payment_id uuid PRIMARY KEY,
    collection text NOT NULL,
    practice text NOT NULL,
    month integer NOT NULL,
    number bigint NOT NULL,
    pence bigint NOT NULL,
    UNIQUE (collection, practice, month)
);
ALTER TABLE entitlements ADD COLUMN account_number bigint NOT NULL DEFAULT 0;
ALTER TABLE entitlements ADD COLUMN achievement_pounds numeric(14, 2);
"""


def upgrade() -> None:
    run_statements(op.get_bind(), TABLES)
    for table in ("contract_terms", "target_populations"):
        prefer_lz4(op.get_bind(), table, "body")
