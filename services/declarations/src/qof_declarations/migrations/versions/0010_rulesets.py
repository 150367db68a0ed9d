"""The words of rule sets, for people to read, and which supplier each practice has."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("CREATE TABLE rulesets (ruleset_digest text PRIMARY KEY, ruleset text NOT NULL, words bytea NOT NULL)")
    # Empty until ingest tells of the practice again: what earlier releases heard, they did not keep.
    op.execute("ALTER TABLE practices ADD COLUMN supplier text NOT NULL DEFAULT ''")
