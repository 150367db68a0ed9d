"""Who may see the running of the system."""

from alembic import op

from qof_shared.db.people import PEOPLE_TABLE

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(PEOPLE_TABLE.rstrip().rstrip(";"))
