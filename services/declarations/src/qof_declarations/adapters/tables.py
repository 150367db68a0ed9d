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
    text,
)

from qof_declarations.adapters.looks import add_look_table
from qof_declarations.adapters.query_tables import add_query_tables
from qof_declarations.adapters.receipt_tables import add_receipt_tables
from qof_declarations.adapters.sessions import add_session_tables
from qof_shared.db.engine import new_metadata
from qof_shared.db.messages import add_message_tables
from qof_shared.db.people import add_people_table

metadata = new_metadata()
add_message_tables(metadata)
add_people_table(metadata)
add_session_tables(metadata)
add_receipt_tables(metadata)
add_query_tables(metadata)
add_look_table(metadata)

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
    Column("supplier", Text, nullable=False, server_default=""),
)
Index(None, practices.c.commissioner, practices.c.practice)

collections = Table(
    "collections",
    metadata,
    Column("collection", Text, primary_key=True),
    Column("nation", Text, nullable=False),
    Column("qof_year", Text, nullable=False),
    Column("achievement_date", Date, nullable=False),
    Column("sign_by", Date),
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
    Column("received_extract_number", BigInteger),
    Column("received_at", Moment),
    PrimaryKeyConstraint("collection", "practice"),
)
Index(
    "figures_waiting_idx",
    figures.c.collection,
    figures.c.received_extract_number,
    postgresql_include=["points_extract_number", "rejected_extract_number"],
    postgresql_where=text("received_extract_number > coalesce(pounds_extract_number, 0)"),
)
"""One row per practice and collection: both halves, and which report and declaration are the newest. Whoever changes
anything of a practice holds this row's lock. `determinations` are the ids of those that stand, in order and separated
by commas; `points_determinations` those that the points were calculated with. `rejection` says why the extract of that
number could not be calculated, a fault a line. `received_extract_number` is the newest that ingest has accepted."""

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
    Column("protested", Text, nullable=False, server_default=""),
    Column("approved_by", Text),
    Column("approved_by_name", Text),
    Column("approved_at", Moment),
    Column("finance_approved_by", Text),
    Column("finance_approved_by_name", Text),
    Column("finance_approved_at", Moment),
    CheckConstraint("state IN ('signed', 'returned', 'superseded', 'approved', 'finance-approved')", name="state"),
    ForeignKeyConstraint(
        ["collection", "practice", "version"],
        ["reports.collection", "reports.practice", "reports.version"],
    ),
)

"""`protested` are the ids of the queries that were open when it was signed under protest, separated by commas."""

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

report_summaries = Table(
    "report_summaries",
    metadata,
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("list_size", Integer, nullable=False),
    Column("points", Text, nullable=False),
    Column("points_available", Text, nullable=False),
    Column("pounds", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("collection", "practice", "version"),
)
"""What of a report is compared with others; `adapters/summaries.py` says what `content` holds."""

arrivals = Table(
    "arrivals",
    metadata,
    Column("arrival_id", BigInteger, Identity(always=True), primary_key=True),
    Column("collection", Text, nullable=False),
    Column("half", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("extracts", Integer, nullable=False),
)
"""How many extracts got their points (`half` points) or their report (pounds), batch by batch, in the last hours."""
Index(None, arrivals.c.collection, arrivals.c.half, arrivals.c.at)

distributions = Table(
    "distributions",
    metadata,
    Column("collection", Text, nullable=False),
    Column("commissioner", Text, nullable=False),
    Column("measured_at", Moment, nullable=False),
    Column("practices", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("collection", "commissioner"),
)
"""How the newest figures lie among the practices of a commissioner; of the nation where `commissioner` is empty."""

rulesets = Table(
    "rulesets",
    metadata,
    Column("ruleset_digest", Text, primary_key=True),
    Column("ruleset", Text, nullable=False),
    Column("words", LargeBinary, nullable=False),
)
"""What registers, groups and indicators of a rule set are called."""
