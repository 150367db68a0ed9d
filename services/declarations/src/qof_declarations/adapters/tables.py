"""What the database of declarations holds; the drift test compares it with the migrations."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
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

Moment = DateTime(timezone=True)

commissioners = Table(
    "commissioners",
    metadata,
    Column("commissioner", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

practices = Table(
    "practices",
    metadata,
    Column("practice", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("nation", Text, nullable=False),
    Column("commissioner", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
)
Index(None, practices.c.commissioner, practices.c.practice)

collections = Table(
    "collections",
    metadata,
    Column("collection", Text, primary_key=True),
    Column("nation", Text, nullable=False),
    Column("qof_year", Text, nullable=False),
    Column("achievement_date", Date, nullable=False),
)

national_figures = Table(
    "national_figures",
    metadata,
    Column("snapshot_id", Uuid, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("practices", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("frozen_at", Moment, nullable=False),
)

figures = Table(
    "figures",
    metadata,
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("points_extract_id", Uuid),
    Column("points_extract_number", BigInteger),
    Column("points", Text),
    Column("points_content", LargeBinary),
    Column("pounds_extract_id", Uuid),
    Column("pounds_extract_number", BigInteger),
    Column("pounds_snapshot_number", BigInteger),
    Column("pounds_content", LargeBinary),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("digest", Text),
    Column("declaration_id", Uuid),
    Column("determinations", Text, nullable=False, server_default=""),
    Column("points_determinations", Text, nullable=False, server_default=""),
    Column("rejected_extract_number", BigInteger),
    Column("rejection", Text),
    Column("pounds_account_number", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("collection", "practice"),
)
"""One row per practice and collection: both halves, and which report and declaration are the newest. Whoever changes
anything of a practice holds this row's lock. `determinations` are the ids of those that stand, in order and separated
by commas; `points_determinations` those that the points were calculated with. `rejection` says why the extract of that
number could not be calculated, a fault a line."""

reports = Table(
    "reports",
    metadata,
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("points", Text, nullable=False),
    Column("pounds", Text, nullable=False),
    Column("extract_id", Uuid, nullable=False),
    Column("extract_number", BigInteger, nullable=False),
    Column("entitlement_id", Uuid, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("published_at", Moment, nullable=False),
    PrimaryKeyConstraint("collection", "practice", "version"),
)
"""Immutable: a trigger refuses every change."""

declarations = Table(
    "declarations",
    metadata,
    Column("declaration_id", Uuid, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("entitlement_id", Uuid, nullable=False),
    Column("points", Text, nullable=False),
    Column("pounds", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("statement", Text),
    Column("signed_by", Text, nullable=False),
    Column("signed_by_name", Text, nullable=False),
    Column("signed_at", Moment, nullable=False),
    CheckConstraint("state IN ('signed', 'returned', 'superseded', 'approved')", name="state"),
    ForeignKeyConstraint(
        ["collection", "practice", "version"],
        ["reports.collection", "reports.practice", "reports.version"],
    ),
)

audit = Table(
    "declaration_audit",
    metadata,
    Column("audit_id", BigInteger, Identity(always=True), primary_key=True),
    Column("declaration_id", Uuid, ForeignKey("declarations.declaration_id"), nullable=False),
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("from_state", Text, nullable=False),
    Column("to_state", Text, nullable=False),
    Column("reason", Text),
    Column("version", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
"""Append-only: a trigger refuses every change."""
Index(None, audit.c.collection, audit.c.practice, audit.c.audit_id)

instructions = Table(
    "instructions",
    metadata,
    Column("declaration_id", Uuid, primary_key=True),
    Column("instruction_id", Uuid, nullable=False),
    Column("pounds", Text, nullable=False),
    Column("instructed_at", Moment, nullable=False),
)

determinations = Table(
    "determinations",
    metadata,
    Column("determination_id", Uuid, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("determines", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint(
        "collection",
        "practice",
        "indicator",
        "determines",
        "revision",
        name="determinations_subject_revision_key",
    ),
)
"""Append-only: a trigger refuses every change. The highest revision stands, unless it was withdrawn."""

withdrawals = Table(
    "determination_withdrawals",
    metadata,
    Column("determination_id", Uuid, ForeignKey("determinations.determination_id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
"""Append-only, as the determinations are."""
