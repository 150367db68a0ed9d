"""The day by which the practices of a collection are to sign."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE collections ADD COLUMN sign_by date")
