"""What the database holds of queries: three tables that refuse every change."""

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)


def add_query_tables(metadata: MetaData) -> None:
    """Add them to the service's metadata, so that the drift test sees them."""
    moment = DateTime(timezone=True)
    Table(
        "queries",
        metadata,
        Column("query_id", Uuid, primary_key=True),
        Column("collection", Text, nullable=False),
        Column("practice", Text, nullable=False),
        Column("number", Integer, nullable=False),
        Column("version", Integer, nullable=False),
        Column("indicators", Text, nullable=False),  # one a line
        Column("comment", Text, nullable=False),
        Column("evidence", Text, nullable=False),
        Column("person", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("at", moment, nullable=False),
        UniqueConstraint("collection", "practice", "number", name="queries_practice_number_key"),
    )
    Table(
        "query_attachments",
        metadata,
        Column("query_id", Uuid, ForeignKey("queries.query_id"), nullable=False),
        Column("position", Integer, nullable=False),
        Column("name", Text, nullable=False),
        Column("media_type", Text, nullable=False),
        Column("size", Integer, nullable=False),
        Column("digest", Text, nullable=False),
        Column("content", LargeBinary, nullable=False),
        PrimaryKeyConstraint("query_id", "position"),
    )
    Table(
        "query_resolutions",
        metadata,
        Column("query_id", Uuid, ForeignKey("queries.query_id"), primary_key=True),
        Column("state", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("determination_id", Uuid, ForeignKey("determinations.determination_id")),
        Column("person", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("at", moment, nullable=False),
    )
