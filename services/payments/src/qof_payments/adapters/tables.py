"""The tables of payments."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
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
    Column("supplier", Text, nullable=False),
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
    Column("achievement_date", Date),
    Column("unverified_indicators", ARRAY(Text), nullable=False),
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
    Column("proposal_id", Uuid),
    Column("proposed_by", Text, nullable=False),
    Column("decision", LargeBinary),
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
    Column("account_number", BigInteger, nullable=False, server_default="0"),
    Column("achievement_pounds", Numeric(14, 2)),
    Index(None, "collection", "practice"),
)

money_acts = Table(
    "money_acts",
    metadata,
    Column("collection", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("act", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("collection", "number"),
)

contract_terms = Table(
    "contract_terms",
    metadata,
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("collection", "practice", "number"),
)

target_populations = Table(
    "target_populations",
    metadata,
    Column("collection", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("collection", "number"),
)

aspiration_payments = Table(
    "aspiration_payments",
    metadata,
    Column("payment_id", Uuid, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("month", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("pence", BigInteger, nullable=False),
    UniqueConstraint("collection", "practice", "month"),
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

proposals = Table(
    "proposals",
    metadata,
    Column("proposal_id", Uuid, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("decision_reason", Text),
    Column("snapshot_id", Uuid),
    Column("decision", LargeBinary, nullable=False),
    Column("review", LargeBinary, nullable=False),
    Column("inputs", LargeBinary, nullable=False),
    Index("proposals_open_idx", "collection", "name", unique=True, postgresql_where=text("state = 'open'")),
)

proposal_changes = Table(
    "proposal_changes",
    metadata,
    Column("proposal_id", Uuid, nullable=False),
    Column("practice", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("proposal_id", "practice"),
)

national_figures_audit = Table(
    "national_figures_audit",
    metadata,
    Column("audit_id", BigInteger, Identity(always=True), primary_key=True),
    Column("collection", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "collection", "audit_id"),
)

heard_declarations = Table(
    "heard_declarations",
    metadata,
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("declaration_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("person", Text, nullable=False),
    PrimaryKeyConstraint("collection", "practice"),
)
