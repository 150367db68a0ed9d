"""The calculator's tables."""

from sqlalchemy import BigInteger, Column, DateTime, Index, LargeBinary, Table, Text, Uuid

from qof_shared.db.engine import new_metadata
from qof_shared.db.messages import add_message_tables

metadata = new_metadata()
add_message_tables(metadata)

achievements = Table(
    "achievements",
    metadata,
    Column("extract_id", Uuid, primary_key=True),
    Column("extract_number", BigInteger, nullable=False),
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("ruleset_digest", Text, nullable=False),
    Column("points", Text, nullable=False),
    Column("calculated_at", DateTime(timezone=True), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "collection", "practice", "extract_number"),
)

rejections = Table(
    "rejections",
    metadata,
    Column("extract_id", Uuid, primary_key=True),
    Column("extract_number", BigInteger, nullable=False),
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("rejected_at", DateTime(timezone=True), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

described_rulesets = Table(
    "described_rulesets",
    metadata,
    Column("ruleset_digest", Text, primary_key=True),
    Column("ruleset", Text, nullable=False),
)
"""Rule sets whose words were told."""
