"""The tables of payments."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from qof_shared.db.engine import new_metadata
from qof_shared.db.messages import add_message_tables
from qof_shared.db.people import add_people_table

metadata = new_metadata()
add_message_tables(metadata)
add_people_table(metadata)

practices = Table(
    "practices",
    metadata,
    Column("practice", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("nation", Text, nullable=False),
    Column("commissioner", Text, nullable=False),
)

collections = Table(
    "collections",
    metadata,
    Column("collection", Text, primary_key=True),
    Column("nation", Text, nullable=False),
    Column("qof_year", Text, nullable=False),
    Column("achievement_date", Date, nullable=False),
)

practice_achievements = Table(
    "practice_achievements",
    metadata,
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("extract_id", Uuid, nullable=False),
    Column("extract_number", BigInteger, nullable=False),
    Column("list_size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("registers", LargeBinary, nullable=False),
    PrimaryKeyConstraint("collection", "practice"),
)

national_figures = Table(
    "national_figures",
    metadata,
    Column("snapshot_id", Uuid, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("figures", LargeBinary, nullable=False),
    Column("parameters_id", Text, nullable=False),
    Column("parameters_digest", Text, nullable=False),
    Column("frozen_at", DateTime(timezone=True), nullable=False),
    Column("frozen_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("collection", "number"),
    UniqueConstraint("collection", "name"),
)

entitlements = Table(
    "entitlements",
    metadata,
    Column("entitlement_id", Uuid, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("extract_number", BigInteger, nullable=False),
    Column("snapshot_number", Integer, nullable=False),
    Column("pounds", Numeric(14, 2), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "collection", "practice"),
)

instructions = Table(
    "instructions",
    metadata,
    Column("instruction_id", Uuid, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("pounds", Numeric(14, 2), nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("collection", "practice"),
)
