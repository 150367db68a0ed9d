"""Which rule sets were described to others: each is told once."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("CREATE TABLE described_rulesets (ruleset_digest text PRIMARY KEY, ruleset text NOT NULL)")
