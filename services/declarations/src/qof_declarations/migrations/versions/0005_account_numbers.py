"""Of two sums for the same extract and snapshot, that of the newer account is the newer."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE figures ADD COLUMN pounds_account_number bigint NOT NULL DEFAULT 0")
