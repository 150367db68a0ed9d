"""Extracts are kept packed: see qof_shared.db.bodies."""

from alembic import op

from qof_shared.db.bodies import keep_packed

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    keep_packed(op.get_bind(), "extracts", "body")
