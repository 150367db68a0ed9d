"""PostgreSQL leaves documents and halves as they come: packed, or for a moment only."""

from alembic import op

from qof_shared.db.bodies import keep_packed

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for table, column in (("reports", "document"), ("figures", "points_content"), ("figures", "pounds_content")):
        keep_packed(op.get_bind(), table, column)
