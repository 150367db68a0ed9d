"""Who is signed in, since when, and what they had typed."""

from alembic import op

from qof_shared.db.messages import run_statements

revision = "0009"
down_revision = "0008"

TABLES = """
CREATE TABLE sessions (
    session_digest text PRIMARY KEY,
    person text NOT NULL,
    csrf text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    access_token text,
    access_expires_at timestamptz
);
CREATE INDEX sessions_person_idx ON sessions (person);
CREATE INDEX sessions_started_at_idx ON sessions (started_at);
CREATE TABLE sign_ins (
    state text PRIMARY KEY,
    browser text NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    return_to text NOT NULL,
    draft text,
    started_at timestamptz NOT NULL
);
CREATE INDEX sign_ins_started_at_idx ON sign_ins (started_at);
CREATE TABLE drafts (
    person text NOT NULL,
    page text NOT NULL,
    fields text NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (person, page)
);
CREATE INDEX drafts_saved_at_idx ON drafts (saved_at);
"""


def upgrade() -> None:
    run_statements(op.get_bind(), TABLES)
