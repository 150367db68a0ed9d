"""Who waits for the calculators, and how many came out when."""

from alembic import op

from qof_shared.db.messages import run_statements

revision = "0006"
down_revision = "0005"

TABLES = """
CREATE TABLE waiting (
    collection text NOT NULL,
    extract_number bigint NOT NULL,
    supplier text NOT NULL,
    PRIMARY KEY (collection, extract_number)
);
CREATE TABLE arrivals (
    arrival_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collection text NOT NULL,
    at timestamptz NOT NULL,
    extracts integer NOT NULL
);
CREATE INDEX arrivals_collection_at_idx ON arrivals (collection, at);
INSERT INTO waiting (collection, extract_number, supplier)
SELECT collection, extract_number, supplier FROM extracts AS e
WHERE NOT EXISTS (SELECT FROM journey AS j WHERE j.extract_id = e.extract_id);
"""


def upgrade() -> None:
    run_statements(op.get_bind(), TABLES)
