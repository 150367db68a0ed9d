"""What PostgreSQL believes about a collection that began after it last looked (decision 41)."""

from alembic import op

from qof_shared.db.messages import run_statements

revision = "0012"
down_revision = "0011"

BY_COLLECTION = (
    "figures",
    "reports",
    "report_summaries",
    "declarations",
    "declaration_audit",
    "queries",
    "determinations",
    "receipts",
    "looks",
)
"""Tables of practices, which are joined by collection and practice."""

# The same type again: it changes nothing but forgets what was known of the column.
FORGET = """
ALTER TABLE {table} ALTER COLUMN collection TYPE text;
ALTER TABLE {table} ALTER COLUMN collection SET STATISTICS 0;
"""


def upgrade() -> None:
    for table in BY_COLLECTION:
        run_statements(op.get_bind(), FORGET.format(table=table))
