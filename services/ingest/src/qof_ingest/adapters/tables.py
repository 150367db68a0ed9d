"""Which tables ingest has. The migrations make them; a test proves that both agree."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
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
from sqlalchemy.dialects.postgresql import JSONB

from qof_shared.db.engine import new_metadata
from qof_shared.db.messages import add_message_tables
from qof_shared.db.people import add_people_table

metadata = new_metadata()
add_message_tables(metadata)
add_people_table(metadata)

directory_loads = Table(
    "directory_loads",
    metadata,
    Column("revision", BigInteger, Identity(always=True), primary_key=True),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
)
"""One row per load that changed something; the highest revision tells a cache whether it is out of date."""

suppliers = Table(
    "suppliers",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("token_digest", Text, nullable=False, unique=True),
)

commissioners = Table(
    "commissioners",
    metadata,
    Column("commissioner", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

practices = Table(
    "practices",
    metadata,
    Column("practice", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("nation", Text, nullable=False),
    Column("commissioner", Text, ForeignKey("commissioners.commissioner"), nullable=False),
    Column("supplier", Text, ForeignKey("suppliers.supplier"), nullable=False),
)

collections = Table(
    "collections",
    metadata,
    Column("collection", Text, primary_key=True),
    Column("nation", Text, nullable=False),
    Column("qof_year", Text, nullable=False),
    Column("achievement_date", Date, nullable=False),
    Column("opens_at", DateTime(timezone=True)),
    Column("closes_at", DateTime(timezone=True)),
    Column("sign_by", Date),
)

extracts = Table(
    "extracts",
    metadata,
    Column("extract_id", Uuid, primary_key=True),
    Column("extract_number", BigInteger, Identity(always=True), nullable=False),
    Column("supplier", Text, nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("amends", Uuid, ForeignKey("extracts.extract_id")),
    Column("amended_because", Text),
    UniqueConstraint("supplier", "idempotency_key"),
    UniqueConstraint("practice", "collection", "extract_number"),
    Index(None, "supplier", "collection", "practice"),
    Index(None, "supplier", "collection", "extract_id", "amends", postgresql_where=text("amends IS NOT NULL")),
)
"""Every extract ever accepted, with the bytes as they were received: the evidence behind a signature. One that was
accepted again `amends` the supplier's own, whose bytes it repeats."""

determinations = Table(
    "determinations",
    metadata,
    Column("determination_id", Uuid, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("determines", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("determined_at", DateTime(timezone=True), nullable=False),
    Index(None, "collection", "practice"),
)
"""Append-only: a trigger refuses every change. The newest of a kind for an indicator stands, unless it is withdrawn."""

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("determination_id", Uuid, primary_key=True),
    Column("collection", Text, nullable=False),
    Column("practice", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("withdrawn_at", DateTime(timezone=True), nullable=False),
)
"""Append-only. A withdrawal may arrive before its determination, so neither refers to the other."""

journey = Table(
    "journey",
    metadata,
    Column("extract_id", Uuid, ForeignKey("extracts.extract_id"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("collection", Text, nullable=False),
    PrimaryKeyConstraint("extract_id", "stage"),
    Index(None, "supplier", "collection", "extract_id", "stage"),
)
"""Stages after acceptance, each once. Supplier and collection are repeated here so that progress reads one index."""

waiting = Table(
    "waiting",
    metadata,
    Column("collection", Text, nullable=False),
    Column("extract_number", BigInteger, nullable=False),
    Column("supplier", Text, nullable=False),
    PrimaryKeyConstraint("collection", "extract_number"),
)
"""Extracts of which nothing has come out yet: a row lives from the acceptance to the first stage of the journey. So
small that all who wait are read from it once a second."""

arrivals = Table(
    "arrivals",
    metadata,
    Column("arrival_id", BigInteger, Identity(always=True), primary_key=True),
    Column("collection", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("extracts", Integer, nullable=False),
    Index(None, "collection", "at"),
)
"""How many extracts had their outcome, batch by batch, in the last hour: the pace is made of it."""
