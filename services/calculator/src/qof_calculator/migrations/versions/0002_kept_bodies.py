"""Outbox rows may refer to a body that is kept anyway; bodies are kept packed."""

from alembic import op

from qof_shared.db.bodies import keep_packed
from qof_shared.db.messages import KEPT_BODIES

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(KEPT_BODIES)
    for table in ("achievements", "rejections"):
        keep_packed(op.get_bind(), table, "body")
