"""Outbox rows may refer to a body that is kept anyway."""

from alembic import op

from qof_shared.db.messages import KEPT_BODIES

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(KEPT_BODIES)
